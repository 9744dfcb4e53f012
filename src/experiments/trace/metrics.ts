// SPDX-License-Identifier: GPL-2.0-only
/** A trace as metrics: the segments of every path. */
import type { TraceReport } from '../../model/trace-report.ts';
import type { Families } from '../../render/formats/metric-families.ts';
import { addRunInfo, keyOf, seconds } from '../../render/formats/run-metrics.ts';
import { describeSegment } from '../../words/segment.ts';

export function addTrace(families: Families, report: TraceReport): void {
  addRunInfo(families, report);
  for (const { path, backend, breakdown } of report.paths) {
    const shown = breakdown?.common ?? breakdown?.byShape[0];
    for (const [index, segment] of (shown?.segments ?? []).entries()) {
      const { what, where } = describeSegment(segment);
      const labels = {
        ...keyOf(report.run, report.probe, report.k),
        path,
        backend,
        step: index + 1,
        segment: what,
        place: where,
      };
      families.add(
        {
          name: 'hoplab_segment_seconds',
          type: 'summary',
          unit: 'seconds',
          help: 'What lies between two points of a traced round trip.',
        },
        { suffix: '', labels: { ...labels, quantile: '0.5' }, value: seconds(segment.p50Ns) },
        { suffix: '', labels: { ...labels, quantile: '0.99' }, value: seconds(segment.p99Ns) },
        { suffix: '_count', labels, value: shown?.transactions ?? 0 },
        { suffix: '_sum', labels, value: seconds(segment.meanNs * (shown?.transactions ?? 0)) },
      );
    }
  }
}
