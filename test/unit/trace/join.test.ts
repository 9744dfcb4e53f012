// SPDX-License-Identifier: GPL-2.0-only
/** Records of host and guest become timelines that have the simulated truth, and nothing is dropped without being counted. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import { HOST1 } from '../../../src/model/place.ts';
import { TIMELINE_FLAGS, type Timelines } from '../../../src/model/trace-timelines.ts';
import type { TracedMachine } from '../../../src/model/traced-machine.ts';
import type { JoinedTrace } from '../../../src/trace/join/joined-trace.ts';
import { NAMELESS, stepLabel } from '../../../src/trace/join/step-table.ts';
import {
  GUEST_PATH,
  HOST_PATH,
  JOIN_OPTIONS,
  joinFiles,
  joinSimulated,
  NETNS,
  PORT,
  type SimulatedTrace,
  simulateTrace,
  TASKS,
} from '../../fixtures/simulated-trace.ts';
import type { WrittenRecord } from '../../fixtures/trace-file.ts';

const pathOf = ({ paths }: JoinedTrace) => {
  const [path] = paths;
  assert.ok(path !== undefined);
  return path;
};

/** Gaps between the events of one timeline, ns. */
function gaps({ first, atNs }: Timelines, index: number): number[] {
  const times = [...atNs.subarray(first[index], first[index + 1])];
  return times.slice(1).map((time, k) => time - (times[k] ?? 0));
}

function pointsOf({ first, step, steps }: Timelines, index: number): string[] {
  return [...step.subarray(first[index], first[index + 1])].map((one) => steps[one]?.point ?? '?');
}

function accounted({ counts }: JoinedTrace): number {
  const { joined, ackOnlyRecords, laterSegmentRecords, sideRecords, unjoined } = counts;
  return (
    joined +
    ackOnlyRecords +
    laterSegmentRecords +
    sideRecords +
    unjoined.reduce((sum, { records }) => sum + records, 0)
  );
}

const HOST: SimulatedTrace = { hops: HOST_PATH, transactions: 300, seed: 7 };

it('on one clock every gap is exactly the simulated one, in order, for TCP over a wrap of its numbers and for UDP', () => {
  for (const protocol of ['tcp', 'udp'] as const) {
    const simulated = simulateTrace({ ...HOST, protocol });
    const joined = joinSimulated(simulated, { client: 'host' });
    const { timelines } = pathOf(joined);
    assert.equal(timelines.length, 300);
    assert.equal(joined.alignment, null);
    for (let t = 0; t < timelines.length; t++) {
      assert.equal(timelines.number[t], t);
      assert.deepEqual(gaps(timelines, t), [...(simulated.truth[t] ?? [])].slice(1));
      assert.deepEqual(
        pointsOf(timelines, t),
        HOST_PATH.map(({ point }) => point),
      );
    }
    assert.equal(accounted(joined), joined.counts.records);
  }
});

const GUEST = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  offsetNs: fc.integer({ min: -1e9, max: 4e9 }),
  driftPpm: fc.double({ min: -300, max: 300, noNaN: true }),
  acks: fc.boolean(),
  legs: fc.boolean(),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
});

it('tells two connections with the same addresses and ports apart by where they were seen, and takes the way of both as one', () => {
  const trace = { hops: GUEST_PATH, transactions: 200, seed: 3, offsetNs: 5000, driftPpm: 10 };
  const simulated = simulateTrace({ ...trace, alike: true });
  const joined = joinSimulated(simulated, { legsAlike: new Set([0]) });
  const one = joinSimulated(simulateTrace(trace));
  assert.equal(pathOf(joined).timelines.length, 200);
  assert.deepEqual(pathOf(joined).timelines.atNs, pathOf(one).timelines.atNs);
  assert.deepEqual(pathOf(joined).timelines.step, pathOf(one).timelines.step);
  // Taken for one connection, its numbers are no way from guest to host.
  assert.throws(() => joinSimulated(simulated), { code: 'TRACE_IMPOSSIBLE' });
});

it('over a drifting guest clock gaps are exact on each machine and within the bound where the clocks change', () => {
  fc.assert(
    fc.property(GUEST, (options) => {
      const simulated = simulateTrace({ hops: GUEST_PATH, transactions: 200, ...options });
      const joined = joinSimulated(simulated);
      const { timelines } = pathOf(joined);
      assert.equal(timelines.length, 200);
      const boundNs = joined.alignment?.boundNs ?? 0;
      assert.ok(boundNs > 0 && boundNs < 25_000, `${boundNs}`);
      for (let t = 0; t < timelines.length; t++) {
        const hops = GUEST_PATH.map((hop, index) => ({ ...hop, ns: simulated.truth[t]?.[index] ?? 0 })).filter(
          ({ ns }) => !Number.isNaN(ns),
        );
        const found = gaps(timelines, t);
        assert.equal(found.length, hops.length - 1);
        found.forEach((gap, k) => {
          const crosses = hops[k]?.machine !== hops[k + 1]?.machine;
          const error = Math.abs(gap - (hops[k + 1]?.ns ?? 0));
          assert.ok(error <= (crosses ? boundNs + 100 : 100), `gap ${k} is off by ${error}, bound ${boundNs}`);
        });
      }
      assert.equal(accounted(joined), joined.counts.records);
    }),
    { numRuns: 25 },
  );
});

it('joins as many clocks as there are machines: a guest, the machine that runs it, and a remote one', () => {
  const remote = HOST1;
  const isRemote = ({ netns, tid, aux, point }: WrittenRecord) =>
    netns === NETNS.host1 || tid === TASKS.server || (point === 'waking' && aux === TASKS.server);
  const away = (ns: number) => Math.round((ns - 3e9) / (1 + 40e-6));
  const simulated = simulateTrace({ hops: GUEST_PATH, transactions: 200, seed: 11, offsetNs: 1e9, driftPpm: -25 });
  const files = new Map<TracedMachine, readonly WrittenRecord[]>([
    ['guest', simulated.guest],
    ['host', simulated.host.filter((record) => !isRemote(record))],
    [remote, simulated.host.filter(isRemote).map((one) => ({ ...one, timeNs: away(Number(one.timeNs)) }))],
  ]);
  const names = { ...JOIN_OPTIONS.names, [remote]: JOIN_OPTIONS.names.host ?? NAMELESS };
  const joined = joinFiles(files, { machines: ['host', 'guest', remote], names });
  assert.deepEqual([...joined.alignments.keys()], ['guest', remote]);
  const { timelines } = pathOf(joined);
  assert.equal(timelines.length, 200);
  const boundNs = [...joined.alignments.values()].reduce((sum, one) => sum + one.boundNs, 0);
  assert.ok(boundNs > 0 && boundNs < 60_000, `${boundNs}`);
  const first = timelines.steps.findIndex(({ machine }) => machine === remote);
  assert.equal(timelines.steps[first]?.place, 'host1');
  for (let t = 0; t < timelines.length; t++) {
    const truth = [...(simulated.truth[t] ?? [])].filter((ns) => !Number.isNaN(ns));
    const found = gaps(timelines, t);
    assert.equal(found.length, truth.length - 1);
    found.forEach((gap, k) => {
      assert.ok(Math.abs(gap - (truth[k + 1] ?? 0)) <= boundNs + 200, `gap ${k} is ${gap}, and not ${truth[k + 1]}`);
    });
  }
  assert.equal(accounted(joined), joined.counts.records);
});

/** With a long way from the send call to the driver, so that a kick of another packet fits in between. */
const SLOW_SEND = GUEST_PATH.map((hop, index) => (index === 1 ? { ...hop, meanNs: 300_000 } : hop));

function movedKicks(everyNth: number, byNs: number) {
  const { host, guest } = simulateTrace({
    hops: SLOW_SEND,
    transactions: 200,
    seed: 5,
    offsetNs: 1e9,
    driftPpm: 5,
    spikes: 0,
  });
  let kicks = 0;
  const moved = host.map((record) => {
    const other = record.point === 'kick' && ++kicks % everyNth === 0;
    return other ? { ...record, timeNs: Number(record.timeNs) - byNs } : record;
  });
  const [before, after] = [joinSimulated({ host, guest }), joinSimulated({ host: moved, guest })];
  assert.equal(pathOf(after).timelines.length, 200);
  assert.ok(before.alignment !== null && after.alignment !== null);
  return { before: before.alignment, after: after.alignment };
}

it('a kick that packets alone exclude is not believed: the device had asked for none, and it was for another packet', () => {
  const { before, after } = movedKicks(10, 150_000);
  assert.equal(before.brackets - after.brackets, 40);
  assert.equal(after.withoutKicks, undefined);
  assert.ok(after.boundNs < 20_000, `${after.boundNs}`);
});

it('kicks that contradict each other are left out, with the reason, and the bound of packets alone holds', () => {
  const { before, after } = movedKicks(10, 30_000);
  assert.match(after.withoutKicks ?? '', /no straight line satisfies kick before guest driver_exit/);
  assert.ok(after.boundNs > before.boundNs);
});

it('lost and repeated packets and ACKs are kept apart and counted', () => {
  const simulated = simulateTrace({ ...HOST, acks: true, lost: new Set([40]), repeated: new Set([60, 61]) });
  const joined = joinSimulated(simulated, { client: 'host' });
  const { timelines, incomplete, retransmitted } = pathOf(joined);
  assert.deepEqual(
    { incomplete, retransmitted, length: timelines.length },
    { incomplete: 1, retransmitted: 2, length: 299 },
  );
  const flagged = [...timelines.number].filter(
    (_, t) => ((timelines.flags[t] ?? 0) & TIMELINE_FLAGS.retransmitted) !== 0,
  );
  assert.deepEqual(flagged, [60, 61]);
  assert.equal(joined.counts.ackOnlyRecords, 299);
  assert.ok(timelines.flags.every((flags) => (flags & TIMELINE_FLAGS.ackOnly) !== 0));
  assert.equal(accounted(joined), joined.counts.records);
});

it('a capture that begins and ends within transactions drops these two and counts them', () => {
  const simulated = simulateTrace(HOST);
  const times = simulated.host.map(({ timeNs }) => Number(timeNs)).sort((a, b) => a - b);
  const [from = 0, to = 0] = [times[8], times[times.length - 6]];
  const host = simulated.host.filter(({ timeNs }) => Number(timeNs) >= from && Number(timeNs) <= to);
  const joined = joinSimulated({ host, guest: [] }, { client: 'host' });
  const { timelines, cutAtStart, cutAtEnd, incomplete } = pathOf(joined);
  assert.deepEqual({ cutAtStart, cutAtEnd, incomplete }, { cutAtStart: 1, cutAtEnd: 1, incomplete: 0 });
  for (let t = 0; t < timelines.length; t++)
    assert.deepEqual(gaps(timelines, t), [...(simulated.truth[t + 1] ?? [])].slice(1), `transaction ${t}`);
  assert.equal(accounted(joined), joined.counts.records);
});

it('two paths in rotation are told apart by their ports', () => {
  const one = simulateTrace(HOST);
  const other = simulateTrace({ ...HOST, seed: 8 });
  const moved = other.host.map((record) => ({
    ...record,
    timeNs: Number(record.timeNs) + 3e9,
    ...(record.destinationPort === PORT
      ? { destinationPort: 6000 }
      : record.sourcePort === PORT
        ? { sourcePort: 6000 }
        : {}),
  }));
  const ports = new Map([
    [PORT, 0],
    [6000, 1],
  ]);
  const { paths } = joinSimulated({ host: [...one.host, ...moved], guest: [] }, { client: 'host', ports });
  assert.deepEqual(
    paths.map(({ path, timelines }) => [path, timelines.length]),
    [
      [0, 300],
      [1, 300],
    ],
  );
  assert.deepEqual(paths[1] && gaps(paths[1].timelines, 5), [...(other.truth[5] ?? [])].slice(1));
});

it('records that cannot be: unknown points, wild times and numbers, other ports: all are counted, none is joined', () => {
  const { host } = simulateTrace({ ...HOST, transactions: 5 });
  const [packet] = host.filter(({ protocol }) => protocol === 6);
  assert.ok(packet !== undefined);
  const hostile = [
    { ...packet, point: 60_000 },
    { ...packet, timeNs: 0xffff_ffff_ffff_ffffn },
    { ...packet, sourcePort: 1, destinationPort: 2 },
    { ...packet, number: (packet.number ?? 0) + 0x7000_0000 },
    { ...packet, number: (packet.number ?? 0) + 3 },
    { ...packet, protocol: 99 },
  ];
  const joined = joinSimulated({ host: [...host, ...hostile], guest: [] }, { client: 'host' });
  assert.equal(pathOf(joined).timelines.length, 5);
  assert.equal(joined.counts.laterSegmentRecords, 1);
  assert.deepEqual(joined.counts.unjoined.map(({ why, records }) => `${why} ${records}`).sort(), [
    'not of the probe 3',
    'unknown point 1',
    'unknown time 1',
  ]);
  assert.equal(accounted(joined), joined.counts.records);
});

it('noise as records never ends in anything but a result or a named contradiction', () => {
  const record = fc.record({
    ...{
      timeNs: fc.integer({ min: 0, max: 2 ** 40 }),
      point: fc.integer({ min: 0, max: 30 }),
      number: fc.integer({ min: 0, max: 400 }),
    },
    ...{
      sourcePort: fc.constantFrom(PORT, 1),
      destinationPort: fc.constantFrom(PORT, 2),
      protocol: fc.constantFrom(0, 6, 17),
    },
    ...{
      flags: fc.integer({ min: 0, max: 255 }),
      tid: fc.integer({ min: 0, max: 3 }),
      payload: fc.constantFrom(0, 64),
    },
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), fc.array(record, { maxLength: 60 }), (host, guest) => {
      try {
        const joined = joinSimulated({ host, guest });
        assert.equal(accounted(joined), joined.counts.records);
      } catch (error) {
        assert.ok(error instanceof HoplabError && error.code === 'TRACE_IMPOSSIBLE', String(error));
      }
    }),
    { numRuns: 300 },
  );
});

it("sizes that are not the probe's are found: a response before its request is an error", () => {
  const { host } = simulateTrace({ ...HOST, transactions: 20 });
  const swapped = host.map((record) =>
    record.sourcePort === PORT
      ? { ...record, number: (record.number ?? 0) + ((record.timeNs as number) > 5.0007e9 ? 128 : 0) }
      : record,
  );
  assert.throws(
    () => joinSimulated({ host: swapped, guest: [] }, { client: 'host' }),
    (error) => error instanceof HoplabError && error.code === 'TRACE_IMPOSSIBLE',
  );
});

it('steps have labels that a reader can follow', () => {
  const { steps } = pathOf(joinSimulated(simulateTrace(HOST), { client: 'host' })).timelines;
  assert.ok(steps.map(stepLabel).includes('host host2 wire2 dev_xmit request'));
  assert.ok(steps.map(stepLabel).includes('host server switch_in task'));
});

it('an interrupt may come after its guest has taken the packet by itself, and contradicts no clock', () => {
  const taken = GUEST_PATH.findIndex(({ machine, side }) => machine === 'guest' && side === 'response');
  const late = { machine: 'host', point: 'guest_irq', side: 'response', meanNs: 30_000, at: NETNS.host2 } as const;
  const hops = [...GUEST_PATH.slice(0, taken + 1), late, ...GUEST_PATH.slice(taken + 1)];
  const trace = { hops, transactions: 200, seed: 9, offsetNs: 7_000_000, driftPpm: 10 };
  const { paths, alignment } = joinSimulated(simulateTrace(trace), { client: 'guest' });
  assert.equal(paths[0]?.timelines.length, 200);
  assert.ok((alignment?.boundNs ?? Number.POSITIVE_INFINITY) < 60_000, `${alignment?.boundNs} ns`);
});
