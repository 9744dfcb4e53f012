// SPDX-License-Identifier: GPL-2.0-only
/** What a report says of a run: rows, comparisons, failed cells and warnings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SAMPLE_FLAGS } from '../../../src/model/samples.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { joinSlices, slicePath } from '../../../src/results/run/path-samples.ts';
import { makeSamples } from '../../fixtures/generated-samples.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';
import { cellOf, kinds, recorded, reported, warning } from '../../fixtures/recorded-run.ts';
import { cameTo } from '../../support/came-to.ts';
import { timed } from '../../support/timed.ts';

describe('the rows of a report', () => {
  it('are in the order of the plan, the host first, the twin behind its path', async (context) => {
    const report = await reported(context);
    assert.deepEqual(
      report.probes[0]?.cells.map(({ path }) => path),
      ['host', 'user', 'passt', 'tap', 'tap-twin', 'macvtap'],
    );
  });

  it('say whose twin they are, also where the twin is compared with nothing', async (context) => {
    const report = await reported(context, { draws: 0, paced: true });
    for (const { comparisons, cells } of report.probes) {
      assert.deepEqual(comparisons, []);
      for (const { path, twinOf } of cells) assert.equal(twinOf, path === 'tap-twin' ? 'tap' : null);
    }
  });

  it('hold the samples of all overview blocks of their path, and of no draw', async (context) => {
    const report = await reported(context, { overviewBlocks: 3, count: 400, draws: 2 });
    for (const cell of report.probes[0]?.cells ?? []) assert.equal(cell.n, 1200);
    assert.equal(report.probes[0]?.k, 5);
    assert.equal(cellOf(report, 'host').k, 1);
    assert.equal(cellOf(report, 'tap').k, 5);
  });

  it('give the ratio of the medians to the host of the same probe', async (context) => {
    const report = await reported(context, { paced: true });
    for (const [index, probe] of report.probes.entries()) {
      const host = timed(cellOf(report, 'host', index));
      assert.equal(host.ratioToHost, 1);
      for (const cell of probe.cells.map(timed)) assert.equal(cell.ratioToHost, cell.p50Ns / host.p50Ns);
    }
    assert.ok(Math.abs((cellOf(report, 'tap').ratioToHost ?? 0) - 6.7) < 0.3);
  });

  it('have the rate of their own path in a paced rotation', async (context) => {
    const report = await reported(context, { paced: true });
    assert.equal(report.probes[1]?.probe.paceNs, 10_000_000);
    for (const cell of (report.probes[1]?.cells ?? []).map(timed)) {
      assert.ok(Math.abs(cell.transactionsPerSecond - 100) < 2, `${cell.path}: ${cell.transactionsPerSecond}`);
      assert.ok(cell.response !== null && cell.response.p50Ns > cell.p50Ns);
    }
  });

  it('take the path for not proven when a single block does not show it', async (context) => {
    const report = await reported(context, { unproven: ['passt'] });
    assert.equal(cellOf(report, 'passt').proven, false);
    assert.equal(cellOf(report, 'tap').proven, true);
    const passt = report.probes[0]?.comparisons.find(({ candidate }) => candidate === 'passt');
    assert.equal(passt?.because, 'path not proven in 4 of 4 draws');
    assert.match(
      warning(report, 'not-proven'),
      /^passt: in 6 of 6 blocks the counters .* \(w1-passt rx: 0 for \d+ transactions\)/,
    );
  });

  it('are the same whenever they are computed', async (context) => {
    const run = await recorded(context, { draws: 2 });
    assert.deepEqual(buildReport(run), buildReport(run));
  });
});

describe('samples of several blocks of one path', () => {
  it('keep every sample and never share a group', () => {
    const shape = { levelsNs: [50_000, 300_000], warmup: 10, groupSize: 50, paceNs: 0, lossShare: 0 };
    const first = makeSamples({ ...shape, count: 120, random: createNormalRandom(1) });
    const second = makeSamples({ ...shape, count: 70, random: createNormalRandom(2) });
    const slices = [first, second].map(({ samples, wallNs }) => slicePath(samples, 1, wallNs));
    const joined = joinSlices(slices);
    assert.equal(joined.samples.length, 130 + 80);
    assert.ok(joined.samples.path.every((path) => path === 0));
    const groups = Array.from(joined.samples.group);
    const measured = groups.filter((_, i) => ((joined.samples.flags[i] ?? 0) & SAMPLE_FLAGS.warmup) === 0);
    const sizes = new Map<number, number>();
    for (const group of measured) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    assert.deepEqual(
      [...sizes],
      [
        [0, 50],
        [1, 50],
        [2, 20],
        [3, 50],
        [4, 20],
      ],
    );
    const rtts = slices.flatMap(({ samples }) => Array.from(samples.rttNs));
    assert.deepEqual(Array.from(joined.samples.rttNs), rtts);
    // Two paths, equally often: half of the wall time each.
    assert.ok(Math.abs(joined.wallNs - (first.wallNs + second.wallNs) / 2) < 1);
  });
});

describe('the comparisons of a report', () => {
  it('find what is there, in its direction, and nothing in the twin', async (context) => {
    const report = await reported(context, { draws: 8, guests: 2, plugOffset: 0.003 });
    const found = new Map(report.probes[0]?.comparisons.map((pair) => [pair.candidate, pair]));
    assert.equal(found.size, 4);
    assert.equal(cameTo(found.get('user') ?? assert.fail()), 'slower');
    assert.equal(cameTo(found.get('macvtap') ?? assert.fail()), 'faster');
    assert.equal(cameTo(found.get('passt') ?? assert.fail()), 'equivalent');
    const twin = found.get('tap-twin');
    assert.equal(twin?.isTwin, true);
    assert.equal(cameTo(twin ?? assert.fail()), 'equivalent');
    for (const pair of found.values()) {
      assert.deepEqual([pair.reference, pair.k, pair.draws.length, pair.guests], ['tap', 2, 8, 2]);
      assert.deepEqual([pair.n, pair.standing, pair.because], [8000, 'verdict', '']);
      assert.equal(pair.slots, 'reversed in pairs');
    }
    const macvtap = found.get('macvtap')?.relative ?? 0;
    assert.ok(Math.abs(macvtap - (294_500 / 303_000 - 1)) < 0.006, `${macvtap}`);
    assert.ok(!kinds(report).includes('few-draws'));
    assert.equal(report.reference, 'tap');
  });

  it('are all void when the twin differs from its path', async (context) => {
    const report = await reported(context, { draws: 8, guests: 2, twinOffset: 0.03, plugOffset: 0.002 });
    const pairs = report.probes[0]?.comparisons ?? [];
    for (const pair of pairs.filter(({ isTwin }) => !isTwin)) assert.equal(cameTo(pair), 'invalid');
    assert.match(warning(report, 'twin-failed'), /A\/A control came out 3\.\d % slower/);
  });

  it('warn of too few draws with the command that measures more', async (context) => {
    const report = await reported(context, { draws: 4 });
    assert.match(warning(report, 'few-draws'), /4 draws in 1 guest .*8 draws in 2 guests: hoplab run --thorough$/);
  });

  it('go on without the draws whose samples contradict themselves', async (context) => {
    const report = await reported(context, {
      draws: 4,
      spoil: (block, samples) => {
        if (block.id === 'draw-1-user') samples.rttNs[500] = 0;
      },
    });
    const user = report.probes[0]?.comparisons.find(({ candidate }) => candidate === 'user');
    assert.deepEqual(
      user?.draws.map(({ draw }) => draw),
      [0, 2, 3],
    );
    const [cell] = report.failed;
    assert.deepEqual([cell?.path, cell?.code, cell?.draw?.draw], ['user', 'SAMPLES_IMPOSSIBLE', 1]);
    assert.equal(report.failed.length, 1);
  });

  it('are absent from a run of the overview alone', async (context) => {
    const report = await reported(context, { draws: 0 });
    assert.deepEqual(report.probes[0]?.comparisons, []);
    assert.equal(report.probes[0]?.cells.length, 6);
  });
});

describe('a cell that cannot be reported', () => {
  it('is the failed cell of the path whose samples contradict themselves, and the other rows stay', async (context) => {
    const report = await reported(context, {
      draws: 0,
      spoil: (block, samples) => {
        if (block.id === 'overview-tcp-rr-guest-1') samples.rttNs[samples.path.lastIndexOf(3)] = 0;
      },
    });
    assert.deepEqual(
      report.failed.map(({ path, code, part }) => [path, code, part]),
      [['macvtap', 'SAMPLES_IMPOSSIBLE', 'overview']],
    );
    assert.match(report.failed[0]?.reason ?? '', /overview-tcp-rr-guest-1\.hls \(macvtap\)/);
    assert.deepEqual(
      report.probes[0]?.cells.map(({ path }) => path),
      ['host', 'user', 'passt', 'tap', 'tap-twin'],
    );
  });

  it('is every path of the block when it is the order of the block that cannot be', async (context) => {
    const report = await reported(context, {
      draws: 0,
      spoil: (block, samples) => {
        if (block.id !== 'overview-tcp-rr-guest-0') return;
        // One transaction intended just before its predecessor, which is of another path.
        const at = samples.path.findIndex(
          (path, i) => i > 1000 && path !== samples.path[i - 1] && path !== samples.path[i + 1],
        );
        samples.schedNs[at] = (samples.schedNs[at - 1] ?? 0n) - 1n;
      },
    });
    assert.equal(report.failed.length, 5);
    assert.deepEqual(
      report.probes[0]?.cells.map(({ path }) => path),
      ['host'],
    );
  });

  it('says so when every transaction was lost', async (context) => {
    const report = await reported(context, { draws: 0, lossShare: { host: 1 } });
    const [cell] = report.failed;
    assert.deepEqual([cell?.path, cell?.code], ['host', 'NO_DATA']);
    assert.match(cell?.reason ?? '', /none of 800 transactions can be used: 800 lost/);
    assert.equal(cellOf(report, 'tap').ratioToHost, null);
  });

  it('is a paced path of a block that claims to have taken no time', async (context) => {
    const run = await recorded(context, { draws: 0, paced: true });
    const blocks = run.blocks.map((block) => ({ ...block, counts: { ...block.counts, wallNs: 0 } }));
    const { failed, probes } = buildReport({ ...run, blocks });
    assert.equal(probes.length, 1);
    assert.deepEqual(
      new Set(failed.map(({ code, probe }) => `${probe} ${code}`)),
      new Set(['tcp-rr-10ms RUN_DAMAGED']),
    );
  });

  it('is listed once when the lab has already said why', async (context) => {
    const run = await recorded(context, { draws: 0, lossShare: { host: 1 } });
    const known = { part: 'overview', probe: 'tcp-rr', path: 'host', draw: null, hint: null } as const;
    const failed = [{ ...known, code: 'SERVICE_FAILED', reason: 'the server ended' }];
    assert.deepEqual(buildReport({ ...run, failed }).failed, failed);
  });
});
