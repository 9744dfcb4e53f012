// SPDX-License-Identifier: GPL-2.0-only
/** The verdicts of a check in CSV, a row each. */
import type { CheckReport } from '../../model/check.ts';
import type { CsvRow } from '../../render/formats/csv.ts';

export function checkRows({ run, verdicts }: CheckReport): CsvRow[] {
  return verdicts.map(({ row, column, outcome, found, words }) => ({
    kind: 'check',
    run: run.id,
    label: run.label,
    started: run.startedAt,
    place: column,
    code: row,
    outcome,
    verdict: found,
    reason: words,
  }));
}
