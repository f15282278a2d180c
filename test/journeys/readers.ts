import { get } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Open dashboards as the mcp process sees them: streams of events, most of them read. */
export interface Readers {
  /** Whether every attentive one has seen the page. */
  allSee(): boolean;
  /** Ends all, and tells what the attentive ones saw. */
  close(): { fewest: number; longestGapMs: number; cut: number };
}

/** Of a hundred: those who never read, and those who read a little now and then. */
const NEVER = 5;
const RARELY = 5;
const RARELY_MS = 2_000;

export function openReaders(dashboardUrl: string, count: number): Readers {
  const url = `${dashboardUrl}/events`;
  const ends: (() => void)[] = [];
  const attentive: { events: number; lastTick: number; longestGapMs: number }[] = [];
  let cut = 0;
  let isOver = false;

  const attend = () => {
    const seen = { events: 0, lastTick: performance.now(), longestGapMs: 0 };
    attentive.push(seen);
    const request = get(url, { agent: false }, (response) => {
      response.on('error', () => {});
      response.on('data', (chunk: Buffer) => {
        if (!chunk.includes(END)) return;
        const nowTick = performance.now();
        seen.longestGapMs = Math.max(seen.longestGapMs, nowTick - seen.lastTick);
        seen.lastTick = nowTick;
        seen.events += 1;
      });
    });
    request.on('error', () => {});
    ends.push(() => request.destroy());
  };
  /** Once it is cut it comes again, as a browser does. */
  const neglect = (everyMs: number | undefined) => {
    let socket: Socket;
    const begin = () => {
      if (isOver) return;
      const { hostname, port } = new URL(url);
      socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.on('close', () => {
        if (!isOver) cut += 1;
        setTimeout(begin, 2_000).unref();
      });
      socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      socket.pause();
    };
    begin();
    const timer =
      everyMs === undefined ? undefined : setInterval(() => void socket.read(16_384), everyMs);
    ends.push(() => {
      clearInterval(timer);
      socket.destroy();
    });
  };
  for (let index = 0; index < count; index += 1) {
    const kind = index % 100;
    if (kind < NEVER) neglect(undefined);
    else if (kind < NEVER + RARELY) neglect(RARELY_MS);
    else attend();
  }
  return {
    allSee: () => attentive.every(({ events }) => events > 0),
    close() {
      isOver = true;
      const endTick = performance.now();
      for (const end of ends) end();
      return {
        cut,
        fewest: Math.min(...attentive.map(({ events }) => events)),
        longestGapMs: Math.max(
          ...attentive.map((one) => Math.max(one.longestGapMs, endTick - one.lastTick)),
        ),
      };
    },
  };
}

const END = Buffer.from('\n\n');
