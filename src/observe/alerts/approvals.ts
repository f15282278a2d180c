/**
 * What was asked for on Telegram and would loosen: it waits, in a file for this user alone, until
 * somebody at a terminal approves it by its code. The code is never sent to Telegram, and this
 * process never acts on it: a stolen phone, or an assistant, can ask and nothing more.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../../state/atomic-file.ts';

export type ApprovalVerb = 'resume' | 'breaker.reset';

export interface Approval {
  code: string;
  verb: ApprovalVerb;
  by: string;
  /** What the breaker was in when it was asked for: another trip is not approved by this. */
  mark: string;
  /** The same for people. */
  state: string;
  untilMs: number;
}

const APPROVAL_MS = 10 * 60_000;
const MOST = 5;
/** Without letters that are taken for each other. */
const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';

/** Those that have not run out; an unreadable file holds none. */
export function readApprovals(path: string, nowMs: number): Approval[] {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  return found.filter((one): one is Approval => isApproval(one) && one.untilMs > nowMs);
}

/** Waits from now on; one of each verb, the newest. */
export function askApproval(
  path: string,
  wanted: Omit<Approval, 'code' | 'untilMs'>,
  nowMs: number,
): Approval {
  const code = Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const approval = { ...wanted, code, untilMs: nowMs + APPROVAL_MS };
  const others = readApprovals(path, nowMs).filter(({ verb }) => verb !== wanted.verb);
  write(path, [approval, ...others].slice(0, MOST));
  return approval;
}

/** It was used. */
export function removeApproval(path: string, code: string, nowMs: number): void {
  write(
    path,
    readApprovals(path, nowMs).filter((one) => one.code !== code),
  );
}

function write(path: string, approvals: readonly Approval[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomic(path, `${JSON.stringify(approvals, null, 2)}\n`);
}

function isApproval(value: unknown): value is Approval {
  if (typeof value !== 'object' || value === null) return false;
  const { code, verb, by, mark, state, untilMs } = value as Record<string, unknown>;
  const texts = [code, by, mark, state].every((one) => typeof one === 'string');
  return texts && (verb === 'resume' || verb === 'breaker.reset') && typeof untilMs === 'number';
}
