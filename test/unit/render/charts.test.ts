// SPDX-License-Identifier: GPL-2.0-only
/** Scales, ticks and the cutting down of samples: what the pictures rest on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SAMPLE_FLAGS } from '../../../src/model/samples.ts';
import { bottomAxis, pathThrough } from '../../../src/render/charts/frame.ts';
import { linearScale, logScale, symmetricLogScale } from '../../../src/render/charts/scale.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { readDistributions } from '../../../src/results/run/distribution.ts';
import { growingColumn } from '../../../src/results/run/growing-column.ts';
import { binStart, logBins } from '../../../src/results/run/log-bins.ts';
import { timeBuckets } from '../../../src/results/run/time-buckets.ts';
import { sortedCopy } from '../../../src/stats/sorted.ts';
import { recorded } from '../../fixtures/recorded-run.ts';
import { timed } from '../../support/timed.ts';

const TIME = fc.integer({ min: 1, max: 0xffff_ffff });

describe('scales', () => {
  it('are monotone, end where they should, and have between 2 and 14 labels inside', () => {
    fc.assert(
      fc.property(TIME, fc.double({ min: 1.1, max: 1e6, noNaN: true }), (low, factor) => {
        for (const scale of [
          linearScale(low, low * factor, { from: 0, to: 700 }),
          logScale(low, low * factor, { from: 0, to: 700 }),
        ]) {
          assert.ok(Math.abs(scale.place(low)) < 1e-6 && Math.abs(scale.place(low * factor) - 700) < 1e-6);
          assert.ok(scale.place(low * Math.sqrt(factor)) > 0);
          const labels = scale.ticks.filter(({ labelled }) => labelled);
          assert.ok(
            labels.length >= 2 && labels.length <= 14,
            `${labels.length} labels from ${low} to ${low * factor}`,
          );
          for (const { value } of scale.ticks) assert.ok(scale.place(value) > -0.01 && scale.place(value) < 700.01);
        }
      }),
    );
  });

  it('bend around 0 so that 1 % and 300 % both have room', () => {
    const scale = symmetricLogScale(-0.05, 3, 0.01, { from: 0, to: 600 });
    assert.ok(scale.place(0.01) - scale.place(0) > 40);
    assert.ok(scale.place(3) - scale.place(1) > 40);
    assert.ok(scale.ticks.some(({ value, labelled }) => value === 0 && labelled));
    assert.equal(Math.round(scale.place(3)), 600);
  });

  it('have labels that do not stand on each other, 0 among them, however narrow the axis is', () => {
    const percent = (share: number): string => `${share > 0 ? '+' : ''}${Math.round(100 * share)} %`;
    for (const right of [120, 336, 360, 700]) {
      const plot = { left: 0, right, top: 0, bottom: 100 };
      const scale = symmetricLogScale(-0.03, 0.6, 0.01, { from: 0, to: right });
      const drawn = String(bottomAxis(scale, plot, percent, ''));
      const labels = [...drawn.matchAll(/<text x="([\d.]+)"[^>]*>([^<]+ %)<\/text>/g)];
      assert.ok(labels.some(([, , text]) => text === '0 %'));
      const spans = labels
        .map(([, x, text = '']) => ({ at: Number(x), half: text.length * 3.5 }))
        .sort((a, b) => a.at - b.at);
      for (const [i, { at, half }] of spans.entries()) {
        const before = spans[i - 1];
        assert.ok(before === undefined || before.at + before.half < at - half, `${labels.map(([, , text]) => text)}`);
      }
    }
  });

  it('survive a range of nothing', () => {
    for (const scale of [
      linearScale(5, 5, { from: 0, to: 10 }),
      logScale(5, 5, { from: 0, to: 10 }),
      symmetricLogScale(0, 0, 0.01, { from: 0, to: 10 }),
    ]) {
      assert.ok(Number.isFinite(scale.place(5)) && scale.ticks.length < 100);
    }
  });

  it('a path leaves out points that no screen tells apart', () => {
    assert.equal(
      pathThrough([
        [0, 0],
        [0.01, 0.01],
        [1, 2],
        [1.04, 2],
      ]),
      'M0 0L1 2',
    );
  });
});

describe('samples cut down', () => {
  it('a histogram counts every sample in the bin that holds it', () => {
    fc.assert(
      fc.property(fc.array(TIME, { minLength: 1 }), (values) => {
        const bins = logBins(sortedCopy(Uint32Array.from(values)));
        assert.equal(
          bins.counts.reduce((a, b) => a + b, 0),
          values.length,
        );
        const [least, most] = [Math.min(...values), Math.max(...values)];
        assert.ok(binStart(bins, 0) <= least * 1.000001 && binStart(bins, bins.counts.length) >= most * 0.999999);
      }),
    );
  });

  it('buckets over time keep every extreme where it was, and every loss', () => {
    const samples = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5000 }), rtt: TIME, lost: fc.boolean() }), {
      minLength: 1,
      maxLength: 3000,
    });
    fc.assert(
      fc.property(samples, (all) => {
        let at = 0;
        const timed = all.map((one) => {
          at += one.gap;
          return { ...one, at };
        });
        const usable = timed.filter(({ lost }) => !lost);
        const lost = timed.filter((one) => one.lost);
        const buckets = timeBuckets({
          rttNs: Uint32Array.from(usable, ({ rtt }) => rtt),
          atTicks: Uint32Array.from(usable, (one) => one.at),
          lostTicks: Uint32Array.from(lost, (one) => one.at),
          tickNs: 1000,
          blocksNs: [0],
        });
        assert.equal(
          buckets.n.reduce((a, b) => a + b, 0),
          usable.length,
        );
        assert.equal(buckets.lostCount, lost.length);
        assert.ok(buckets.bucket.length <= 2000 && (buckets.bucket.at(-1) ?? 0) < 2000);
        for (const [i, number] of buckets.bucket.entries()) {
          const inside = usable
            .filter((one) => Math.floor((one.at * 1000) / buckets.stepNs) === number)
            .map(({ rtt }) => rtt);
          assert.equal(buckets.minNs[i], Math.min(...inside));
          assert.equal(buckets.maxNs[i], Math.max(...inside));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('a curve has the least, the greatest, and no gap of more than a hundredth of all', async (context) => {
    const run = await recorded(context, { count: 3000, lossShare: { host: 0.01 }, draws: 0 });
    const report = buildReport(run);
    const distributions = readDistributions(run, report);
    const cells = report.probes.flatMap((probe) => probe.cells).map(timed);
    assert.equal(distributions.length, cells.length);
    for (const [index, distribution] of distributions.entries()) {
      const cell = cells[index];
      assert.equal(distribution.n, cell?.n);
      assert.equal(distribution.lost, cell?.lost);
      assert.equal(distribution.curve[0]?.ns, cell?.minNs);
      assert.equal(distribution.curve.at(-1)?.ns, cell?.maxNs);
      assert.equal(distribution.curve.at(-1)?.below, 1);
      assert.equal(distribution.quantiles.find(({ p }) => p === 0.99)?.ns, cell?.p99Ns);
      assert.ok(distribution.curve.length < 400);
      for (const [i, point] of distribution.curve.entries()) {
        const before = distribution.curve[i - 1] ?? { below: 0, ns: 0 };
        assert.ok(point.below - before.below < 0.01 && point.ns >= before.ns);
      }
      assert.equal(Math.max(...distribution.time.maxNs), cell?.maxNs);
      assert.equal(distribution.time.lostCount, cell?.lost);
    }
  });

  it('a block that is damaged is left out of the pictures as it is of the table', async (context) => {
    const run = await recorded(context, {
      draws: 0,
      spoil: (block, samples) => {
        if (block.id.endsWith('guest-0')) samples.flags.fill(SAMPLE_FLAGS.warmup);
      },
    });
    const [host] = readDistributions(run, buildReport(run));
    assert.ok(host && host.n > 0);
  });

  it('a column grows and keeps what is in it', () => {
    const column = growingColumn();
    for (let i = 0; i < 5000; i++) column.add(i);
    assert.equal(column.length, 5000);
    assert.ok(column.values().every((value, index) => value === index));
  });
});
