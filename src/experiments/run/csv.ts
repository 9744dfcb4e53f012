// SPDX-License-Identifier: GPL-2.0-only
/** The rows of a run in CSV: its cells, its comparisons, and what limits them. */
import { differenceOf } from '../../model/figure.ts';
import type { CellSummary, Comparison, LatencyCell, RateCell, Report } from '../../model/result.ts';
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
        ...comparisons.map(
          (one): CsvRow => ({ ...key, kind: 'comparison', ...comparisonFields(one), ...ruleFields(one, report) }),
        ),
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
    ratio_to_host: cell.ratioToHost,
    proven: cell.proven,
    ...(cell.unit === undefined ? latencyFields(cell) : rateFields(cell)),
  };
}

function latencyFields(cell: LatencyCell): CsvRow {
  return {
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
    response_p50_ns: cell.response?.p50Ns,
    response_p99_ns: cell.response?.p99Ns,
    wakeup_share: cell.wakeupShare,
    server_p50_ns: cell.serverP50Ns,
  };
}

function rateFields({ unit, min, mean, p50, p50Interval, max, stddev, own = {} }: RateCell): CsvRow {
  const known = Object.entries(own).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  return {
    ...{ unit, min, mean, p50, max, stddev },
    p50_low: p50Interval?.low,
    p50_high: p50Interval?.high,
    own: known.join(' '),
  };
}

/** The medians of both, and candidate minus reference. */
function differenceFields(one: Comparison): CsvRow {
  const { value, unit, interval } = differenceOf(one);
  const { candidate, reference } = pairMedians(one);
  if (unit === 'ns') {
    return {
      ...{ candidate_p50_ns: candidate, reference_p50_ns: reference, difference_ns: value },
      ...{ difference_low_ns: interval?.low, difference_high_ns: interval?.high },
    };
  }
  return {
    ...{ unit, candidate_p50: candidate, reference_p50: reference, difference: value },
    ...{ difference_low: interval?.low, difference_high: interval?.high },
  };
}

/** When no more draws were added; all empty where their number was fixed. */
function ruleFields({ sequential }: Comparison, { until }: Report): CsvRow {
  if (sequential === undefined) return {};
  const { maxDraws, looks, ended } = sequential;
  return { until: until?.halfWidth, max_draws: maxDraws, looks: looks.length, ended };
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
    ...differenceFields(one),
    p_value: one.pValue,
    holm_p_value: one.holmPValue,
    margin: one.marginRelative,
    is_twin: one.isTwin,
    outcome: one.outcome,
    change: one.direction,
    validity: one.validity,
    more_draws: one.moreDraws,
    standing: one.standing,
    slots: one.slots,
    reason: one.because,
  };
}
