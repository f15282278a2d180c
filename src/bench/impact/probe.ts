import { callControl } from '../../host/control-client.ts';

/** Asks the bot at a fixed rate how it is, whether or not it has answered before. */
export interface Probe {
  /** Answers to questions that were meant for this span so far, ms; starts the next span. */
  take(): number[];
  stop(): void;
}

export function startProbe(socketPath: string, perSecond: number): Probe {
  const slotMs = 1000 / perSecond;
  const startTick = performance.now();
  let span: number[] = [];
  let slot = 0;
  const ask = (meantTick: number) => {
    const into = span;
    const answered = () => void into.push(performance.now() - meantTick);
    // A bot that does not answer within the limit was at least that slow.
    callControl({ socketPath, verb: 'breaker.status' }).then(answered, answered);
  };
  const timer = setInterval(() => {
    for (; startTick + slot * slotMs <= performance.now(); slot += 1) {
      ask(startTick + slot * slotMs);
    }
  }, slotMs / 4);
  return {
    take() {
      const taken = span;
      span = [];
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
