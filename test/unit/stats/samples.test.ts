// SPDX-License-Identifier: GPL-2.0-only
/** Selection, grouping and the summary of samples, with exact counts and figures. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeSpec } from '../../../src/model/probe-spec.ts';
import { emptySamples, SAMPLE_FLAGS, type Samples } from '../../../src/model/samples.ts';
import { roundTrip } from '../../../src/probes/rr/round-trip.ts';
import { summarizePath } from '../../../src/probes/rr/summarize.ts';
import { groupPath, pairGroups } from '../../../src/stats/groups.ts';
import { pick, selectUsable } from '../../../src/stats/usable.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';
import { simulateBlock } from '../../fixtures/simulated/simulate-block.ts';

interface Row {
  readonly path?: number;
  readonly group?: number;
  readonly flags?: number;
  readonly rtt: number;
  readonly late?: number;
  readonly kernel?: number;
  readonly server?: number;
}

function samplesOf(rows: readonly Row[]): Samples {
  const samples = emptySamples(rows.length);
  rows.forEach((row, i) => {
    samples.seq[i] = i;
    samples.path[i] = row.path ?? 0;
    samples.group[i] = row.group ?? 0;
    samples.flags[i] = row.flags ?? 0;
    samples.rttNs[i] = row.rtt;
    samples.lateNs[i] = row.late ?? 0;
    samples.kernelReceiveNs[i] = row.kernel ?? 0;
    samples.serverNs[i] = row.server ?? 0;
  });
  return samples;
}

function probeOf(paceNs: number): ProbeSpec {
  return {
    ...{ name: 'rr', protocol: 'tcp_rr', direction: 'guest-to-host1', requestBytes: 1, responseBytes: 1, paceNs },
    ...{ wait: 'block', count: 1, durationNs: null, compare: false },
  };
}

function summaryOf(samples: Samples, more: { readonly paceNs?: number; readonly wallNs?: number } = {}) {
  const { paceNs = 0, wallNs = 1e9 } = more;
  const outcome = summarizePath({ probe: probeOf(paceNs), samples, path: 0, wallNs, seed: 1 });
  assert.equal(outcome.kind, 'summary');
  return outcome.summary;
}

test('warm-up is left out, losses and clipped times are counted apart, disturbed samples stay in', () => {
  const { warmup, lost, saturated, preempted, retransmit, late } = SAMPLE_FLAGS;
  const samples = samplesOf([
    { rtt: 9000, flags: warmup },
    { rtt: 9000, flags: warmup | lost },
    { rtt: 100 },
    { path: 1, rtt: 7 },
    { rtt: 200, flags: lost },
    { rtt: 4_294_967_295, flags: saturated },
    { rtt: 0, flags: lost | saturated },
    { rtt: 300, flags: preempted | late },
    { rtt: 400, flags: preempted | retransmit },
  ]);
  const { counts, indices } = selectUsable(roundTrip.observe(samples), 0);
  assert.deepEqual(counts, { sent: 6, n: 3, lost: 2, discarded: 1, preempted: 2, retransmitted: 1 });
  assert.deepEqual([...pick(samples.rttNs, indices)], [100, 300, 400]);
  assert.deepEqual(selectUsable(roundTrip.observe(samples), 5).counts.sent, 0);
});

test('a usable round trip of zero is a bug, not a statistic', () => {
  assert.throws(() => selectUsable(roundTrip.observe(samplesOf([{ rtt: 0 }])), 0), /has the figure 0/);
});

test('groups keep their numbers, need 80 % of their size, and have exact statistics', () => {
  const rows: Row[] = [];
  const add = (group: number, times: readonly number[], flags = 0): void => {
    for (const rtt of times) rows.push({ group, rtt, flags });
  };
  add(0, [50, 10, 40, 20, 30]);
  add(1, [1, 1, 1]);
  add(1, [1, 1], SAMPLE_FLAGS.lost);
  add(3, [7, 5, 6, 8]);
  add(3, [5000], SAMPLE_FLAGS.lost);
  const groups = groupPath(roundTrip.observe(samplesOf(rows)), 0, 5);
  assert.deepEqual([...groups.numbers], [0, 3]);
  assert.deepEqual([...groups.p50], [30, 6.5]);
  assert.deepEqual([...groups.p25], [20, 5.75]);
  assert.equal(groups.midmean[0], (0.5 * 10 + 20 + 30) / 2.5);
  assert.equal(groups.incomplete, 1);
  assert.equal(groups.counts.lost, 3);
  assert.throws(() => groupPath(roundTrip.observe(samplesOf(rows)), 0, 0), RangeError);
});

test('two paths are paired by group number, and a group that one of them lacks is left out', () => {
  const rows: Row[] = [];
  for (const group of [0, 1, 2]) for (const rtt of [10, 20]) rows.push({ group, rtt: rtt + group });
  for (const group of [2, 4, 0]) for (const rtt of [30, 40]) rows.push({ path: 1, group, rtt: rtt + group });
  const samples = samplesOf(rows);
  const pairs = pairGroups(
    groupPath(roundTrip.observe(samples), 0, 2),
    groupPath(roundTrip.observe(samples), 1, 2),
    'p50',
  );
  assert.deepEqual([...pairs.numbers], [0, 2]);
  assert.deepEqual([...pairs.first], [15, 17]);
  assert.deepEqual([...pairs.second], [35, 37]);
});

test('a summary has the exact figures of its samples', () => {
  const rows = Array.from({ length: 101 }, (_, i) => ({ rtt: 1000 + i, group: Math.floor(i / 10) }));
  const summary = summaryOf(samplesOf([...rows.reverse(), { rtt: 1, flags: SAMPLE_FLAGS.lost }]));
  assert.equal(summary.n, 101);
  assert.equal(summary.lost, 1);
  assert.deepEqual(
    [summary.minNs, summary.p50Ns, summary.p90Ns, summary.p99Ns, summary.maxNs],
    [1000, 1050, 1090, 1099, 1100],
  );
  assert.equal(summary.meanNs, 1050);
  assert.ok(Math.abs(summary.stddevNs - Math.sqrt((101 * 102) / 12)) < 1e-9);
  assert.ok(Math.abs(summary.transactionsPerSecond - 1e9 / 1050) < 1e-6);
  assert.ok(summary.p50Interval !== null && summary.p50Interval.low < 1050 && summary.p50Interval.high > 1050);
  assert.deepEqual(
    [summary.p999Ns, summary.response, summary.wakeupShare, summary.serverP50Ns],
    [null, null, null, null],
  );
});

test('p99.9 appears from 10,000 samples on', () => {
  const make = (length: number): Samples => samplesOf(Array.from({ length }, (_, i) => ({ rtt: i + 1 })));
  assert.equal(summaryOf(make(9999)).p999Ns, null);
  const p999 = summaryOf(make(10_000)).p999Ns;
  assert.ok(p999 !== null && Math.abs(p999 - (1 + 9999 * 0.999)) < 1e-6);
});

test('a paced path has response times and the rate of its own share of the wall time', () => {
  // Two paths at 100 transactions a second in all: each is a path at 100 a second in its half of the time.
  const rows: Row[] = [];
  for (let i = 0; i < 200; i++)
    rows.push({ path: i % 2, rtt: 1000, late: i < 20 ? 500 : 0, group: Math.floor(i / 100) });
  rows[0] = { path: 0, rtt: 5_000_000, flags: SAMPLE_FLAGS.lost };
  const summary = summaryOf(samplesOf(rows), { paceNs: 10_000_000, wallNs: 2e9 });
  assert.ok(Math.abs(summary.transactionsPerSecond - 99) < 1e-9);
  assert.deepEqual(summary.response, { p50Ns: 1000, p99Ns: 1500 });
});

test('the wake-up share and the server time are medians of the stamped samples alone', () => {
  const { kernelStamp, serverStamp } = SAMPLE_FLAGS;
  const summary = summaryOf(
    samplesOf([
      { rtt: 1000, kernel: 600, server: 50, flags: kernelStamp | serverStamp },
      { rtt: 1000, kernel: 700, server: 70, flags: kernelStamp | serverStamp },
      { rtt: 2000, kernel: 1000, flags: kernelStamp },
      { rtt: 500 },
    ]),
  );
  assert.equal(summary.wakeupShare, 0.4);
  assert.equal(summary.serverP50Ns, 60);
});

test('a path that lost everything has counts and no figures', () => {
  const outcome = summarizePath({
    samples: samplesOf([{ rtt: 1, flags: SAMPLE_FLAGS.lost }]),
    probe: probeOf(0),
    path: 0,
    wallNs: 1,
    seed: 1,
  });
  assert.equal(outcome.kind, 'empty');
  assert.equal(outcome.counts.lost, 1);
});

test('a million samples are grouped and summarized in well under the time of a report', () => {
  const samples = simulateBlock({
    random: createNormalRandom(1),
    transactionsPerPath: 500_000,
    logOffsets: [0, 0],
    layout: 'rotation',
  });
  assert.equal(samples.length, 1_000_000);
  const started = process.cpuUsage();
  for (const path of [0, 1]) {
    assert.equal(groupPath(roundTrip.observe(samples), path, 50).numbers.length, 10_000);
    assert.equal(summarizePath({ probe: probeOf(0), samples, path, wallNs: 1, seed: 1 }).kind, 'summary');
  }
  const { user } = process.cpuUsage(started);
  assert.ok(user < 4_000_000, `${user / 1000} ms of CPU time`);
});
