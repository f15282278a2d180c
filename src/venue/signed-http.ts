import { InconclusiveError } from '../errors.ts';
import type { Authenticator } from './credentials.ts';
import type { HttpClient, HttpReply, HttpRequest } from './http.ts';
import { type Fields, isFields, listOf, parseJson, textOf } from './json.ts';

/** Requests in our account's name. */
export interface SignedHttp {
  /** Any status is an answer; `value` is its JSON, or undefined. */
  send(request: HttpRequest): Promise<HttpReply & { value: unknown }>;
  /** A JSON object, or an error. */
  get(path: string, query?: HttpRequest['query']): Promise<Fields>;
  /** All items of a list that comes in pages. */
  pages(path: string, query: HttpRequest['query']): Promise<unknown[]>;
}

const FIRST_CURSOR = 'MA==';
const LAST_CURSOR = 'LTE=';
const MAX_PAGES = 1_000;

export function createSignedHttp(http: HttpClient, authenticate: Authenticator): SignedHttp {
  const send = async (request: HttpRequest) => {
    const headers = authenticate(request.method, request.path, request.body);
    const reply = await http.send({ ...request, headers });
    return { ...reply, value: parseJson(reply.text) };
  };
  const get = async (path: string, query?: HttpRequest['query']): Promise<Fields> => {
    const { status, value, text } = await send({ method: 'GET', path, query });
    if (status !== 200 || !isFields(value)) throw notAnswered('GET', path, status, text);
    return value;
  };
  return {
    send,
    get,
    async pages(path, query) {
      const items: unknown[] = [];
      let cursor = FIRST_CURSOR;
      for (let page = 0; page < MAX_PAGES && cursor !== LAST_CURSOR && cursor !== ''; page++) {
        const body = await get(path, { ...query, next_cursor: cursor });
        items.push(...listOf(body.data));
        cursor = textOf(body.next_cursor);
      }
      return items;
    },
  };
}

/** The venue answered, but not what was asked for. */
export function notAnswered(
  method: string,
  path: string,
  status: number,
  text: string,
): InconclusiveError {
  return new InconclusiveError(`${method} ${path}: HTTP ${status}: ${text.slice(0, 300)}`);
}
