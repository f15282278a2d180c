import type { WebSocket } from 'ws';
import type { ExchangeTrade } from '../engine.ts';
import type { Account } from './accounts.ts';
import { isRecord } from './http.ts';
import type { SocketRoom } from './market-socket.ts';
import { userOrder } from './shapes/order.ts';
import { userTrade } from './shapes/trade.ts';
import { createOutlet, type Outlet, onFrames, type SocketLimits, stringList } from './socket.ts';
import type { Wire } from './wire.ts';

/** /ws/user: an account's own orders and trades, after its credentials in the first frame. */

interface Session {
  outlet: Outlet;
  account: Account | undefined;
  /** Condition ids; undefined is every market. */
  markets: Set<string> | undefined;
}

export function createUserSocket(wire: Wire, limits: SocketLimits): SocketRoom {
  const sessions = new Map<WebSocket, Session>();

  const publish = (owner: string, market: string, make: () => object) => {
    for (const { account, markets, outlet } of sessions.values()) {
      if (account?.apiKey !== owner) continue;
      if (markets === undefined || markets.has(market)) outlet.send(make());
    }
  };
  return {
    accept(socket) {
      const outlet = createOutlet(socket, limits);
      const session: Session = { outlet, account: undefined, markets: undefined };
      sessions.set(socket, session);
      socket.on('close', () => sessions.delete(socket));
      onFrames(socket, outlet, (frame) =>
        session.account ? resubscribe(session, frame) : authenticate(wire, session, frame),
      );
    },
    onEvent(event) {
      if (event.kind === 'order' && event.order.owner !== undefined) {
        const { owner, conditionId } = event.order;
        publish(owner, conditionId, () => userOrder(wire.engine, event));
      } else if (event.kind === 'trade') {
        for (const owner of ownersOf(event.trade)) {
          publish(owner, event.trade.conditionId, () => userTrade(wire.engine, event.trade, owner));
        }
      }
    },
    closeAll() {
      for (const socket of sessions.keys()) socket.close(1001, 'going away');
    },
    size: () => sessions.size,
  };
}

function ownersOf(trade: ExchangeTrade): Set<string> {
  const owners = [trade.takerOwner, ...trade.makers.map((maker) => maker.owner)];
  return new Set(owners.filter((owner) => owner !== undefined));
}

function authenticate(wire: Wire, session: Session, frame: Record<string, unknown>): boolean {
  const { auth } = frame;
  if (!isRecord(auth)) return false;
  const { apiKey, secret, passphrase } = auth;
  session.account = wire.auth.find(String(apiKey), String(secret), String(passphrase));
  if (!session.account) {
    session.outlet.close(1008, 'invalid credentials');
    return true;
  }
  const markets = stringList(frame['markets']);
  // The client names its markets, or leaves the list out or empty to get everything.
  session.markets = markets && markets.length > 0 ? new Set(markets) : undefined;
  return true;
}

function resubscribe(session: Session, frame: Record<string, unknown>): boolean {
  const markets = stringList(frame['markets']);
  const operation = frame['operation'];
  if (!markets || (operation !== 'subscribe' && operation !== 'unsubscribe')) return false;
  for (const market of markets) {
    if (operation === 'unsubscribe') session.markets?.delete(market);
    else session.markets?.add(market);
  }
  return true;
}
