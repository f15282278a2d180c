import type { IncomingMessage } from 'node:http';

/** Largest request body; the largest honest call is a few kilobytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** A client that is refused while it still sends may never see why: so much is read and dropped. */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;
/** A body that trickles in longer than this is a slow-loris, not a client. */
const BODY_TIMEOUT_MS = 15_000;

export type Body =
  | { ok: true; value: unknown }
  | { ok: false; status: number; code: number; message: string };

const TOO_LARGE: Body = {
  ok: false,
  status: 413,
  code: -32600,
  message: `body larger than ${MAX_BODY_BYTES} bytes`,
};

/** Reads a JSON body: bounded in size and time, one clear error for each way it can be wrong. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => request.destroy(new Error('body timeout')), BODY_TIMEOUT_MS);
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
      if (size > MAX_DISCARDED_BYTES) return TOO_LARGE;
    }
  } catch {
    return { ok: false, status: 400, code: -32700, message: 'the body did not arrive whole' };
  } finally {
    clearTimeout(timer);
  }
  if (size > MAX_BODY_BYTES) return TOO_LARGE;
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return { ok: false, status: 400, code: -32700, message: 'the body is not JSON' };
  }
}
