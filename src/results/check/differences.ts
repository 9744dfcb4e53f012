// SPDX-License-Identifier: GPL-2.0-only
/** What differs between the columns of a check, each and the next. */
import type { CheckVerdict, ColumnDifference, RecordedCheck } from '../../model/check.ts';
import { verdictKey } from '../../words/check.ts';

/** A row that one of the two could not be asked is no difference: nothing is known of it. */
export function checkDifferences({ columns, rows, verdicts }: RecordedCheck): ColumnDifference[] {
  const of = (row: string, column: string): CheckVerdict | undefined =>
    verdicts.find((one) => one.row === row && one.column === column);
  return columns.slice(1).map(({ id: to }, index) => {
    const from = columns[index]?.id ?? '';
    const differing = rows.flatMap(({ id: row }) => {
      const [one, other] = [of(row, from), of(row, to)];
      if (one === undefined || other === undefined) return [];
      if (one.outcome === 'could-not-look' || other.outcome === 'could-not-look') return [];
      const [a, b] = [verdictKey(one), verdictKey(other)];
      return a === b ? [] : [{ row, from: a, to: b }];
    });
    return { from, to, rows: differing };
  });
}
