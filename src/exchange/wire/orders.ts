import { unwrapWalletSignature } from '../../core/eip712.ts';
import { formatMicro } from '../../core/money.ts';
import type { NewOrder } from '../engine.ts';
import type { Account } from './accounts.ts';
import { bytesOf, hexOf, orderHashers, recover } from './crypto.ts';
import { jsonBody, Refusal, type Route, type WireReply, type WireRequest } from './http.ts';
import { type OrderPayload, parseOrder } from './order-payload.ts';
import type { Wire } from './wire.ts';

/** Placing orders: the venue's checks before its matching engine sees them. */

const MAX_BATCH = 15;

export function orderRoutes(wire: Wire): Route[] {
  return [
    {
      method: 'POST',
      path: '/clob/order',
      handle(request) {
        const account = wire.auth.l2(request);
        return place(wire, account, parseOrder(jsonBody(request)), request);
      },
    },
    { method: 'POST', path: '/clob/orders', handle: (request) => placeBatch(wire, request) },
  ];
}

/** In a batch a refused order does not fail the others: it comes back without an id. */
function placeBatch(wire: Wire, request: WireRequest): WireReply {
  const account = wire.auth.l2(request);
  const orders = jsonBody(request);
  if (!Array.isArray(orders) || orders.length < 1 || orders.length > MAX_BATCH) {
    throw new Refusal(400, `Invalid order payload: 1 to ${MAX_BATCH} orders are expected`);
  }
  let lost = false;
  const body = orders.map((order: unknown) => {
    try {
      const reply = place(wire, account, parseOrder(order), request);
      lost ||= reply.lost === true;
      return reply.body;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...answer('', '', 0, 0), errorMsg: error.message };
    }
  });
  return { body, lost };
}

function place(
  wire: Wire,
  account: Account,
  payload: OrderPayload,
  request: WireRequest,
): WireReply {
  const subject = `${request.method} ${request.path}`;
  refuseByFault(wire, payload, subject);
  const order = newOrder(wire, account, payload);
  wire.engine.openAccount(order.maker, wire.balanceMicro);
  if (wire.faults.take('unmatched', subject)) {
    return { body: answer(order.orderId, 'unmatched', 0, 0) };
  }
  const delayed = wire.faults.take('delayed', subject);
  const failed = wire.faults.take('failed_settlement', subject);
  if (delayed || failed) {
    order.faults = {
      ...(delayed && { delayMs: delayed.ms }),
      ...(failed && { failSettlement: true }),
    };
  }
  const result = wire.engine.submit(order);
  if (!result.ok) throw new Refusal(result.httpStatus, result.message);
  const body = {
    ...answer(order.orderId, result.status, result.makingMicro, result.takingMicro),
    ...(result.tradeIds.length > 0 && { tradeIDs: result.tradeIds }),
  };
  return { body, lost: wire.faults.take('lost_answer', subject) !== undefined };
}

/** Amounts are decimals for people here, and empty when nothing traded yet. */
function answer(orderID: string, status: string, makingMicro: number, takingMicro: number) {
  const decimal = (micro: number) => (micro === 0 ? '' : formatMicro(micro));
  return {
    success: true,
    errorMsg: '',
    orderID,
    status,
    makingAmount: decimal(makingMicro),
    takingAmount: decimal(takingMicro),
  };
}

function refuseByFault(wire: Wire, payload: OrderPayload, subject: string): void {
  if (payload.postOnly) return;
  const fault = wire.faults.take('post_only', subject);
  if (!fault) return;
  const message = 'post-only mode: only post-only orders and cancels are allowed';
  const left = Math.ceil(((fault.untilMs ?? wire.clock.now()) - wire.clock.now()) / 1000);
  throw new Refusal(503, message, {
    body: { code: 'post_only_mode', retry_after_seconds: Math.max(1, left) },
  });
}

/** The order as the engine wants it; refuses what the venue refuses before matching. */
function newOrder(wire: Wire, account: Account, payload: OrderPayload): NewOrder {
  const { order } = payload;
  if (payload.owner !== account.apiKey) {
    throw new Refusal(400, 'the order owner has to be the owner of the API KEY');
  }
  const maker = makerOf(account, order);
  const market = wire.engine.marketOf(order.tokenId);
  if (!market) throw new Refusal(400, `the orderbook ${order.tokenId} does not exist`);
  const orderId = checkSignature(account, order, market.negRisk);
  return {
    orderId,
    owner: account.apiKey,
    maker,
    tokenId: order.tokenId,
    side: order.side,
    makerAmountMicro: order.makerAmount,
    takerAmountMicro: order.takerAmount,
    orderType: payload.orderType,
    postOnly: payload.postOnly,
    expiresAtMs: order.expiration === '0' ? undefined : Number(order.expiration) * 1000,
  };
}

/** Returns the order's id, its EIP-712 hash, when the key's owner signed it. */
function checkSignature(account: Account, order: OrderPayload['order'], negRisk: boolean): string {
  const hasher = negRisk ? orderHashers.negRisk : orderHashers.standard;
  const { structHash, orderHash } = hasher.hash(order);
  const wrapped = order.signatureType === 3;
  const bytes = bytesOf(order.signature);
  const signature = wrapped ? unwrapWalletSignature(bytes, hasher, structHash) : bytes;
  const digest = wrapped ? hasher.walletDigest(structHash, order.signer) : orderHash;
  if (!signature || recover(digest, signature) !== account.address) {
    throw new Refusal(400, 'invalid signature');
  }
  return hexOf(orderHash);
}

/** The wallet that pays: it and the signer must fit the key's owner by the signature type. */
function makerOf(account: Account, order: OrderPayload['order']): string {
  const { wallets } = account;
  const maker = order.maker.toLowerCase();
  const signer = order.signer.toLowerCase();
  const allowed = [
    [account.address],
    [wallets.proxy],
    [wallets.safe],
    [wallets.deposit, wallets.legacyDeposit],
  ];
  const expectedSigner = order.signatureType === 3 ? maker : account.address;
  const fits = allowed[order.signatureType]?.includes(maker);
  if (signer !== expectedSigner || (order.signatureType === 3 && !fits)) {
    throw new Refusal(400, 'the order signer address has to be the address of the API KEY');
  }
  if (!fits) {
    throw new Refusal(400, 'maker address not allowed, please use the deposit wallet flow');
  }
  return maker;
}
