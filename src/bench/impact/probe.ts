import { createConnection } from 'node:net';

/** Asks the bot at a fixed rate how it is, whether or not it has answered before. */
export interface Probe {
  /**
   * Answers to the questions that were meant for this span, ms; starts the next span. What is not
   * answered yet counts with the time it has waited.
   */
  take(): number[];
  stop(): void;
}

interface Question {
  meantTick: number;
  answeredMs: number | undefined;
}

/** One connection, over which the bot answers in order. */
export function startProbe(socketPath: string, perSecond: number): Probe {
  const slotMs = 1000 / perSecond;
  const startTick = performance.now();
  const waiting: Question[] = [];
  let span: Question[] = [];
  let slot = 0;
  const socket = createConnection(socketPath);
  socket.setEncoding('utf8');
  // A bot that is gone answers nothing: what it was asked goes on waiting.
  socket.on('error', () => {});
  socket.on('data', (text: string) => {
    const lines = text.split('\n').length - 1;
    const nowTick = performance.now();
    for (const question of waiting.splice(0, lines)) {
      question.answeredMs = nowTick - question.meantTick;
    }
  });
  let timer: NodeJS.Timeout | undefined;
  const ask = () => {
    for (; startTick + slot * slotMs <= performance.now(); slot += 1) {
      const question = { meantTick: startTick + slot * slotMs, answeredMs: undefined };
      waiting.push(question);
      span.push(question);
      if (socket.writable) socket.write('{"verb":"breaker.status"}\n');
    }
    timer = setTimeout(ask, Math.max(0, startTick + slot * slotMs - performance.now()));
  };
  ask();
  return {
    take() {
      const taken = span;
      span = [];
      const nowTick = performance.now();
      return taken.map(({ meantTick, answeredMs }) => answeredMs ?? nowTick - meantTick);
    },
    stop() {
      clearTimeout(timer);
      socket.destroy();
    },
  };
}
