/** Asks a running process over its control socket. */
import { createConnection } from 'node:net';
import { FailedError, InconclusiveError, RefusedError, reasonOf, UsageError } from '../errors.ts';
import { type ControlReply, MAX_LINE_CHARS } from './control-server.ts';

export interface ControlCall {
  socketPath: string;
  verb: string;
  args?: object;
  /** Who is asked, in messages; default: the bot. */
  who?: string;
  /** Real milliseconds until a silent process is given up. */
  timeoutMs?: number;
}

/** A reply may carry a history or a table: more than a request, but bounded. */
const MAX_REPLY_CHARS = 64 * MAX_LINE_CHARS;

/**
 * The answer; undefined when nobody listens there. Throws what was refused with, and
 * InconclusiveError when it does not answer.
 */
export async function callControl(call: ControlCall): Promise<object | undefined> {
  const line = await exchange(call);
  if (line === undefined) return undefined;
  const reply = parseReply(line, call.socketPath);
  if (reply.ok) return reply.data;
  const { message, hint, exitCode } = reply.error;
  throw errorOf(exitCode, message, hint);
}

function exchange(call: ControlCall) {
  const { socketPath, verb, args, who = 'the bot', timeoutMs = 5000 } = call;
  return new Promise<string | undefined>((resolve, reject) => {
    const socket = createConnection(socketPath);
    let received = '';
    const fail = (why: string) => {
      socket.destroy();
      const hint = 'It may hang: see its log, or stop it with `systemctl stop` or kill.';
      reject(new InconclusiveError(`${who} at ${socketPath} ${why}`, { hint }));
    };
    socket.setTimeout(timeoutMs, () => fail(`did not answer within ${timeoutMs} ms`));
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`${JSON.stringify({ ...args, verb })}\n`));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const end = received.indexOf('\n');
      if (end >= 0) {
        socket.destroy();
        resolve(received.slice(0, end));
      } else if (received.length > MAX_REPLY_CHARS) {
        fail('sent an endless answer');
      }
    });
    socket.once('end', () => fail('closed the connection without an answer'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // No file, or one that a dead bot left: nobody is there.
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else if (error.code === 'EACCES') reject(notOurs(socketPath));
      else fail(`cannot be asked: ${reasonOf(error)}`);
    });
  });
}

function notOurs(socketPath: string): RefusedError {
  return new RefusedError(`${socketPath}: permission denied`, {
    hint: 'Run this as the user it runs as.',
  });
}

function parseReply(line: string, socketPath: string): ControlReply {
  try {
    const reply = JSON.parse(line) as ControlReply;
    if (reply.ok ? typeof reply.data === 'object' : typeof reply.error.message === 'string') {
      return reply;
    }
  } catch {
    // Answered below: nothing of it can be used.
  }
  throw new InconclusiveError(`${socketPath}: the answer is not a bot's`);
}

function errorOf(exitCode: number, message: string, hint: string | undefined) {
  const options = hint === undefined ? {} : { hint };
  if (exitCode === 2) return new UsageError(message, options);
  if (exitCode === 3) return new RefusedError(message, options);
  if (exitCode === 4) return new InconclusiveError(message, options);
  return new FailedError(message, options);
}
