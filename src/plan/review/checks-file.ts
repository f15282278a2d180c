/** The looks that were taken, in DATA_DIR/reviews/checks.log: at most 2 MB, some two months. */

import { join } from 'node:path';
import { openLog } from '../../host/log-file.ts';
import { readLog } from '../../host/log-files.ts';
import type { CheckRecord } from './facts.ts';
import { parseCheck } from './now.ts';

const NAME = 'checks';

export function keepCheck(directory: string, record: CheckRecord): void {
  const file = openLog(join(directory, `${NAME}.log`));
  file.write(`${JSON.stringify(record)}\n`);
  file.close();
}

/** Oldest first. */
export function readChecks(directory: string): CheckRecord[] {
  return readLog(directory, NAME).flatMap((line) => parseCheck(line) ?? []);
}
