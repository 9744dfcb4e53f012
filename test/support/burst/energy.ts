// SPDX-License-Identifier: GPL-2.0-only
/** Probe `energy`: what a burst takes of a CPU of 10 W, in joules: another unit that is no time, and of which less is better. */
import { levelsOf } from '../../../src/model/figure.ts';
import type { Measure } from '../../../src/model/measure.ts';
import type { RateCell } from '../../../src/model/result.ts';
import type { Probe } from '../../../src/probes/probe.ts';
import { moments } from '../../../src/stats/moments.ts';
import { median, quantile } from '../../../src/stats/quantile.ts';
import { sortedCopy } from '../../../src/stats/sorted.ts';
import { selectUsable } from '../../../src/stats/usable.ts';
import { burst } from './burst.ts';
import { JOULE } from './joule.ts';

const WATT = 10;

const measure: Measure = {
  unit: JOULE,
  statistics: ['p50', 'mean'],
  observe: ({ length, path, flags, group, rttNs }) => ({
    ...{ length, path, flags, group },
    value: Float64Array.from(rttNs, (ns) => (WATT * ns) / 1e9),
  }),
  levels: (referenceP50, candidateP50) => ({ referenceP50, candidateP50 }),
  referenceOf: (levels) => levelsOf(levels).reference,
  difference: (difference, differenceInterval) => ({ unit: JOULE, difference, differenceInterval }),
};

export const energy: Probe = {
  ...burst,
  kind: 'energy',
  summary: 'what a burst takes of a CPU of 10 W',
  protocols: [{ word: 'tcp_energy', transport: 'tcp', keepsSocket: true }],
  keys: { shape: {}, sends: () => ({ sent: { requestBytes: 4096, responseBytes: 1 }, word: null }) },
  unit: JOULE,
  measure: () => measure,
  summarize({ samples, path }) {
    const observed = measure.observe(samples);
    const { counts, indices } = selectUsable(observed, path);
    if (counts.n === 0) return { kind: 'empty', counts };
    const values = Float64Array.from(indices, (index) => observed.value[index] ?? 0);
    const sorted = sortedCopy(values);
    const { mean, stddev } = moments(values);
    const { n, lost, discarded, preempted, retransmitted } = counts;
    return {
      kind: 'summary',
      summary: {
        ...{ n, lost, discarded, preempted, retransmitted, unit: JOULE, mean, stddev, p50Interval: null },
        ...{ min: quantile(sorted, 0), p50: median(sorted), max: quantile(sorted, 1) },
      },
    };
  },
  columns: [
    { ...{ head: 'n', keep: 90, unit: 'count', means: 'bursts' }, exact: ofEnergy(({ n }) => n) },
    { ...{ head: 'p50', keep: 98, unit: JOULE, means: 'the median' }, exact: ofEnergy(({ p50 }) => p50) },
  ],
};

function ofEnergy(exact: (row: RateCell) => number): Probe['columns'][number]['exact'] {
  return (row) => (row.unit === undefined ? null : exact(row));
}
