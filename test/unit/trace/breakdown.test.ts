// SPDX-License-Identifier: GPL-2.0-only
/** The breakdown gives the simulated truth: where time goes, where a delay was put, and what clocks cannot resolve. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { emptySamples } from '../../../src/model/samples.ts';
import type { Breakdown, ShapeBreakdown } from '../../../src/model/trace-breakdown.ts';
import type { TraceStep } from '../../../src/model/trace-timelines.ts';
import { type BreakdownOptions, breakDown } from '../../../src/trace/breakdown/breakdown.ts';
import { mergeCrossings } from '../../../src/trace/breakdown/merge-crossings.ts';
import { alignSequences } from '../../../src/trace/breakdown/shapes.ts';
import {
  GUEST_PATH,
  HOST_PATH,
  joinSimulated,
  NETNS,
  type SimulatedTrace,
  simulateTrace,
  TASKS,
} from '../../fixtures/simulated-trace.ts';

interface Analysed {
  readonly breakdown: Breakdown;
  readonly common: ShapeBreakdown;
  readonly truth: readonly Float64Array[];
  readonly boundNs: number;
}

function analyse(trace: SimulatedTrace, options: Partial<BreakdownOptions> = {}): Analysed {
  const simulated = simulateTrace(trace);
  const client = trace.hops[0]?.machine ?? 'host';
  const { paths, alignment } = joinSimulated(simulated, { client });
  const [path] = paths;
  assert.ok(path !== undefined);
  const breakdown = breakDown(path.timelines, { alignment, ...options });
  assert.ok(breakdown.common !== null);
  return { breakdown, common: breakdown.common, truth: simulated.truth, boundNs: alignment?.boundNs ?? 0 };
}

const HOST: SimulatedTrace = { hops: HOST_PATH, transactions: 2000, seed: 3 };
const GUEST: SimulatedTrace = {
  hops: GUEST_PATH,
  transactions: 2000,
  seed: 4,
  offsetNs: 3e9,
  driftPpm: -40,
  acks: true,
};
const near = (actual: number, expected: number, within: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= within, `${what}: ${actual} instead of ${expected} +- ${within}`);
const name = ({ machine, point, side }: TraceStep) => `${machine} ${point} ${side}`;

it('on one clock, mean and extremes of every segment are exactly those of the simulation', () => {
  const { common, truth } = analyse(HOST);
  assert.equal(common.segments.length, HOST_PATH.length - 1);
  common.segments.forEach(({ meanNs, minNs, p50Ns, p99Ns, boundNs }, index) => {
    const times = truth.map((one) => one[index + 1] ?? 0).sort((a, b) => a - b);
    near(meanNs, times.reduce((sum, ns) => sum + ns, 0) / times.length, 0.01, 'mean');
    assert.equal(minNs, times[0]);
    assert.ok(p50Ns >= (times[999] ?? 0) && p50Ns <= (times[1000] ?? 0));
    assert.ok(p99Ns >= (times[1978] ?? 0) && p99Ns <= (times[1980] ?? 0));
    assert.equal(boundNs, null);
  });
});

it('over the guest, means are true to the clock bound, whatever two shapes have in common', () => {
  const { breakdown, common, truth, boundNs } = analyse(GUEST);
  assert.equal(breakdown.shapes.length, 2);
  near(breakdown.shapes[0]?.share ?? 0, 0.7, 0.05, 'share of the larger shape');
  assert.equal(breakdown.coveredShare, 1);
  assert.equal(common.shapes, 2);
  assert.equal(common.transactions, 2000);
  // The step that only one shape has is in none of the common segments; its time is.
  const shared = GUEST_PATH.map((hop, index) => ({ ...hop, index })).filter(({ sometimes }) => sometimes !== true);
  assert.equal(common.steps.length, shared.length);
  let at = 0;
  common.steps.forEach(({ step, meanAtNs }, k) => {
    const [from, to] = [(shared[k - 1]?.index ?? -1) + 1, shared[k]?.index ?? 0];
    for (let h = from; h <= to; h++) at += truth.reduce((sum, one) => sum + (one[h] || 0), 0) / truth.length;
    near(meanAtNs, at, step.machine === 'guest' ? 100 : boundNs + 100, name(step));
  });
});

it('a delay put into one hop comes out on that hop alone, on the host and in the guest', () => {
  for (const [machine, point, side] of [
    ['host', 'dev_xmit', 'request'],
    ['host', 'switch_in', 'task'],
    ['guest', 'data_ready', 'response'],
  ] as const) {
    const hop = GUEST_PATH.findIndex((one) => one.machine === machine && one.point === point && one.side === side);
    const extra = { hop, ns: 30_000 };
    const [before, after] = [analyse({ ...GUEST, spikes: 0 }), analyse({ ...GUEST, spikes: 0, extra })];
    const bound = before.boundNs + after.boundNs;
    const moved = after.common.segments.map(({ to, meanNs, boundNs }, index) => {
      const ns = meanNs - (before.common.segments[index]?.meanNs ?? 0);
      const here = name(to) === `${machine} ${point} ${side}`;
      near(ns, here ? extra.ns : 0, boundNs === null ? 200 : bound, name(to));
      return here && boundNs === null;
    });
    assert.equal(moved.filter(Boolean).length, 1);
  }
});

it('quantiles of segments do not add up, and the waterfalls beside them do', () => {
  const { common } = analyse({ ...HOST, spikes: 0.5 });
  const sum = (of: (index: number) => number) => common.segments.reduce((total, _, index) => total + of(index), 0);
  assert.ok(sum((index) => common.segments[index]?.p99Ns ?? 0) > 2 * common.total.p99Ns);
  for (const { segmentNs, totalNs, transactions } of common.waterfalls) {
    near(
      segmentNs.reduce((total, ns) => total + ns, 0),
      totalNs,
      0.01,
      'sum of a waterfall',
    );
    assert.ok(transactions >= 20);
  }
  const [middle, tail] = common.waterfalls;
  near(middle?.totalNs ?? 0, common.total.p50Ns, common.total.p50Ns * 0.1, 'near p50');
  assert.ok((tail?.totalNs ?? 0) > 1.3 * (middle?.totalNs ?? 0));
  near(
    common.segments.reduce((total, { share }) => total + share, 0),
    1,
    1e-9,
    'shares',
  );
});

it('a crossing smaller than its bound is not shown alone, and a larger one has its bound beside it', () => {
  const { common, boundNs } = analyse(GUEST);
  for (const { from, to, meanNs, boundNs: own } of common.segments) {
    assert.equal(own !== null, from.machine !== to.machine);
    if (own !== null) assert.ok(meanNs >= own);
  }
  const wide = breakDown(joinSimulated(simulateTrace(GUEST)).paths[0]?.timelines ?? assert.fail(), {
    alignment: {
      ...{
        method: 'kick bracket',
        referenceNs: 0n,
        baseNs: 0n,
        region: [],
        estimate: { offsetNs: 0, drift: 0 },
        spanNs: [0, 1],
        brackets: 2,
      },
      boundNs: Math.max(boundNs, 40_000),
    },
  });
  const merged = wide.common?.segments.filter(({ merged: inside }) => inside.length > 0) ?? [];
  assert.ok(merged.length > 0);
  for (const { meanNs, boundNs: own } of wide.common?.segments ?? []) assert.ok(own === null || meanNs >= own);
});

it('merging keeps the whole and leaves no unclear crossing, for any times', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ns: fc.integer({ min: 0, max: 1000 }), guest: fc.boolean() }), {
        minLength: 2,
        maxLength: 30,
      }),
      fc.integer({ min: 0, max: 1500 }),
      (steps, boundNs) => {
        let at = 0;
        const meanAtNs = steps.map(({ ns }, index) => {
          at += index === 0 ? 0 : ns;
          return at;
        });
        const crosses = (a: number, b: number) => steps[a]?.guest !== steps[b]?.guest;
        const spans = mergeCrossings({ meanAtNs, crosses, boundNs });
        assert.equal(spans[0]?.from, 0);
        assert.equal(spans.at(-1)?.to, steps.length - 1);
        spans.forEach(({ from, to }, index) => {
          assert.equal(spans[index + 1]?.from ?? to, to);
          const ns = (meanAtNs[to] ?? 0) - (meanAtNs[from] ?? 0);
          assert.ok(spans.length === 1 || !crosses(from, to) || ns >= boundNs);
        });
      },
    ),
  );
});

it('the remainder is what the prober measured beyond the first and the last step', () => {
  const { truth, breakdown } = analyse(HOST, {
    samples: { samples: samplesOf(HOST, 1700), path: 0, numbering: 'order' },
  });
  assert.equal(breakdown.remainder?.transactions, truth.length);
  near(breakdown.remainder?.meanNs ?? 0, 1700, 0.01, 'remainder');
  near(breakdown.remainder?.share ?? 0, 1700 / (breakdown.remainder?.meanRttNs ?? 1), 1e-9, 'share');
});

function samplesOf(trace: SimulatedTrace, restNs: number) {
  const { truth } = simulateTrace(trace);
  const samples = emptySamples(truth.length);
  truth.forEach((one, index) => {
    samples.seq[index] = index;
    samples.rttNs[index] = one.reduce((sum, ns) => sum + ns, 0) + restNs;
  });
  return samples;
}

it('expected points that no transaction passed are missing, and rare ones have their share', () => {
  const { breakdown } = analyse(GUEST, {
    expected: [
      { machine: 'host', point: 'kick' },
      { machine: 'host', point: 'waking', place: 'vmm' },
      { machine: 'host', point: 'xdp_in' },
      { machine: 'guest', point: 'dev_xmit', device: 'eth1' },
    ],
  });
  const { expected, missing } = breakdown.coverage;
  assert.equal(expected[0]?.share, 1);
  near(expected[1]?.share ?? 0, 0.7, 0.05, 'waking of the VMM');
  assert.deepEqual(
    missing.map(({ point }) => point),
    ['xdp_in', 'dev_xmit'],
  );
});

it('what single transactions lack is counted: a planned point in the middle, and a task that was woken and not switched to', () => {
  const lacking = (index: number) => GUEST_PATH.map((hop, h) => (h === index ? { ...hop, sometimes: true } : hop));
  const gapsOf = (index: number, more: Partial<SimulatedTrace> = {}) => {
    const trace = { hops: lacking(index).map((hop, h) => (h === 5 ? { ...hop, sometimes: false } : hop)) };
    const { breakdown, truth } = analyse(
      { ...GUEST, ...trace, ...more },
      {
        expected: [
          { machine: 'host', point: 'netif_receive', place: 'host2', side: 'request' },
          { machine: 'host', point: 'xdp_in' },
          { machine: 'host', point: 'switch_in' },
        ],
      },
    );
    const lack = truth.filter((one, t) => Number.isNaN(one[index]) && !(more.repeated?.has(t) ?? false)).length;
    assert.ok(lack > 0 && lack < truth.length / 2);
    return { gaps: breakdown.coverage.gaps, lack };
  };
  const middle = GUEST_PATH.findIndex(({ point, at }) => point === 'netif_receive' && at === NETNS.host2);
  const inMiddle = gapsOf(middle, { repeated: new Set([5, 6, 7]) });
  assert.deepEqual(
    inMiddle.gaps.map(({ point, after, transactions }) => [point, after, transactions]),
    [['netif_receive', null, inMiddle.lack]],
  );
  const server = GUEST_PATH.findIndex(({ point, at }) => point === 'switch_in' && at === TASKS.server);
  const woken = gapsOf(server);
  assert.deepEqual(
    woken.gaps.map(({ point, place, after, transactions }) => [point, place, after, transactions]),
    [['switch_in', 'server', 'waking', woken.lack]],
  );
  // No switch of the VMM is simulated at all: its wakings say nothing of gaps.
  assert.ok(woken.gaps.every(({ place }) => place !== 'vmm'));
});

it('transactions with a packet sent twice are in no statistic', () => {
  const { breakdown } = analyse({ ...HOST, repeated: new Set([5, 6, 7]) });
  assert.equal(breakdown.transactions, 1997);
});

it('an empty trace breaks down into nothing', () => {
  const joined = joinSimulated({ host: [], guest: [] });
  const breakdown = breakDown(joined.paths[0]?.timelines ?? assert.fail(), { alignment: null });
  assert.deepEqual([breakdown.transactions, breakdown.shapes, breakdown.byShape, breakdown.common], [0, [], [], null]);
});

it('what two sequences share is found as pairs in order', () => {
  const pairs = alignSequences([...'abxcd'], [...'aybcqd'], (a, b) => a === b);
  assert.deepEqual(pairs, [
    [0, 0],
    [1, 2],
    [3, 3],
    [4, 5],
  ]);
});
