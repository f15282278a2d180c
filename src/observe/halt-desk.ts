import type { HaltRequest } from '../core/status.ts';

export interface HaltAnswer {
  ok: boolean;
  message: string;
}

/** Longest to wait for a bot that was asked; it answers in milliseconds when it runs. */
const WAIT_MS = 3_000;

/** Pairs each request to halt with the bot's answer; answers come in the order of the requests. */
export function createHaltDesk(send: (request: HaltRequest) => boolean) {
  const waiting: ((answer: HaltAnswer) => void)[] = [];
  return {
    answered(ok: boolean, message: string): void {
      waiting.shift()?.({ ok, message });
    },
    disconnected(): void {
      for (const resolve of waiting.splice(0)) {
        resolve({ ok: false, message: 'the bot went away before it answered' });
      }
    },
    ask(request: HaltRequest): Promise<HaltAnswer> {
      if (!send(request)) {
        return Promise.resolve({ ok: false, message: 'the bot is not connected' });
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          resolve({ ok: false, message: `the bot did not answer within ${WAIT_MS / 1_000} s` });
        }, WAIT_MS);
        waiting.push((answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
      });
    },
  };
}
