import type { IncomingMessage } from 'node:http';

/** The largest honest body is a token or a flag. */
const MAX_BODY_BYTES = 1_024;

/** The body as text; undefined when it is too large or breaks off. */
export async function readSmallBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
