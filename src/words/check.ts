// SPDX-License-Identifier: GPL-2.0-only
/** The words of a check: its outcomes, and how many of each a column has. */
import {
  CHECK_OUTCOMES,
  type CheckEvidence,
  type CheckOutcome,
  type CheckReport,
  type CheckVerdict,
  type ColumnDifference,
  type RecordedCheck,
} from '../model/check.ts';
import { formatCounted, formatMoment } from './format.ts';

export const OUTCOME_WORDS: Readonly<Record<CheckOutcome, string>> = {
  yes: 'yes',
  partly: 'partly',
  no: 'no',
  refused: 'refused',
  'could-not-look': 'could not look',
};

/** "yes, boot manager": what is compared between columns. */
export function verdictKey({ outcome, found }: Pick<CheckVerdict, 'outcome' | 'found'>): string {
  return found === null ? OUTCOME_WORDS[outcome] : `${OUTCOME_WORDS[outcome]}, ${found}`;
}

/** "9 yes, 3 no, 1 could not look" of one column, or of all. */
export function outcomeCounts(verdicts: readonly Pick<CheckVerdict, 'outcome' | 'column'>[], column?: string): string {
  const own = verdicts.filter((one) => column === undefined || one.column === column);
  const counts = CHECK_OUTCOMES.flatMap((outcome) => {
    const count = own.filter((one) => one.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${OUTCOME_WORDS[outcome]}`];
  });
  return counts.length === 0 ? 'nothing was asked' : counts.join(', ');
}

/** A line for each column, the first thing to read. */
export function checkAnswers({ columns, rows, verdicts }: RecordedCheck): string[] {
  return columns.map(({ id, title }) => {
    const asked = verdicts.filter(({ column }) => column === id).length;
    const left = asked < rows.length ? `, ${rows.length - asked} not asked` : '';
    return `${title}: ${outcomeCounts(verdicts, id)}${left}`;
  });
}

/** "differs between 2023.01 and 2025.01: usb-paths (no -> yes), ...". */
export function differenceText({ from, to, rows }: ColumnDifference): string {
  if (rows.length === 0) return `${from} and ${to} do not differ where both could be asked`;
  return `differs between ${from} and ${to}: ${rows.map((one) => `${one.row} (${one.from} -> ${one.to})`).join('; ')}`;
}

/** "console at 1.2 s: => bootefi bootmgr". */
export function evidenceText({ from, line, atMs }: CheckEvidence): string {
  return `${from}${atMs === null ? '' : ` at ${(atMs / 1000).toFixed(2)} s`}: ${line}`;
}

/** "check firmware of 2 builds, Linux 6.1, started ..., hoplab 0.1.0". */
export function checkMachine({ check, subject, columns, kernel, run, tool }: CheckReport): string {
  const ended = run.state === 'finished' ? '' : `, ${run.state}`;
  return `check ${check} of ${formatCounted(columns.length, subject)}${ended}, Linux ${kernel}, started ${formatMoment(run.startedAt)}, hoplab ${tool.version}`;
}
