// SPDX-License-Identifier: GPL-2.0-only
/** How a list shows a check. Tolerant: a damaged folder is an entry that says what is wrong. */
import { join } from 'node:path';
import { z } from 'zod';
import { CHECK_OUTCOMES } from '../../model/check.ts';
import { RUN_FILES } from '../../run-store/layout.ts';
import { outcomeCounts } from '../../words/check.ts';
import type { IndexedRun } from '../indexed-run.ts';
import { entryName, MOST, readPart, runEntry } from '../run-entry.ts';

const text = z.string();
const checkPart = z.object({
  check: text,
  kernel: text,
  columns: z.array(z.object({ id: text })),
  verdicts: z.array(z.object({ outcome: z.enum(CHECK_OUTCOMES), column: text })),
});

export function checkEntry(folder: string): IndexedRun | null {
  const entry = runEntry(folder, { kind: 'check', cells: [] });
  if (entry === null || entry.state === 'unreadable') return entry;
  const recorded = readPart(join(folder, RUN_FILES.check), checkPart);
  if (recorded === null) return { ...entry, problem: `${RUN_FILES.check}: missing or cannot be read` };
  const { check, columns, kernel, verdicts } = recorded;
  const among = columns.slice(0, MOST).map(({ id }) => entryName(id));
  return {
    ...entry,
    kernel: entryName(kernel),
    // Of a run that measured, what is missing is told; a check has neither a spec nor figures.
    problem: entry.state === 'finished' ? null : entry.problem,
    outcome: `${entryName(check)}, ${among.join(' and ')}: ${outcomeCounts(verdicts)}`,
  };
}
