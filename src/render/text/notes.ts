// SPDX-License-Identifier: GPL-2.0-only
/** What the signs, columns and words of the text mean: said once, below everything that uses them. */
import type { CellSummary, Comparison, ProbeReport, Report } from '../../model/result.ts';
import type { Unit } from '../../model/unit.ts';
import { HALF_WIDTH } from '../../probes/column.ts';
import { VERDICT_DRAWS, VERDICT_GUESTS } from '../../stats/compare-draws.ts';
import { directionWords, unitWords } from '../../words/figure.ts';
import { formatDuration, formatPercentSize } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { type TextContext, UNPROVEN } from './cells.ts';
import type { Table } from './table.ts';
import type { UnitTables } from './unit-tables.ts';

/** A sentence each; only of what this text shows or lacks. */
export function notes({ probes }: Report, tables: UnitTables, context: TextContext): string[] {
  const cells = probes.flatMap((probe) => probe.cells);
  const comparisons = probes.flatMap((probe) => probe.comparisons);
  const apart = probes.flatMap(({ k, cells: rows }) => rows.filter((cell) => cell.k !== k));
  return [
    ...comparisonNotes(comparisons),
    ...new Set(
      [...tables].flatMap(([unit, table]) => columnNotes(table, cellsOf(cells, unit), comparisons.length > 0)),
    ),
    ...probes.flatMap(timeNote),
    ...cellNotes(cells, apart, context),
  ].map((note) => plainText(note));
}

/** Of a probe whose overview its time ended: nobody asked for so few transactions. */
function timeNote({ probe: { name, count, durationNs }, cells }: ProbeReport): string[] {
  if (durationNs === null || cells.every(({ n }) => n >= count)) return [];
  const limit = `a block of the overview ends after ${formatDuration(durationNs)}`;
  return [`${name}: ${limit}; --count ${count} without --duration measures as many of every path`];
}

function comparisonNotes(comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  const margins = [...new Set(comparisons.map(({ marginRelative }) => formatPercentSize(marginRelative)))].join(' or ');
  // Those that Holm's correction is over: all of the run, see `judgeComparisons`.
  const tested = comparisons.filter(({ isTwin, pValue }) => !isTwin && pValue !== null).length;
  const holm = tested > 1 ? `, also after Holm's correction for ${tested} comparisons` : '';
  const units = [...new Set(comparisons.map(({ unit }) => unitWords(unit ?? 'ns').shown))];
  const few = comparisons.some(({ standing }) => standing === 'indication');
  return [
    `${directionWords(comparisons.map(({ unit }) => unit ?? 'ns'))}: p50 differs by more than the margin of ${margins}, and the interval over draws excludes 0${holm}`,
    'equivalent: the whole interval lies within the margin; inconclusive: neither, too noisy to tell',
    `p50 of a pair: the geometric mean of the medians of its draws; a difference in ${units.join(' or ')} is the percentage of the reference's`,
    ...(comparisons.some(({ validity }) => validity === 'not-controlled')
      ? ['not controlled: no twin shows that this measurement finds no differences that are not there']
      : []),
    ...(few
      ? [
          `(indication): fewer than ${VERDICT_DRAWS} draws in ${VERDICT_GUESTS} guests; hoplab run --thorough measures them`,
        ]
      : []),
  ];
}

function cellsOf(cells: readonly CellSummary[], unit: Unit): readonly CellSummary[] {
  return cells.filter((cell) => (cell.unit ?? 'ns') === unit);
}

function columnNotes({ shown, left, fullWidth }: Table, cells: readonly CellSummary[], compared: boolean): string[] {
  const found: string[] = [];
  if (shown.includes(HALF_WIDTH)) {
    const instead = compared ? 'the comparisons say what differs' : 'what differs is for comparisons to say';
    found.push(`${HALF_WIDTH}: of p50, for this plugging of the NICs alone; ${instead}`);
  }
  if (cells.some(({ p50Interval }) => p50Interval === null)) {
    const where = shown.includes(HALF_WIDTH) ? `${HALF_WIDTH} is -` : 'no interval of p50';
    found.push(`${where}: fewer than 8 groups of transactions`);
  }
  if (cells.every((cell) => cell.unit === undefined && cell.p999Ns === null))
    found.push('no p99.9: fewer than 10,000 transactions a path');
  if (shown.includes('x host')) found.push('x host: p50 over that of host, which has no guest');
  if (shown.some((head) => head.startsWith('resp'))) {
    found.push('resp: from the intended start, late starts included; back to back it is the RTT');
  }
  if (shown.includes('wakeup')) {
    found.push("wakeup: share of the RTT from the kernel's receive stamp to the client's return");
  }
  if (shown.includes('server')) found.push("server: p50 of the server's own part of the RTT");
  if (left.length > 0) found.push(`not shown at this width: ${left.join(', ')}; --width ${fullWidth} shows all`);
  return found;
}

function cellNotes(
  cells: readonly CellSummary[],
  apart: readonly CellSummary[],
  { label, twins }: TextContext,
): string[] {
  const found: string[] = [];
  const own = new Set(apart.map((cell) => `${label(cell.path)} (K = ${cell.k})`));
  if (own.size > 0) found.push(`in blocks of their own: ${[...own].join(', ')}`);
  for (const path of new Set(cells.map((cell) => cell.path))) {
    const twinned = twins.get(path);
    if (twinned === undefined) continue;
    found.push(`${label(path)}: the A/A control, the same backend as ${label(twinned)} with its own NIC and wire`);
  }
  if (cells.some((cell) => cell.preempted > 0)) {
    found.push('preempted: transactions during which the client was switched out against its will');
  }
  if (cells.some((cell) => !cell.proven)) {
    found.push(`${UNPROVEN} path not proven: the counters along it do not show the transactions`);
  }
  return found;
}
