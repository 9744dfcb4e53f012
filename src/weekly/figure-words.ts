// SPDX-License-Identifier: GPL-2.0-only
/** The figures of a run in words: a column's value, a table's title, and the line without which a figure means nothing. */
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { LatencyCell, ProbeReport } from '../model/result.ts';
import { formatProbe, formatRate, formatUs } from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import type { RunFact } from './facts.ts';

export interface Column {
  /** What hoplab calls it. */
  readonly name: string;
  /** What it is called in mails. */
  readonly pattern: RegExp;
  value(cell: LatencyCell): string;
}

/** Columns of figures; RTTs in us. */
export const COLUMNS: readonly Column[] = [
  { name: 'n', pattern: /^(?:n|samples|count)$/i, value: ({ n }) => String(n) },
  { name: 'lost', pattern: /^(?:lost|losses)$/i, value: ({ lost }) => String(lost) },
  { name: 'min', pattern: /^min(?:imum)?\b/i, value: ({ minNs }) => formatUs(minNs) },
  { name: 'avg', pattern: /^(?:avg|average|mean)\b/i, value: ({ meanNs }) => formatUs(meanNs) },
  { name: 'max', pattern: /^max(?:imum)?\b/i, value: ({ maxNs }) => formatUs(maxNs) },
  { name: 'stddev', pattern: /^(?:stddev|std\.?|sd|stdev|mdev)\b/i, value: ({ stddevNs }) => formatUs(stddevNs) },
  { name: 'p50', pattern: /^(?:p50|median|50 ?%)/i, value: ({ p50Ns }) => formatUs(p50Ns) },
  { name: 'p90', pattern: /^(?:p90|90 ?%)/i, value: ({ p90Ns }) => formatUs(p90Ns) },
  {
    name: 'p99.9',
    pattern: /^(?:p99\.9|p999|99\.9 ?%)/i,
    value: ({ p999Ns }) => (p999Ns === null ? '-' : formatUs(p999Ns)),
  },
  { name: 'p99', pattern: /^(?:p99|99 ?%)/i, value: ({ p99Ns }) => formatUs(p99Ns) },
  {
    name: 'rate',
    pattern: /^(?:rate|trans|tps|t\/s)/i,
    value: ({ transactionsPerSecond }) => formatRate(transactionsPerSecond),
  },
];

/** What a table of hoplab's own has. */
export const OWN_COLUMNS = ['n', 'min', 'avg', 'max', 'stddev', 'p50', 'p99'];

export function tableTitle(probe: ProbeSpec): string {
  return plainText(`RTT in us, ${formatProbe(probe)}`);
}

/** "back to back", "every 10 ms". */
export function paceOf(probe: ProbeSpec): string {
  return probe.paceNs === 0 ? 'back to back' : (/every [^,]+/.exec(formatProbe(probe))?.[0] ?? '');
}

/** The round trips of a probe that are no twins; rates have no columns in these tables. */
export function cellsOfProbe({ cells }: ProbeReport): LatencyCell[] {
  return cells.flatMap((cell) => (cell.unit === undefined && cell.twinOf === null ? [cell] : []));
}

/** "run 20261125-211243-6f89-str-68 of 2026-11-25; back to back; n = 5000; overview, one plugging; emulated guest (tcg)". */
export function legendOf({ id, day, report }: RunFact, part: ProbeReport): string {
  const cells = cellsOfProbe(part);
  const ns = cells.map(({ n }) => n);
  const [least, most] = [Math.min(...ns), Math.max(...ns)];
  const unproven = cells.filter(({ proven }) => !proven).map(({ path }) => path);
  const lost = cells.filter((cell) => cell.lost > 0).map((cell) => `${cell.path} ${cell.lost}`);
  const { accel } = report.machine;
  const words = [
    `run ${id} of ${day}`,
    paceOf(part.probe),
    `n = ${least === most ? least : `${least} to ${most}`}`,
    // The draws of a pair are its comparison's, and no figure of the table is of them.
    'overview, one plugging',
    ...(accel === null ? [] : [accel === 'tcg' ? 'emulated guest (tcg)' : `guest under ${accel}`]),
    ...(report.run.state === 'finished' ? [] : [report.run.state]),
    ...(unproven.length === 0 ? [] : [`NOT PROVEN: ${unproven.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`lost: ${lost.join(', ')}`]),
  ];
  return plainText(words.filter((word) => word !== '').join('; '), 1000);
}
