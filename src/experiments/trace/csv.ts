// SPDX-License-Identifier: GPL-2.0-only
/** The rows of a trace in CSV: the segments of every path, and where two paths differ. */
import type { TracedPath, TraceReport } from '../../model/trace-report.ts';
import type { CsvRow } from '../../render/formats/csv.ts';
import { failedFields, headFields, probeFields } from '../../render/formats/csv-fields.ts';
import { describeSegment } from '../../words/segment.ts';

export function traceRows(report: TraceReport): CsvRow[] {
  const run = { ...headFields(report.run), accel: report.machine.accel, ...probeFields(report.probe), k: report.k };
  return [
    ...report.paths.flatMap((path) => segmentRows(path).map((row): CsvRow => ({ ...run, ...row }))),
    ...report.diffs.flatMap(({ a, b, diff }) =>
      (diff?.segments ?? []).map((segment, index): CsvRow => {
        const { what, where } = describeSegment(segment);
        const { differenceNs, interval, pValue, share } = segment;
        return {
          ...run,
          kind: 'segment-difference',
          path: b,
          reference: a,
          draws: diff?.draws,
          step: index + 1,
          segment: what,
          place: where,
          difference_ns: differenceNs,
          difference_low_ns: interval?.lowNs,
          difference_high_ns: interval?.highNs,
          holm_p_value: pValue,
          share,
        };
      }),
    ),
    ...report.failed.map((cell): CsvRow => ({ ...run, kind: 'failed', ...failedFields(cell) })),
    ...report.warnings.map(({ kind, text }): CsvRow => ({ ...run, kind: 'warning', code: kind, reason: text })),
  ];
}

function segmentRows({ path, backend, breakdown }: TracedPath): CsvRow[] {
  const shown = breakdown?.common ?? breakdown?.byShape[0];
  return (shown?.segments ?? []).map((segment, index): CsvRow => {
    const { what, where } = describeSegment(segment);
    const { minNs, meanNs, p50Ns, p99Ns, share, boundNs } = segment;
    const times = { min_ns: minNs, mean_ns: meanNs, p50_ns: p50Ns, p99_ns: p99Ns, share, clock_bound_ns: boundNs };
    const row = {
      kind: 'segment',
      path,
      backend,
      n: shown?.transactions,
      step: index + 1,
      segment: what,
      place: where,
    };
    return { ...row, ...times };
  });
}
