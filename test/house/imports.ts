import { posix } from 'node:path';
import { at, type Import, imports, isProduct, type Source } from './source.ts';

/**
 * Who may import whom. A room is a folder of `src`, or a single file directly in it. `types` may be
 * imported with `import type` only; a port is a file of that name, through which a room shows itself
 * to rooms of its own rank.
 */
interface Room {
  uses: readonly string[];
  types?: readonly string[];
  ports?: boolean;
  /** No `node:` modules and no packages: nothing that could do I/O. */
  pure?: boolean;
}

const edge: Room = {
  uses: ['core', 'errors', 'config/secret'],
  types: ['config', 'clock'],
};
const edges = ['venue', 'state', 'host', 'exchange'];
const service: Room = {
  uses: ['core', 'errors', 'clock', 'config', ...edges],
  types: ['context'],
  ports: true,
};
const anything = ['*'];

const rooms: Record<string, Room> = {
  core: { uses: [], pure: true },
  errors: { uses: [], pure: true },
  clock: { uses: ['errors'] },
  version: { uses: [], pure: true },
  config: { uses: ['core', 'errors'], types: ['context', 'clock'] },
  venue: edge,
  state: edge,
  // It hands the paper clock from one process to the next.
  host: { ...edge, uses: [...edge.uses, 'clock'] },
  exchange: edge,
  bot: service,
  mcp: service,
  observe: service,
  bench: service,
  deploy: service,
  plan: service,
  screen: { uses: ['core', 'errors'], types: ['command'] },
  command: { uses: [], types: ['context'] },
  context: { uses: [], types: ['clock', 'config'] },
  cli: { uses: ['errors'], types: ['command', 'context'] },
  'create-context': { uses: anything },
  main: { uses: anything },
  // Joins mcp and observe, which know each other by port only, into one process.
  'mcp-process': { uses: anything },
  // Joins history, deploys and benchmarks for the reviews.
  'review-record': { uses: anything },
  pmcp: { uses: ['main'] },
  index: { uses: anything },
  commands: { uses: anything },
};

/** Packages that only one room may know, so that it alone changes when they do. */
const fences: Record<string, readonly string[]> = {
  chalk: ['screen'],
  'prom-client': ['observe'],
  commander: ['cli'],
  '@polymarket/client': ['venue'],
  '@modelcontextprotocol/sdk': ['mcp'],
  '@modelcontextprotocol/server': ['mcp'],
  systeminformation: ['host'],
  execa: ['host'],
};

/** The room of a path inside the project: `src/venue/port.ts` is in `venue`. */
function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? second.replace(/\.ts$/, '') : first;
}

/** Imports that the table or a fence forbids, one sentence each. */
export function forbiddenImports(file: Source): string[] {
  if (!isProduct(file)) return [];
  const room = rooms[roomOf(file.path)];
  if (!room) return [`${file.path}: no room of this name in the import table`];
  return imports(file).flatMap((wanted) => {
    const why = wanted.specifier.startsWith('.')
      ? whyNotFile(file, room, wanted)
      : whyNotPackage(file, room, wanted.specifier);
    return why ? [`${at(file, wanted.start)}: ${why}`] : [];
  });
}

function whyNotFile(file: Source, room: Room, wanted: Import): string | undefined {
  const target = posix.join(posix.dirname(file.path), wanted.specifier);
  const from = roomOf(file.path);
  const to = roomOf(target);
  if (!/^(?:src|commands)\//.test(target)) return `${target} is not part of the product`;
  if (from === 'commands' || to === 'commands') return whyNotCommand(file.path, target);
  if (to === from) return undefined;
  const names = [to, target.replace(/^src\/|\.ts$/g, '')];
  const allows = (list: readonly string[] = []) =>
    list.includes('*') || names.some((name) => list.includes(name));
  if (allows(room.uses)) return undefined;
  if (allows(room.types))
    return wanted.typeOnly ? undefined : `${from} may only use types of ${to}`;
  if (room.ports && target.startsWith(`src/${to}/`) && /\/port\.ts$/.test(target)) return undefined;
  return `${from} may not import ${to}`;
}

function whyNotCommand(from: string, target: string): string | undefined {
  const isCommand = (path: string) => path.startsWith('commands/');
  if (from === 'commands/index.ts' || !isCommand(target)) return undefined;
  if (!isCommand(from)) return from === 'src/main.ts' ? undefined : 'only main knows the commands';
  return target === 'commands/index.ts' ? 'a command does not know the list' : 'another command';
}

function whyNotPackage(file: Source, room: Room, specifier: string): string | undefined {
  if (room.pure) return `${roomOf(file.path)} is pure and may not import ${specifier}`;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const allowed = fences[name];
  if (!allowed || allowed.includes(roomOf(file.path))) return undefined;
  return `${name} belongs to ${allowed.join(', ')}`;
}
