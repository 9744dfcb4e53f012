// SPDX-License-Identifier: GPL-2.0-only
/** A run as metrics: round trips, comparisons, and how many cells failed. */

import {
  type CellSummary,
  type Comparison,
  type LatencyCell,
  OUTCOMES,
  type RateCell,
  type Report,
  VALIDITIES,
} from '../../model/result.ts';
import { measuredUnit } from '../../model/unit.ts';
import type { Families, Labels, MetricSample } from '../../render/formats/metric-families.ts';
import { addRunInfo, keyOf, runLabels, seconds } from '../../render/formats/run-metrics.ts';

export function addRun(families: Families, report: Report): void {
  addRunInfo(families, report);
  for (const { probe, cells, comparisons } of report.probes) {
    for (const cell of cells)
      addCell(families, cell, { ...keyOf(report.run, probe, cell.k), path: cell.path, backend: cell.backend });
    for (const one of comparisons) {
      const labels = { ...keyOf(report.run, probe, one.k), path: one.candidate, reference: one.reference };
      addComparison(families, one, labels);
      addRule(families, one, { ...labels, ...ruleOf(one, report) });
    }
  }
  families.add(
    { name: 'hoplab_failed_cells', type: 'gauge', unit: null, help: 'Cells of the run that could not be measured.' },
    { suffix: '', labels: runLabels(report.run), value: report.failed.length },
  );
  families.add(
    { name: 'hoplab_warnings', type: 'gauge', unit: null, help: 'Warnings that limit the figures of the run.' },
    { suffix: '', labels: runLabels(report.run), value: report.warnings.length },
  );
}

function addCell(families: Families, cell: CellSummary, labels: Labels): void {
  if (cell.unit === undefined) addRoundTrips(families, cell, labels);
  else addRate(families, cell, labels);
  for (const [name, help, value] of [
    ['hoplab_lost', 'Transactions without a response within the time-out.', cell.lost],
    ['hoplab_discarded', 'Transactions left out because a time did not fit its field.', cell.discarded],
    ['hoplab_retransmitted', 'Transactions during which the connection retransmitted.', cell.retransmitted],
    [
      'hoplab_skipped_slots',
      "The client's paced slots that passed while a transaction was under way.",
      cell.skippedSlots,
    ],
  ] as const) {
    families.add({ name, type: 'counter', unit: null, help }, { suffix: '_total', labels, value });
  }
  families.add(
    {
      name: 'hoplab_path_proven',
      type: 'gauge',
      unit: null,
      help: '1 where counters show that the transactions took the path.',
    },
    { suffix: '', labels, value: cell.proven ? 1 : 0 },
  );
}

function addRoundTrips(families: Families, cell: LatencyCell, labels: Labels): void {
  const quantiles: readonly (readonly [number, number | null])[] = [
    [0, cell.minNs],
    [0.5, cell.p50Ns],
    [0.9, cell.p90Ns],
    [0.99, cell.p99Ns],
    [0.999, cell.p999Ns],
    [1, cell.maxNs],
  ];
  const at = (quantile: number, ns: number | null): MetricSample[] =>
    ns === null ? [] : [{ suffix: '', labels: { ...labels, quantile: quantileText(quantile) }, value: seconds(ns) }];
  families.add(
    {
      name: 'hoplab_rtt_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'Whole round trips, service time; lost and discarded ones are not in it.',
    },
    ...quantiles.flatMap(([quantile, ns]) => at(quantile, ns)),
    { suffix: '_count', labels, value: cell.n },
    { suffix: '_sum', labels, value: seconds(cell.meanNs * cell.n) },
  );
  const { response, p50Interval } = cell;
  // No summary: it would lack count and sum, and node_exporter would make them up as 0.
  for (const [name, ns] of [
    ['hoplab_response_p50_seconds', response?.p50Ns],
    ['hoplab_response_p99_seconds', response?.p99Ns],
  ] as const) {
    const help = 'A percentile of round trips from the intended start: late starts are in them.';
    if (ns !== undefined)
      families.add({ name, type: 'gauge', unit: 'seconds', help }, { suffix: '', labels, value: seconds(ns) });
  }
  if (p50Interval !== null) {
    const help = 'Ends of the 95 % interval of p50, for this plugging of the NICs alone.';
    families.add(
      { name: 'hoplab_rtt_p50_bound_seconds', type: 'gauge', unit: 'seconds', help },
      { suffix: '', labels: { ...labels, bound: 'low' }, value: seconds(p50Interval.low) },
      { suffix: '', labels: { ...labels, bound: 'high' }, value: seconds(p50Interval.high) },
    );
  }
}

function addRate(families: Families, cell: RateCell, labels: Labels): void {
  const { metric: unit, noun } = measuredUnit(cell.unit);
  const name = `hoplab_${noun}_${unit}`;
  const { min, mean, p50, max, p50Interval } = cell;
  families.add(
    {
      name,
      type: 'gauge',
      unit,
      help: `What was measured of the path, its ${noun}; lost and discarded observations are not in it.`,
    },
    ...Object.entries({ min, mean, p50, max }).map(
      ([statistic, value]): MetricSample => ({ suffix: '', labels: { ...labels, statistic }, value }),
    ),
  );
  if (p50Interval === null) return;
  const help = 'Ends of the 95 % interval of p50, for this plugging of the NICs alone.';
  families.add(
    { name: `hoplab_${noun}_p50_bound_${unit}`, type: 'gauge', unit, help },
    { suffix: '', labels: { ...labels, bound: 'low' }, value: p50Interval.low },
    { suffix: '', labels: { ...labels, bound: 'high' }, value: p50Interval.high },
  );
}

/** Canonical, as the format wants numbers in labels. */
function quantileText(quantile: number): string {
  return Number.isInteger(quantile) ? quantile.toFixed(1) : String(quantile);
}

/** Draws that were added until they sufficed are no fixed number of them. */
function ruleOf({ sequential }: Comparison, { until }: Report): Labels {
  if (sequential === undefined) return { draws: 'fixed' };
  return {
    draws: 'until',
    ...(until === undefined ? {} : { half_width: String(until.halfWidth) }),
    max_draws: sequential.maxDraws,
    ended: sequential.ended ?? 'running',
  };
}

function addRule(families: Families, { isTwin }: Comparison, labels: Labels): void {
  const help = 'Whether the number of draws was fixed or draws were added until they sufficed, and what ended that.';
  families.add(
    { name: 'hoplab_comparison_rule', type: 'info', unit: null, help },
    { suffix: '_info', labels: { ...labels, twin: isTwin ? 'yes' : 'no' }, value: 1 },
  );
}

function addComparison(families: Families, one: Comparison, key: Labels): void {
  const labels = { ...key, twin: one.isTwin ? 'yes' : 'no' };
  const ratio = (name: string, help: string, relative: number | undefined): void => {
    if (relative === undefined) return;
    families.add({ name, type: 'gauge', unit: 'ratio', help }, { suffix: '', labels, value: 1 + relative });
  };
  ratio('hoplab_comparison_ratio', 'p50 of the path over that of the reference, mean over draws.', one.relative);
  ratio('hoplab_comparison_low_ratio', 'Lower end of its 95 % interval over draws.', one.relativeInterval?.low);
  ratio('hoplab_comparison_high_ratio', 'Upper end of its 95 % interval over draws.', one.relativeInterval?.high);
  families.add(
    { name: 'hoplab_comparison_draws', type: 'gauge', unit: null, help: 'Draws that a comparison rests on.' },
    { suffix: '', labels, value: one.draws.length },
  );
  families.add(
    { name: 'hoplab_comparison_outcome', type: 'stateset', unit: null, help: 'What a comparison came to.' },
    ...OUTCOMES.map(
      (outcome): MetricSample => ({
        suffix: '',
        labels: { ...labels, hoplab_comparison_outcome: outcome },
        value: outcome === one.outcome ? 1 : 0,
      }),
    ),
  );
  families.add(
    {
      name: 'hoplab_comparison_validity',
      type: 'stateset',
      unit: null,
      help: 'Whether the A/A control lets a comparison be relied on.',
    },
    ...VALIDITIES.map(
      (validity): MetricSample => ({
        suffix: '',
        labels: { ...labels, hoplab_comparison_validity: validity },
        value: validity === one.validity ? 1 : 0,
      }),
    ),
  );
}
