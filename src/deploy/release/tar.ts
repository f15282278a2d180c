/** One member of an archive. Directories have no content. */
export interface Member {
  /** Relative, with `/`; no leading `./`. */
  path: string;
  mode: number;
  content?: Uint8Array;
}

const BLOCK = 512;
const LONGEST_NAME = 100;
const LONGEST_PREFIX = 155;

/**
 * Header of one member (POSIX ustar), padded: what follows it is the content and `padding`.
 * Owner root, a time that is given: the same release is the same bytes wherever it is packed.
 */
export function tarHeader({ path, mode, content }: Member, mtimeSeconds: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const { name, prefix } = splitPath(content ? path : `${path}/`);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  header.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content?.length ?? 0, 124, 12);
  octal(mtimeSeconds, 136, 12);
  header.write(' '.repeat(8), 148);
  header.write(content ? '0' : '5', 156);
  header.write('ustar\x0000', 257);
  header.write('root', 265);
  header.write('root', 297);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Zeros that fill the last block of a content of this many bytes. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

/** The end of an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** A long path is cut at a slash into prefix and name. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= LONGEST_NAME) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const name = path.slice(at + 1);
    const prefix = path.slice(0, at);
    if (Buffer.byteLength(prefix) > LONGEST_PREFIX) break;
    if (name !== '' && Buffer.byteLength(name) <= LONGEST_NAME) return { name, prefix };
  }
  throw new RangeError(`${path}: too long for a tar archive`);
}
