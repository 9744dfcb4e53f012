// SPDX-License-Identifier: GPL-2.0-only
/** Two paths side by side, the slowest transactions with their cause, and what tracing costs. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ShapeBreakdown } from '../../../src/model/trace-breakdown.ts';
import { breakDown } from '../../../src/trace/breakdown/breakdown.ts';
import { traceCost } from '../../../src/trace/breakdown/cost.ts';
import { diffTraces } from '../../../src/trace/breakdown/diff.ts';
import { SlowCollector } from '../../../src/trace/breakdown/slow.ts';
import { RecordDecoder } from '../../../src/trace/records/decode-records.ts';
import {
  GUEST_PATH,
  HOST_PATH,
  JOIN_OPTIONS,
  joinSimulated,
  type SimulatedHop,
  simulateTrace,
} from '../../fixtures/simulated-trace.ts';
import { traceFile, type WrittenRecord } from '../../fixtures/trace-file.ts';

function tableOf(hops: readonly SimulatedHop[], seed: number): ShapeBreakdown {
  const trace = { hops, transactions: 400, seed, offsetNs: 1e7 * seed, driftPpm: seed, spikes: 0 };
  const { paths, alignment } = joinSimulated(simulateTrace(trace), { client: hops[0]?.machine ?? 'host' });
  const breakdown = breakDown(paths[0]?.timelines ?? assert.fail(), { alignment });
  return breakdown.common ?? assert.fail();
}

/** The other path: a bridge more on the way of the request, and a slower server. */
const BRIDGED: readonly SimulatedHop[] = GUEST_PATH.flatMap((hop) => {
  if (hop.point === 'netif_receive' && hop.side === 'request' && hop.ifindex === 7)
    return [
      hop,
      { machine: 'host', point: 'netif_receive', side: 'request', meanNs: 9000, at: 102, ifindex: 20 },
    ] as const;
  return [hop];
});

it('the difference of two paths is where it was put, alone, with the steps that only one of them has', () => {
  const draws = [1, 2, 3, 4, 5, 6].map((seed) => ({ a: tableOf(GUEST_PATH, seed), b: tableOf(BRIDGED, seed + 50) }));
  const diff = diffTraces(draws) ?? assert.fail();
  assert.equal(diff.draws, 6);
  const found = diff.segments.filter(({ onlyB }) => onlyB.length > 0);
  assert.deepEqual(
    found.map(({ onlyA, onlyB }) => [onlyA.length, onlyB.map(({ point }) => point)]),
    [[0, ['netif_receive']]],
  );
  const [here] = found;
  assert.ok(here !== undefined && here.interval !== null && here.pValue !== null);
  assert.ok(
    here.interval.lowNs < 9000 && here.interval.highNs > 9000,
    `${here.interval.lowNs} to ${here.interval.highNs}`,
  );
  assert.ok(here.pValue < 0.001);
  for (const one of diff.segments)
    if (one !== here) assert.ok((one.pValue ?? 0) > 0.01, `${one.to.point} ${one.pValue}`);
  const sum = diff.segments.reduce((total, { differenceNs }) => total + differenceNs, 0);
  assert.ok(Math.abs(sum - diff.total.differenceNs) < 1e-6);
  assert.ok(Math.abs((here.share ?? 0) - 1) < 0.3);
});

it('a point that only some shapes of a path have is none that the other alone has', () => {
  const [a, b] = [tableOf(GUEST_PATH, 1), tableOf(GUEST_PATH, 2)];
  const lacks = b.steps.findIndex(({ step }) => step.point === 'switch_in');
  const shorter = { ...b, steps: b.steps.filter((_, index) => index !== lacks) };
  const onlyA = (diff: ReturnType<typeof diffTraces>) =>
    diff?.segments.flatMap((segment) => segment.onlyA.map(({ point }) => point));
  assert.deepEqual(onlyA(diffTraces([{ a, b: shorter }])), ['switch_in']);
  const alsoB = b.steps.map(({ step }) => step);
  assert.deepEqual(onlyA(diffTraces([{ a, b: shorter, alsoB }])), []);
});

it('one draw has differences but no intervals, and paths without common steps have no diff', () => {
  const [a, b] = [tableOf(HOST_PATH, 1), tableOf(HOST_PATH, 2)];
  const diff = diffTraces([{ a, b }]) ?? assert.fail();
  assert.ok(diff.segments.every(({ interval, pValue }) => interval === null && pValue === null));
  assert.equal(diffTraces([]), null);
  assert.equal(diffTraces([{ a, b: { ...b, steps: [] } }]), null);
});

it('a slow transaction is kept whole, and what had its CPU during the longest gap is named', () => {
  const hop = HOST_PATH.findIndex(({ point, side }) => point === 'switch_in' && side === 'task');
  const simulated = simulateTrace({ hops: HOST_PATH, transactions: 100, seed: 1, spikes: 0 });
  const slow = 57;
  const before = (simulated.truth[slow] ?? new Float64Array()).slice(0, hop).reduce((sum, ns) => sum + ns, 0);
  const wakingNs = (simulated.startNs[slow] ?? 0) + before;
  // From the server's wake-up on, everything is later by 300 us: another task keeps its CPU, and for 100 us a softirq.
  const late = simulated.host.map((record) =>
    Number(record.timeNs) > wakingNs ? { ...record, timeNs: Number(record.timeNs) + 300_000 } : record,
  );
  const beside = (point: string, atNs: number, more: Partial<WrittenRecord>): WrittenRecord => ({
    ...{ timeNs: wakingNs + atNs, point, cpu: 1, ...more },
  });
  const others = [
    beside('switch', 1000, { tid: 777, aux: 0 }),
    beside('softirq_enter', 50_000, { aux: 3 }),
    beside('softirq_exit', 150_000, { aux: 3 }),
    beside('switch', 301_000, { tid: 12, aux: 777 }),
    { ...beside('switch', 2000, { tid: 888, aux: 0 }), cpu: 0 },
  ];
  const host = [...late, ...others].sort((a, b) => Number(a.timeNs) - Number(b.timeNs));
  const { paths } = joinSimulated({ host, guest: [] }, { client: 'host' });
  const names = JOIN_OPTIONS.names;
  const collector = new SlowCollector(paths[0]?.timelines ?? assert.fail(), { alignments: new Map(), names, count: 2 });
  const decoder = new RecordDecoder('host', collector.take('host'));
  decoder.push(traceFile({}, host));
  decoder.end();
  const [worst, next] = collector.finish();
  assert.equal(worst?.number, slow);
  assert.ok((next?.totalNs ?? 0) < (worst?.totalNs ?? 0));
  assert.match(worst?.longest.to ?? '', /server switch_in/);
  assert.ok((worst?.longest.ns ?? 0) > 300_000);
  assert.equal(worst?.events.filter(({ kind }) => kind === 'own').length, HOST_PATH.length);
  assert.deepEqual(worst?.beside.slice(0, 2), [
    { what: 'host: task 777', cpu: 1, ns: 300_000 },
    { what: 'host: softirq net_rx', cpu: 1, ns: 100_000 },
  ]);
  assert.ok(worst?.beside.every(({ cpu }) => cpu === 1));
});

it('the cost of tracing is a ratio with an interval over pairs, and none with a single pair', () => {
  const cost = traceCost([
    { tracedNs: 120, plainNs: 100 },
    { tracedNs: 125, plainNs: 100 },
    { tracedNs: 115, plainNs: 100 },
  ]);
  assert.ok(Math.abs(cost.ratio - 1.2) < 0.001);
  assert.ok(cost.interval !== null && cost.interval.low < 1.2 && cost.interval.low > 1.07 && cost.interval.high < 1.34);
  assert.equal(traceCost([{ tracedNs: 110, plainNs: 100 }]).interval, null);
  assert.throws(() => traceCost([]), RangeError);
  assert.throws(() => traceCost([{ tracedNs: 0, plainNs: 1 }]), RangeError);
});
