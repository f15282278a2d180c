import { type Redact, redactDeep } from '../core/redact.ts';
import { reasonOf } from '../errors.ts';
import { abortable } from './abortable.ts';
import {
  type CallContext,
  type ServerDefinition,
  type ToolDefinition,
  ToolFailure,
} from './definition.ts';
import { limitTime } from './time-limit.ts';

/** What a call leaves behind for metrics; never its arguments. */
export interface CallRecord {
  server: string;
  tool: string;
  /** `error`: the caller's; `fault`: ours. */
  result: 'ok' | 'error' | 'fault' | 'cancelled' | 'timeout' | 'refused';
  durationMs: number;
}

/** Asked before every call; a ToolFailure refuses it. */
export type Gate = (server: string) => ToolFailure | undefined;

export type ToolAnswer =
  | { ok: true; structured: object; text: string }
  | { ok: false; structured: { error: ErrorBody }; text: string };

interface ErrorBody {
  code: string;
  message: string;
  next: string;
  retryAfterMs?: number;
}

export interface CallEnvironment {
  gate: Gate;
  record(call: CallRecord): void;
  /** Removes secrets from a text that leaves the process. */
  redact: Redact;
}

/** Calls that one client may have under way, so that it leaves room for others. */
const MAX_CALLS = 16;
const callsOf = new WeakMap<object, number>();

/** Runs one tool call: gate, check, run under its time limit, check the answer, render. */
export async function callTool(
  server: ServerDefinition,
  name: string,
  input: unknown,
  context: CallContext,
  environment: CallEnvironment,
): Promise<ToolAnswer | undefined> {
  const tool = server.tools.find((candidate) => candidate.name === name);
  if (!tool) return undefined;
  const startedAt = performance.now();
  const finish = (result: CallRecord['result'], answer: ToolAnswer) => {
    const durationMs = performance.now() - startedAt;
    environment.record({ server: server.name, tool: name, result, durationMs });
    return answer;
  };
  const refusal = tool.availableWhileTripped ? undefined : environment.gate(server.name);
  if (refusal) return finish('refused', failed(refusal, environment));
  const { caller } = context;
  const underWay = caller === undefined ? 0 : (callsOf.get(caller) ?? 0);
  if (underWay >= MAX_CALLS) return finish('refused', failed(tooMany(), environment));
  const parsed = tool.input.parse(input ?? {});
  if (!parsed.ok) return finish('error', failed(invalid(name, parsed.problems), environment));
  const limit = limitTime(context.signal, tool.timeoutMs);
  const { signal } = limit;
  if (caller !== undefined) callsOf.set(caller, underWay + 1);
  try {
    const output = await abortable(tool.run(parsed.value, { ...context, signal }), signal);
    return finish('ok', answered(tool, output, environment));
  } catch (error) {
    if (limit.isUp()) return finish('timeout', failed(timedOut(tool.timeoutMs), environment));
    if (context.signal.aborted) return finish('cancelled', failed(cancelled(), environment));
    return finish(
      error instanceof ToolFailure ? 'error' : 'fault',
      failed(asFailure(error), environment),
    );
  } finally {
    limit.release();
    if (caller !== undefined) callsOf.set(caller, (callsOf.get(caller) ?? 1) - 1);
  }
}

function answered(tool: ToolDefinition, output: object, environment: CallEnvironment): ToolAnswer {
  const checked = tool.output.parse(output);
  if (!checked.ok)
    throw new TypeError(`${tool.name} answered out of its schema: ${checked.problems.join('; ')}`);
  const text = environment.redact(tool.render(checked.value));
  const structured = redactDeep(checked.value, environment.redact);
  return { ok: true, structured, text };
}

function failed(failure: ToolFailure, environment: CallEnvironment): ToolAnswer {
  const { code, next, retryAfterMs } = failure;
  const message = environment.redact(failure.message);
  const error: ErrorBody =
    retryAfterMs === undefined ? { code, message, next } : { code, message, next, retryAfterMs };
  return { ok: false, structured: { error }, text: `${code}: ${message}\n${next}` };
}

function invalid(tool: string, problems: string[]): ToolFailure {
  return new ToolFailure(
    'invalid_arguments',
    `${tool}: ${problems.join('; ')}`,
    'Mend the arguments and call again.',
  );
}

function tooMany(): ToolFailure {
  return new ToolFailure(
    'too_many_calls',
    `${MAX_CALLS} calls of this client are under way`,
    'Wait for one of them, then call again.',
    1_000,
  );
}

function timedOut(timeoutMs: number): ToolFailure {
  return new ToolFailure(
    'timeout',
    `not finished within ${timeoutMs / 1000} s and stopped`,
    'Ask for less: a narrower path, filter or limit.',
  );
}

function cancelled(): ToolFailure {
  return new ToolFailure(
    'cancelled',
    'cancelled by the client',
    'Call again if the answer is still wanted.',
  );
}

function asFailure(error: unknown): ToolFailure {
  if (error instanceof ToolFailure) return error;
  return new ToolFailure(
    'internal',
    reasonOf(error),
    'This is a fault of pmcp; other tools keep working. Tell the operator.',
  );
}
