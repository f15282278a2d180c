import type { BotEvent, BotStatus, HaltRequest, StatusMessage } from '../core/status.ts';
import { connectStatus, type StatusConnection } from './status-connection.ts';

export type Hello = Extract<StatusMessage, { type: 'hello' }>;

/** What is known of the bot right now. */
export interface StatusView {
  connected: boolean;
  /** Of the current or the last connection. */
  hello: Hello | undefined;
  status: BotStatus | undefined;
  /** Clock milliseconds of the bot when it made `status`. */
  statusAtMs: number | undefined;
  /** Real milliseconds since `status` arrived; undefined before the first. */
  ageMs: number | undefined;
  /** Lines that were no message, since start. */
  malformed: number;
  lastProblem: string | undefined;
  /** Messages the bot did not send because we were too slow, since start. */
  dropped: number;
  connects: number;
}

export interface StatusClient {
  view(): StatusView;
  /** This process did not run for so long: what it did not hear meanwhile is no silence. */
  stoodStill(ms: number): void;
  /** Asks the bot to stop all new trades; false when it is not connected. */
  halt(request: HaltRequest): boolean;
  close(): void;
}

export interface StatusClientOptions {
  socketPath: string;
  onEvent?(event: BotEvent, atMs: number): void;
  onStatus?(status: BotStatus, atMs: number): void;
  /** The answer to a halt. */
  onAnswer?(ok: boolean, message: string): void;
  onConnection?(connected: boolean): void;
  /** First and longest pause before connecting again, real milliseconds. */
  backoffMs?: { first: number; longest: number };
}

/** Follows the bot across its restarts until closed. Never throws: an absent bot is a state. */
export function createStatusClient(options: StatusClientOptions): StatusClient {
  const { first, longest } = options.backoffMs ?? { first: 100, longest: 2000 };
  const view: Omit<StatusView, 'ageMs'> = {
    connected: false,
    hello: undefined,
    status: undefined,
    statusAtMs: undefined,
    malformed: 0,
    lastProblem: undefined,
    dropped: 0,
    connects: 0,
  };
  let receivedTick: number | undefined;
  let pauseMs = first;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let connection: StatusConnection;

  const receive = (message: StatusMessage) => {
    if (message.type === 'hello') {
      view.hello = message;
      pauseMs = first;
      view.connected = true;
      view.connects += 1;
      options.onConnection?.(true);
    } else if (!view.connected) {
      // Its greeting was not understood, so neither is the rest.
    } else if (message.type === 'status') {
      view.status = message.status;
      view.statusAtMs = message.atMs;
      receivedTick = performance.now();
      options.onStatus?.(message.status, message.atMs);
    } else if (message.type === 'event') options.onEvent?.(message.event, message.atMs);
    else if (message.type === 'dropped') view.dropped += message.count;
    else options.onAnswer?.(message.ok, message.message);
  };
  const connect = () => {
    connection = connectStatus(options.socketPath, {
      onMessage: receive,
      onMalformed: (problem) => {
        view.malformed += 1;
        view.lastProblem = problem;
      },
      onClose: (code) => {
        if (closed) return;
        if (view.connected) options.onConnection?.(false);
        view.connected = false;
        view.lastProblem = explain(code, view.lastProblem);
        timer = setTimeout(connect, pauseMs);
        pauseMs = Math.min(pauseMs * 2, longest);
      },
    });
  };
  connect();

  return {
    view: () => ({
      ...view,
      ageMs: receivedTick === undefined ? undefined : performance.now() - receivedTick,
    }),
    stoodStill: (ms) => {
      if (receivedTick !== undefined) receivedTick += ms;
    },
    halt: (request) => {
      if (view.connected) connection.send({ verb: 'halt', ...request });
      return view.connected;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      connection.close();
    },
  };
}

/** The bot's greeting and its newest state, once; a text says why there is none. */
export function readStatusOnce(
  socketPath: string,
  timeoutMs: number,
): Promise<{ hello: Hello; status: BotStatus; atMs: number } | { problem: string }> {
  return new Promise((resolve) => {
    let hello: Hello | undefined;
    let problem: string | undefined;
    const connection = connectStatus(socketPath, {
      onMessage: (message) => {
        if (message.type === 'hello') hello = message;
        if (message.type === 'answer') problem = message.message;
        if (message.type !== 'status' || !hello) return;
        resolve({ hello, status: message.status, atMs: message.atMs });
        finish();
      },
      onMalformed: (text) => {
        problem ??= text;
      },
      onClose: (code) => {
        clearTimeout(timer);
        resolve({ problem: explain(code, problem) });
      },
    });
    const finish = () => {
      clearTimeout(timer);
      connection.close();
    };
    const timer = setTimeout(() => {
      problem ??= hello
        ? 'the bot is connected but has published no status yet'
        : `no answer within ${timeoutMs} ms: the bot process is stopped or hangs`;
      connection.close();
    }, timeoutMs);
  });
}

/** Why there is no connection; `problem` is what was wrong with what was received on it. */
function explain(code: string | undefined, problem: string | undefined): string {
  if (code === 'ENOENT') return 'no bot runs on this data directory';
  if (code === 'ECONNREFUSED') return 'no bot runs any more: it left its socket behind';
  if (code === 'EACCES') return 'this user may not read the status socket';
  if (problem !== undefined && code === undefined) return problem;
  return `the bot closed the connection${code ? ` (${code})` : ''}`;
}
