import { type Chain, createChain } from './chain.ts';
import { contracts } from './contracts.ts';
import { PAPER_CHAIN_ID, selectorOf } from './crypto.ts';
import { isRecord, jsonBody, Refusal, type Route } from './http.ts';
import type { Wire } from './wire.ts';

/** A Polygon node, as far as the official client asks one: all is approved, nothing costs. */

const MAX_BATCH = 200;
const WORD = 64;
const uint = (value: number | bigint) => BigInt(value).toString(16).padStart(WORD, '0');
const quantity = (value: number) => `0x${value.toString(16)}`;
const MAX_UINT = 'f'.repeat(WORD);

/** A call that the node refuses: an error object inside HTTP 200. */
class RpcRefusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

type View = (wire: Wire, args: readonly string[]) => string;

/** Arguments are 32-byte words, as hex without 0x. */
const VIEWS: Readonly<Record<string, View>> = {
  [selectorOf('allowance(address,address)')]: () => MAX_UINT,
  [selectorOf('isApprovedForAll(address,address)')]: () => uint(1),
  [selectorOf('beacon()')]: () => uint(BigInt(contracts.depositWalletBeacon)),
  [selectorOf('decimals()')]: () => uint(6),
  [selectorOf('balanceOf(address)')]: ({ engine }, [owner]) => {
    const { freeMicro, lockedMicro } = engine.cashOf(addressIn(owner));
    return uint(freeMicro + lockedMicro);
  },
  [selectorOf('balanceOf(address,uint256)')]: (wire, [owner, token]) =>
    uint(sharesOf(wire, owner, token)),
  [selectorOf('balanceOfBatch(address[],uint256[])')]: (wire, args) => {
    const owners = arrayAt(args, 0);
    const tokens = arrayAt(args, 1);
    const amounts = tokens.map((token, index) => uint(sharesOf(wire, owners[index], token)));
    return [uint(32), uint(amounts.length), ...amounts].join('');
  },
};

export function rpcRoutes(wire: Wire): Route[] {
  const chain = createChain(wire);
  const handle: Route['handle'] = (request) => {
    const body = jsonBody(request);
    if (!Array.isArray(body)) return { body: answer(wire, chain, body) };
    if (body.length === 0 || body.length > MAX_BATCH) {
      throw new Refusal(400, `a batch of 1 to ${MAX_BATCH} calls is expected`);
    }
    return { body: body.map((call: unknown) => answer(wire, chain, call)) };
  };
  return [
    { method: 'POST', path: '/rpc', handle },
    { method: 'POST', path: '/rpc/', handle },
  ];
}

function answer(wire: Wire, chain: Chain, call: unknown): object {
  const id = isRecord(call) && isId(call['id']) ? call['id'] : null;
  try {
    if (!isRecord(call) || typeof call['method'] !== 'string') {
      throw new RpcRefusal(-32600, 'invalid request');
    }
    const params = Array.isArray(call['params']) ? call['params'] : [];
    return { jsonrpc: '2.0', id, result: execute(wire, chain, call['method'], params) };
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message } };
  }
}

function isId(value: unknown): value is string | number {
  return typeof value === 'number' || typeof value === 'string';
}

function execute(wire: Wire, chain: Chain, method: string, params: readonly unknown[]): unknown {
  const first = String(params[0]);
  switch (method) {
    case 'eth_chainId':
      return quantity(PAPER_CHAIN_ID);
    case 'net_version':
      return String(PAPER_CHAIN_ID);
    case 'eth_blockNumber':
      return quantity(chain.height());
    case 'eth_gasPrice':
    case 'eth_maxPriorityFeePerGas':
      return '0x0';
    case 'eth_estimateGas':
      return quantity(200_000);
    case 'eth_getBlockByNumber':
      return chain.block();
    case 'eth_getTransactionCount':
      return quantity(chain.nonceOf(first));
    case 'eth_getTransactionByHash':
      return chain.transaction(first);
    case 'eth_getTransactionReceipt':
      return chain.receipt(first);
    case 'eth_sendRawTransaction':
      return chain.send(params[0]) ?? refuseTransaction();
    case 'eth_call':
      return ethCall(wire, params[0]);
    default:
      throw new RpcRefusal(-32601, `the method ${method} does not exist`);
  }
}

function refuseTransaction(): never {
  throw new RpcRefusal(
    -32000,
    'invalid transaction: not for this chain, or signature or nonce wrong',
  );
}

function ethCall(wire: Wire, call: unknown): string {
  const data = isRecord(call) ? (call['data'] ?? call['input']) : undefined;
  if (typeof data !== 'string' || !/^0x([0-9a-f]{2})*$/i.test(data)) {
    throw new RpcRefusal(-32602, 'data: hex is expected');
  }
  const text = data.slice(2).toLowerCase();
  const view = VIEWS[text.slice(0, 8)];
  if (!view) throw new RpcRefusal(3, 'execution reverted');
  return `0x${view(wire, text.slice(8).match(/.{64}/g) ?? [])}`;
}

function sharesOf({ engine }: Wire, owner: string | undefined, token: string | undefined): number {
  const id = BigInt(`0x${token || '0'}`).toString();
  if (!engine.marketOf(id)) return 0;
  const { freeMicro, lockedMicro } = engine.sharesOf(addressIn(owner), id);
  return freeMicro + lockedMicro;
}

function addressIn(word: string | undefined): string {
  if (word === undefined) throw new RpcRefusal(-32602, 'an address argument is missing');
  return `0x${word.slice(24)}`;
}

/** A dynamic array argument: its word is the byte offset of its length and items. */
function arrayAt(args: readonly string[], index: number): string[] {
  const offset = numberAt(args, index) / 32;
  const length = numberAt(args, offset);
  if (!(length <= MAX_BATCH)) throw new RpcRefusal(-32602, 'an array argument is malformed');
  return args.slice(offset + 1, offset + 1 + length);
}

/** NaN when there is no such word. */
function numberAt(args: readonly string[], index: number): number {
  const found = args[index];
  return found === undefined ? Number.NaN : Number(BigInt(`0x${found}`));
}
