import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../core/bench/random.ts';
import { createLedger } from '../../core/ledger.ts';
import { InconclusiveError } from '../../errors.ts';
import { openJournal } from '../../state/journal.ts';
import { createFrameFilter } from '../../venue/frame-filter.ts';
import type { ComponentOptions } from '../components/component.ts';
import { openDashboards } from '../dashboards.ts';
import { keepAlive } from '../http.ts';
import { openMcpClient } from '../mcp-client.ts';
import { openMcpStand } from '../mcp-stand.ts';
import { pause } from '../program.ts';
import { decisionOf, feedFrame, orderOf, walletOf } from '../samples.ts';
import { usageOf } from '../usage.ts';
import { seedJournal } from './seed-journal.ts';

/** Something that grows, and what an operation costs at each size. */
export interface Axis {
  what: string;
  unit: string;
  sizes: readonly number[];
  /** Power of the size that the cost may grow with. */
  atMost: 0 | 1;
  clock: 'cpu' | 'wall';
  /** Where one round takes long. */
  mostRounds?: number;
  /** Builds the world at this size. */
  open(size: number, options: ComponentOptions): Promise<Sized>;
}

/** Does it so often, to be timed; or tells by itself what one costs, in nanoseconds. */
export type Sized = ({ run(times: number): void | Promise<void> } | { cost(): Promise<number> }) & {
  close(): Promise<void> | void;
};

const FOLLOWED: Axis = {
  what: 'row of a wallet nobody follows',
  unit: 'followed wallets',
  sizes: [25, 1000, 10_000, 100_000],
  atMost: 0,
  clock: 'cpu',
  async open(size) {
    const filter = createFrameFilter(new Set(Array.from({ length: size }, (_, n) => walletOf(n))));
    const frames = Array.from({ length: 1024 }, (_, n) => feedFrame(walletOf(n + 10_000_000), n));
    return {
      run(times) {
        for (let i = 0; i < times; i += 1) {
          if (filter(frames[i & 1023] ?? '') !== 'other') {
            throw new InconclusiveError('the filter followed a wallet that nobody follows');
          }
        }
      },
      close: () => {},
    };
  },
};

const POSITIONS: Axis = {
  what: 'exposure and totals for one decision',
  unit: 'open positions',
  sizes: [10, 100, 1000, 10_000],
  atMost: 1,
  clock: 'cpu',
  async open(size) {
    const ledger = createLedger(1e15);
    const refOf = (n: number) => ({
      tokenId: String(n),
      conditionId: `c${n >> 1}`,
      eventSlug: `e${n >> 3}`,
      wallet: walletOf(n % 25),
    });
    for (let n = 0; n < size; n += 1) {
      const [tradeId, orderId] = [`t${n}`, `o${n}`];
      const amounts = { sharesMicro: 10_000_000, usdcMicro: 5_000_000, feeMicro: 0, atMs: n };
      ledger.apply({ kind: 'fill', ...refOf(n), tradeId, orderId, side: 'BUY', ...amounts });
      ledger.apply({ kind: 'confirm', tradeId, atMs: n });
    }
    return {
      run(times) {
        for (let i = 0; i < times; i += 1) {
          ledger.exposure(refOf(i % size));
          ledger.totals();
        }
      },
      close: () => {},
    };
  },
};

const JOURNAL: Axis = {
  what: 'durable intent',
  unit: 'journal rows',
  sizes: [1e3, 1e4, 1e5, 1e6, 1e7],
  atMost: 0,
  clock: 'wall',
  async open(size, { dataDir, signal, seed }) {
    const path = join(dataDir, `journal-${size}.db`);
    seedJournal(path, size, signal);
    const journal = openJournal(path);
    const random = createRandom(seed);
    let next = 0;
    return {
      run(times) {
        for (let i = 0; i < times; i += 1) {
          // Anywhere among the rows that are there, as hashes are.
          next += 1;
          const n = Math.floor(random() * 2 ** 52) + next;
          journal.write((tx) => {
            tx.decision(decisionOf(n));
            tx.order(orderOf(n));
          });
        }
      },
      close() {
        journal.close();
        for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
      },
    };
  },
};

const SESSIONS: Axis = {
  what: 'tools/call with other sessions open',
  unit: 'MCP sessions',
  sizes: [1, 10, 100, 1000],
  atMost: 0,
  clock: 'wall',
  async open(size, options) {
    const dataDir = join(options.dataDir, `sessions-${size}`);
    const stand = await openMcpStand({ ...options, dataDir });
    const agent = keepAlive(4);
    const url = `${stand.mcpUrl}/mcp/monitoring`;
    const client = await openMcpClient(url, agent);
    for (let n = 1; n < size; n += 1) {
      options.signal.throwIfAborted();
      await openMcpClient(url, agent);
    }
    return {
      async run(times) {
        for (let i = 0; i < times; i += 1) await client.callTool('get_circuit_breaker_state', {});
      },
      async close() {
        agent.destroy();
        await stand.program.stop();
      },
    };
  },
};

const WATCH_MS = 2000;
const SERVED_WITHIN_MS = 20_000;

const DASHBOARDS: Axis = {
  what: 'CPU time of the mcp process in a second',
  unit: 'open dashboards',
  sizes: [1, 10, 50, 200, 500],
  atMost: 1,
  clock: 'cpu',
  mostRounds: 8,
  async open(size, options) {
    const dataDir = join(options.dataDir, `dashboards-${size}`);
    // Told each second, whether or not anything is new.
    const env = { DASHBOARD_REFRESH_SECONDS: '1' };
    const stand = await openMcpStand({ ...options, dataDir, env });
    const dashboards = openDashboards(stand.dashboardUrl, size);
    const served = () => dashboards.received() >= size;
    for (let waited = 0; waited < SERVED_WITHIN_MS && !served(); waited += 100) {
      await pause(100, options.signal);
    }
    return {
      async cost() {
        if (!served()) throw new InconclusiveError(`not all of ${size} dashboards are served`);
        const before = usageOf(stand.program.pid).cpuSeconds;
        await pause(WATCH_MS, options.signal);
        const spent = usageOf(stand.program.pid).cpuSeconds - before;
        // The kernel counts in 10 ms: less than half of that cannot be told from nothing.
        return (1e9 * Math.max(0.005, spent)) / (WATCH_MS / 1000);
      },
      async close() {
        dashboards.close();
        await stand.program.stop();
      },
    };
  },
};

export const AXES: readonly Axis[] = [FOLLOWED, POSITIONS, JOURNAL, SESSIONS, DASHBOARDS];
