// SPDX-License-Identifier: GPL-2.0-only
/** The rows of a run in CSV: its cells, its comparisons, and what limits them. */
import type { CellSummary, Comparison, Report } from '../../model/result.ts';
import type { CsvRow } from '../../render/formats/csv.ts';
import { failedFields, headFields, probeFields } from '../../render/formats/csv-fields.ts';
import { pairMedians } from '../../words/pair-medians.ts';

export function runRows(report: Report): CsvRow[] {
  const run = { ...headFields(report.run), accel: report.machine.accel };
  return [
    ...report.probes.flatMap(({ probe, cells, comparisons }) => {
      const key = { ...run, ...probeFields(probe) };
      return [
        ...cells.map((cell): CsvRow => ({ ...key, kind: 'cell', ...cellFields(cell) })),
        ...comparisons.map((one): CsvRow => ({ ...key, kind: 'comparison', ...comparisonFields(one) })),
      ];
    }),
    ...report.failed.map((cell): CsvRow => ({ ...run, kind: 'failed', ...failedFields(cell) })),
    ...report.unavailable.map(
      ({ path, backend, reason }): CsvRow => ({ ...run, kind: 'unavailable', path, backend, reason }),
    ),
    ...report.warnings.map(({ kind, text }): CsvRow => ({ ...run, kind: 'warning', code: kind, reason: text })),
  ];
}

function cellFields(cell: CellSummary): CsvRow {
  return {
    k: cell.k,
    path: cell.path,
    backend: cell.backend,
    twin_of: cell.twinOf,
    n: cell.n,
    lost: cell.lost,
    discarded: cell.discarded,
    preempted: cell.preempted,
    retransmitted: cell.retransmitted,
    skipped_slots: cell.skippedSlots,
    min_ns: cell.minNs,
    mean_ns: cell.meanNs,
    p50_ns: cell.p50Ns,
    p50_low_ns: cell.p50Interval?.low,
    p50_high_ns: cell.p50Interval?.high,
    p90_ns: cell.p90Ns,
    p99_ns: cell.p99Ns,
    p999_ns: cell.p999Ns,
    max_ns: cell.maxNs,
    stddev_ns: cell.stddevNs,
    transactions_per_second: cell.transactionsPerSecond,
    ratio_to_host: cell.ratioToHost,
    response_p50_ns: cell.response?.p50Ns,
    response_p99_ns: cell.response?.p99Ns,
    wakeup_share: cell.wakeupShare,
    server_p50_ns: cell.serverP50Ns,
    proven: cell.proven,
  };
}

function comparisonFields(one: Comparison): CsvRow {
  return {
    k: one.k,
    path: one.candidate,
    reference: one.reference,
    n: one.n,
    lost: one.lost,
    discarded: one.discarded,
    draws: one.draws.length,
    guests: one.guests,
    relative: one.relative,
    relative_low: one.relativeInterval?.low,
    relative_high: one.relativeInterval?.high,
    candidate_p50_ns: pairMedians(one).candidateP50Ns,
    reference_p50_ns: pairMedians(one).referenceP50Ns,
    difference_ns: one.differenceNs,
    difference_low_ns: one.differenceIntervalNs?.low,
    difference_high_ns: one.differenceIntervalNs?.high,
    p_value: one.pValue,
    holm_p_value: one.holmPValue,
    margin: one.marginRelative,
    is_twin: one.isTwin,
    outcome: one.outcome,
    direction: one.direction,
    validity: one.validity,
    more_draws: one.moreDraws,
    standing: one.standing,
    slots: one.slots,
    reason: one.because,
  };
}
