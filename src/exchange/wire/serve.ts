import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../clock.ts';
import type { MicroUsdc } from '../../core/money.ts';
import type { ExchangeEngine } from '../engine.ts';
import { createAccounts } from './accounts.ts';
import { authRoutes, createAuth } from './auth.ts';
import { balanceRoutes } from './balances.ts';
import { controlRoutes } from './control.ts';
import { dataApiRoutes } from './data-api.ts';
import { createFaults } from './faults.ts';
import { gammaRoutes } from './gamma.ts';
import { createHeartbeats } from './heartbeat.ts';
import {
  createRouter,
  MAX_BODY_BYTES,
  Refusal,
  readBody,
  sendReply,
  type WireReply,
} from './http.ts';
import { refuseByFault } from './http-faults.ts';
import { createLoad } from './load.ts';
import { marketReadRoutes } from './market-reads.ts';
import { createMarketSocket, type SocketRoom } from './market-socket.ts';
import { cancelRoutes, orderReadRoutes } from './order-reads.ts';
import { orderRoutes } from './orders.ts';
import { createRelayer } from './relayer.ts';
import { rpcRoutes } from './rpc.ts';
import { createRtds } from './rtds.ts';
import { createUserSocket } from './user-socket.ts';
import type { Wire } from './wire.ts';

export interface ServeOptions {
  engine: ExchangeEngine;
  clock: Clock;
  host: string;
  /** 0 picks a free one. */
  port: number;
  scenario: string;
  seed: number;
  /** Cash that a wallet starts with. */
  balanceMicro: MicroUsdc;
  /** Whether smart wallets of known signers count as deployed at once; default true. */
  deployWallets?: boolean;
  /** Bytes that may wait for one slow socket; default 4 MiB. */
  maxBufferedBytes?: number;
  /** Told of every exception that a request met; it was answered with 500. */
  onError?(error: unknown): void;
}

export interface Serving {
  port: number;
  close(): Promise<void>;
}

/** How often the engine is advanced, real ms. */
const TICK_MS = 25;
const MAX_SOCKETS = 512;

/** Puts an engine on the wire. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { engine, clock } = options;
  const parts = assemble(options);
  const { wire, rooms, heartbeats, rtds, route } = parts;
  const server = createServer((request, response) => {
    parts.requests += 1;
    void answer(wire, route, request, options.onError).then((reply) =>
      finish(wire, request, response, reply),
    );
  });
  server.requestTimeout = 15_000;
  server.keepAliveTimeout = 65_000;
  const stopSockets = acceptSockets(server, wire, rooms);
  const stopEvents = engine.on((event) => {
    for (const [name, room] of Object.entries(rooms)) {
      if (room.size() > 0 && !wire.faults.take('stall', name)) room.onEvent(event);
    }
  });
  await listen(server, options.host, options.port);
  const timer = setInterval(() => {
    engine.advance(clock.now());
    heartbeats.check();
    if (!wire.faults.active('stall', 'rtds')) rtds.flush();
  }, TICK_MS);

  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    async close() {
      clearInterval(timer);
      parts.load.stop();
      stopEvents();
      stopSockets();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Everything that answers, built around one engine. */
function assemble(options: ServeOptions) {
  const { engine, clock, scenario, seed, balanceMicro } = options;
  const accounts = createAccounts((account) => {
    engine.openAccount(account.address, balanceMicro);
    const { deposit, proxy, safe } = account.wallets;
    if (options.deployWallets === false) return;
    for (const wallet of [deposit, proxy, safe]) relayer.deploy(wallet);
  });
  const auth = createAuth(clock, accounts);
  const faults = createFaults(clock, Math.random);
  const wire: Wire = { engine, clock, accounts, auth, faults, balanceMicro };
  const relayer = createRelayer(wire);
  const heartbeats = createHeartbeats(wire);
  const limits = { maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024 };
  const rtds = createRtds(wire, limits);
  const rooms: Record<string, SocketRoom> = {
    market: createMarketSocket(wire, limits),
    user: createUserSocket(wire, limits),
    rtds,
  };
  const sizes = () =>
    Object.fromEntries(Object.entries(rooms).map(([name, room]) => [name, room.size()]));
  const load = createLoad(engine);
  const told = { scenario, seed, load, sockets: sizes };
  const parts = { wire, rooms, heartbeats, rtds, load, requests: 0 };
  const route = createRouter([
    ...authRoutes(clock, accounts, auth),
    ...marketReadRoutes(wire),
    ...orderRoutes(wire),
    ...cancelRoutes(wire),
    ...orderReadRoutes(wire),
    ...balanceRoutes(wire),
    ...heartbeats.routes,
    ...dataApiRoutes(wire),
    ...gammaRoutes(wire),
    ...relayer.routes,
    ...rpcRoutes(wire),
    ...controlRoutes(wire, { ...told, requests: () => parts.requests }),
  ]);
  return Object.assign(parts, { route });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One request to one reply; never rejects. */
async function answer(
  wire: Wire,
  route: ReturnType<typeof createRouter>,
  incoming: IncomingMessage,
  onError: ServeOptions['onError'],
): Promise<WireReply> {
  try {
    const body = await readBody(incoming);
    const [path = '', query = ''] = (incoming.url ?? '').split('?', 2);
    const method = incoming.method ?? '';
    const found = route(method, path);
    if (found === undefined) throw new Refusal(404, `no such path: ${path.slice(0, 200)}`);
    if (found === 'wrong method') throw new Refusal(405, `${method} is not for this path`);
    const request = {
      ...{ method, path, body, params: found.params, headers: incoming.headers },
      query: new URLSearchParams(query),
      remoteAddress: incoming.socket.remoteAddress ?? '',
    };
    refuseByFault(wire, request);
    return found.route.handle(request);
  } catch (error) {
    if (error instanceof Refusal) {
      return { status: error.status, body: error.body, headers: error.headers };
    }
    // The client hung up while it was still sending.
    if (incoming.destroyed && !incoming.complete) return { body: undefined, lost: true };
    onError?.(error);
    return { status: 500, body: { error: 'Internal server error' } };
  }
}

function finish(
  wire: Wire,
  incoming: IncomingMessage,
  response: ServerResponse,
  reply: WireReply,
): void {
  const path = incoming.url?.split('?')[0] ?? '';
  const slow = path.startsWith('/control')
    ? undefined
    : wire.faults.take('slow_answer', `${incoming.method} ${path}`);
  const send = () => {
    if (reply.lost) incoming.socket.destroy();
    else sendReply(response, reply);
  };
  if (slow) setTimeout(send, slow.ms);
  else send();
}

/** Upgrades the three socket paths; returns what ends all sockets. */
function acceptSockets(
  server: Server,
  wire: Wire,
  rooms: Readonly<Record<string, SocketRoom>>,
): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
  });
  const paths: Readonly<Record<string, string>> = {
    '/ws/market': 'market',
    '/ws/user': 'user',
    '/rtds': 'rtds',
    '/rtds/': 'rtds',
  };
  server.on('upgrade', (request, stream, head) => {
    const name = paths[request.url?.split('?')[0] ?? ''];
    const room = name === undefined ? undefined : rooms[name];
    if (name === undefined || !room) return refuseUpgrade(stream, '404 Not Found');
    if (sockets.clients.size >= MAX_SOCKETS || wire.faults.active('disconnect', name)) {
      return refuseUpgrade(stream, '503 Service Unavailable');
    }
    sockets.handleUpgrade(request, stream, head, (socket) => room.accept(socket));
  });
  wire.faults.onAdd((fault) => {
    if (fault.kind !== 'disconnect') return;
    for (const [name, room] of Object.entries(rooms)) {
      if (fault.match === undefined || name.includes(fault.match)) room.closeAll();
    }
    // Without a span it has done its work; with one it also keeps clients away.
    if (fault.count !== undefined) fault.count = 0;
  });
  return () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

function refuseUpgrade(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
