// SPDX-License-Identifier: GPL-2.0-only
/** --until and --max-time as the numbers of a lab. */
import type { LabOverrides } from './lab-overrides.ts';
import { misfitError } from './lab-problem.ts';
import { sections } from './lab-schema.ts';

/** The words as they were typed. */
interface UntilWords {
  readonly until?: string;
  readonly maxTime?: string;
}

/** "1%" and "5min", within the limits of the lab file's keys. Throws USAGE. */
export function readUntil({ until, maxTime }: UntilWords): Pick<LabOverrides, 'until' | 'maxTimeNs'> {
  return {
    until: until === undefined ? undefined : readKey('until', until),
    maxTimeNs: maxTime === undefined ? undefined : readKey('max-time', maxTime),
  };
}

function readKey(key: 'until' | 'max-time', text: string): number | undefined {
  const read = sections.compare.shape[key].safeParse(text);
  if (read.success) return read.data;
  throw misfitError(`--${key}: ${read.error.issues.map(({ message }) => message).join('; ')}`);
}
