/**
 * Preloaded into a real bot (NODE_OPTIONS=--import): ends it by SIGKILL at a named boundary of the
 * order path, where a kill from outside would hit only by luck. KILL_AT is `<boundary>:<n>`: the
 * n-th time that it is reached.
 */
import { Socket } from 'node:net';
import { type StatementResultingChanges, StatementSync } from 'node:sqlite';

const [boundary = '', count = '1'] = (process.env['KILL_AT'] ?? '').split(':');
let left = Number(count);

function reached(name: string): void {
  if (name !== boundary) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

let pending = '';
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...values: unknown[]) {
  const sql = this.sourceSQL;
  if (sql === 'COMMIT' && pending !== '') reached(`before-commit-${pending}`);
  const result = (run as (...all: unknown[]) => StatementResultingChanges).apply(this, values);
  if (sql.startsWith('INSERT INTO orders')) pending = 'order';
  else if (sql.startsWith('INSERT OR REPLACE INTO trades')) pending = 'trade';
  else if (sql.startsWith('INSERT OR REPLACE INTO checkpoint')) pending = 'checkpoint';
  else if (sql === 'COMMIT') {
    const name = pending;
    pending = '';
    if (name !== '') reached(`after-commit-${name}`);
  }
  return result;
};

const { write, push } = Socket.prototype;
const asked = new WeakSet<Socket>();
Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
  const [chunk] = args;
  const text = typeof chunk === 'string' ? chunk.slice(0, 60) : '';
  const order = text.startsWith('POST /clob/order ');
  const redemption = text.startsWith('POST /relayer/submit');
  if (order) reached('before-post');
  if (redemption) reached('before-redemption');
  const result = (write as (...all: unknown[]) => boolean).apply(this, args);
  // The body follows in a write of its own: the kill comes once it has left, too.
  if (order) {
    asked.add(this);
    setImmediate(() => reached('after-post'));
  }
  if (redemption) setImmediate(() => reached('after-redemption'));
  return result;
} as typeof write;
Socket.prototype.push = function (this: Socket, ...args: unknown[]) {
  if (asked.delete(this)) reached('answer');
  return (push as (...all: unknown[]) => boolean).apply(this, args);
} as typeof push;
