// SPDX-License-Identifier: GPL-2.0-only
/** A report as CSV: a row a cell, a comparison, a segment or a rung, so that a spreadsheet or a script takes all of it. */

import { unitsMeasured } from '../../probes/index.ts';
import { plainText } from '../../words/plain-text.ts';
import { asCalled } from '../../words/program-name.ts';

/** Of every row; a field that a kind of row does not have is empty. docs/report.md says what is in each. */
export const CSV_COLUMNS = [
  'kind',
  'run',
  'label',
  'started',
  'probe',
  'protocol',
  'direction',
  'request_bytes',
  'response_bytes',
  'pace_ns',
  'wait',
  'k',
  'accel',
  'path',
  'backend',
  'twin_of',
  'reference',
  'n',
  'lost',
  'discarded',
  'preempted',
  'retransmitted',
  'skipped_slots',
  'min_ns',
  'mean_ns',
  'p50_ns',
  'p50_low_ns',
  'p50_high_ns',
  'p90_ns',
  'p99_ns',
  'p999_ns',
  'max_ns',
  'stddev_ns',
  'transactions_per_second',
  'ratio_to_host',
  'response_p50_ns',
  'response_p99_ns',
  'wakeup_share',
  'server_p50_ns',
  'proven',
  'draws',
  'guests',
  'relative',
  'relative_low',
  'relative_high',
  'candidate_p50_ns',
  'reference_p50_ns',
  'difference_ns',
  'difference_low_ns',
  'difference_high_ns',
  'p_value',
  'holm_p_value',
  'margin',
  'is_twin',
  'change',
  'validity',
  'more_draws',
  'verdict',
  'standing',
  'slots',
  'step',
  'segment',
  'place',
  'share',
  'clock_bound_ns',
  'rung',
  'outcome',
  'sent',
  'answered',
  'code',
  'reason',
  'until',
  'max_draws',
  'looks',
  'ended',
] as const;

/** Behind the others where a kind of probe measures a rate; of `unit`, and of "name=value" what is the kind's own. */
const RATE_COLUMNS = [
  'unit',
  'min',
  'mean',
  'p50',
  'p50_low',
  'p50_high',
  'max',
  'stddev',
  'candidate_p50',
  'reference_p50',
  'difference',
  'difference_low',
  'difference_high',
  'own',
] as const;

type Column = (typeof CSV_COLUMNS)[number] | (typeof RATE_COLUMNS)[number];
type Value = string | number | boolean | null | undefined;
export type CsvRow = Readonly<Partial<Record<Column, Value>>>;

/** RFC 4180, in pieces of a line each: a head once, then the rows. */
export function* renderCsv(rows: Iterable<CsvRow>): Generator<string> {
  const columns: readonly Column[] = unitsMeasured().some((unit) => unit !== 'ns')
    ? [...CSV_COLUMNS, ...RATE_COLUMNS]
    : CSV_COLUMNS;
  yield csvLine(columns);
  for (const row of rows) yield csvLine(columns.map((column) => row[column]));
}

/** One line with its CRLF. */
export function csvLine(values: readonly Value[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

/** What a spreadsheet takes for the beginning of a formula when it stands first in a field. */
const FORMULA = /^[=+\-@\t\r]/;

/** Texts lose their control characters, and those that would be formulas get an apostrophe before them. */
function csvField(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const plain = plainText(asCalled(value));
  const text = FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
