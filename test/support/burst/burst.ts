// SPDX-License-Identifier: GPL-2.0-only
/** Probe `burst`: how fast a burst of bytes is taken in, in bit/s. It proves the seam: nothing of the product knows it. */
import { z } from 'zod';
import { levelsOf } from '../../../src/model/figure.ts';
import type { Measure } from '../../../src/model/measure.ts';
import type { ProbeSpec } from '../../../src/model/probe-spec.ts';
import type { Interval, RateCell } from '../../../src/model/result.ts';
import { fartherEnd, HALF_WIDTH, type ProbeColumn } from '../../../src/probes/column.ts';
import type { PathOfBlock, Probe, SummaryOutcome } from '../../../src/probes/probe.ts';
import { decodeExchange, exchangeOrders } from '../../../src/probes/rr/exchange.ts';
import { sizeSchema } from '../../../src/schema/quantity-schema.ts';
import { moments } from '../../../src/stats/moments.ts';
import { median, quantile } from '../../../src/stats/quantile.ts';
import { quantileInterval } from '../../../src/stats/quantile-bootstrap.ts';
import { createRandom } from '../../../src/stats/random.ts';
import { sortedCopy } from '../../../src/stats/sorted.ts';
import { pick, selectUsable } from '../../../src/stats/usable.ts';

const BURST = { low: 1024, high: 1 << 20, text: 'between 1k and 1024k' };
/** Bytes of TCP in a packet of 1500, and of all headers before them. */
const PAYLOAD = 1448;
const HEADERS = 66;

const keys = z.object({ burst: z.number(), headers: z.boolean() });

export const burst: Probe = {
  kind: 'burst',
  summary: 'bursts of bytes, each answered by one',
  protocols: [{ word: 'tcp_burst', transport: 'tcp', keepsSocket: true }],
  keys: {
    shape: {
      burst: sizeSchema(BURST).prefault('64k').describe('Bytes of a burst; one byte comes back.'),
      headers: z.boolean().default(false).describe('Whether the headers of its packets count.'),
    },
    sends(file) {
      const { burst: bytes, headers } = keys.parse(file);
      return { sent: { requestBytes: bytes, responseBytes: 1, own: { headers: String(headers) } }, word: `${bytes}` };
    },
  },
  // A burst is a long request: the prober and its records are those of request and response.
  orders: {
    client: (order) => exchangeOrders.client({ ...order, probe: asExchange(order.probe) }),
    server: (order) => exchangeOrders.server({ ...order, probe: asExchange(order.probe) }),
  },
  decode: (raw) => decodeExchange({ ...raw, probe: asExchange(raw.probe) }),
  unit: 'bit/s',
  measure,
  summarize,
  columns: [
    column('n', 90, 'count', 'bursts', ({ n }) => n),
    column('min', 5, 'bit/s', 'the slowest burst', ({ min }) => min),
    column('p50', 98, 'bit/s', 'the median', ({ p50 }) => p50),
    column(HALF_WIDTH, 80, 'bit/s', 'of p50', ({ p50, p50Interval }) => fartherEnd(p50, p50Interval)),
    column('max', 6, 'bit/s', 'the fastest burst', ({ max }) => max),
    column('packets', 4, 'count', 'in which a burst travels', ({ own }) => own?.packets ?? null),
  ],
};

function asExchange(probe: ProbeSpec): ProbeSpec {
  return { ...probe, protocol: 'tcp_rr' };
}

function column(
  head: string,
  keep: number,
  unit: ProbeColumn['unit'],
  means: string,
  exact: (row: RateCell) => number | null,
): ProbeColumn {
  return { head, keep, unit, means, exact: (row) => (row.unit === undefined ? null : exact(row)) };
}

function packetsOf({ requestBytes }: ProbeSpec): number {
  return Math.ceil(requestBytes / PAYLOAD);
}

/** A burst that takes so long, in bit/s. */
function rateOf(probe: ProbeSpec, ns: number): number {
  const headers = probe.own?.headers === 'true' ? HEADERS * packetsOf(probe) : 0;
  return ((probe.requestBytes + headers) * 8e9) / ns;
}

function measure(probe: ProbeSpec): Measure {
  return {
    unit: 'bit/s',
    statistics: ['p50', 'mean'],
    observe: ({ length, path, flags, group, rttNs }) => ({
      ...{ length, path, flags, group },
      value: Float64Array.from(rttNs, (ns) => rateOf(probe, ns)),
    }),
    levels: (referenceP50, candidateP50) => ({ referenceP50, candidateP50 }),
    referenceOf: (levels) => levelsOf(levels).reference,
    difference: (difference, differenceInterval) => ({ unit: 'bit/s', difference, differenceInterval }),
  };
}

function summarize({ probe, samples, path, seed }: PathOfBlock): SummaryOutcome {
  const observed = measure(probe).observe(samples);
  const { counts, indices } = selectUsable(observed, path);
  if (counts.n === 0) return { kind: 'empty', counts };
  const values = Float64Array.from(indices, (index) => observed.value[index] ?? 0);
  const sorted = sortedCopy(values);
  const { mean, stddev } = moments(values);
  const { n, lost, discarded, preempted, retransmitted } = counts;
  return {
    kind: 'summary',
    summary: {
      ...{ n, lost, discarded, preempted, retransmitted, unit: 'bit/s' },
      ...{ min: quantile(sorted, 0), mean, p50: median(sorted) },
      p50Interval: intervalOf({ probe, samples, seed }, indices),
      ...{ max: quantile(sorted, 1), stddev, own: { packets: packetsOf(probe) } },
    },
  };
}

/** That of the time of a burst, whose longer end is the lower rate. */
function intervalOf(
  { probe, samples, seed }: Pick<PathOfBlock, 'probe' | 'samples' | 'seed'>,
  indices: Uint32Array,
): Interval | null {
  const groups = Uint16Array.from(indices, (index) => samples.group[index] ?? 0);
  const values = pick(samples.rttNs, indices);
  const times = quantileInterval({ values, groups, p: 0.5, random: createRandom(seed) });
  return times === null ? null : { low: rateOf(probe, times.high), high: rateOf(probe, times.low) };
}
