// SPDX-License-Identifier: GPL-2.0-only
/** The HdrHistogram log, read back by the JavaScript port of HdrHistogram. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeFromCompressedBase64, type Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { HdrHistogram } from '../../../src/render/formats/hdr/hdr-histogram.ts';
import { renderHdrLog } from '../../../src/render/formats/hdr/hdr-log.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { recorded } from '../../fixtures/recorded-run.ts';
import { RECORDED_RUN, recordedFigures } from '../../fixtures/subjects.ts';
import { timed } from '../../support/timed.ts';

function encoded(values: readonly number[]): Histogram {
  const histogram = new HdrHistogram();
  for (const value of values) histogram.record(value);
  return decodeFromCompressedBase64(histogram.encode());
}

function readLog(text: string): Histogram[] {
  const reader = new HistogramLogReader(text);
  const histograms: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    histograms.push(next as Histogram);
  }
  return histograms;
}

describe('a histogram in the encoding of HdrHistogram', () => {
  it('is read back with every count, within a thousandth of each value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 1, maxLength: 200 }), (values) => {
        const read = encoded(values);
        const sorted = [...values].sort((a, b) => a - b);
        assert.equal(read.totalCount, values.length);
        for (const [index, value] of sorted.entries()) {
          const found = read.getValueAtPercentile((100 * (index + 1)) / values.length);
          assert.ok(found >= value * 0.999 && found <= value * 1.001 + 1, `${found} for ${value}`);
        }
      }),
    );
  });

  it('holds large counts, the least and the greatest value, and nothing', () => {
    const many = encoded([...Array.from({ length: 300_000 }, () => 40_000), 1, 0xffff_ffff]);
    assert.equal(many.totalCount, 300_002);
    assert.ok(Math.abs(many.getValueAtPercentile(50) / 40_000 - 1) < 0.001);
    assert.equal(encoded([]).totalCount, 0);
  });
});

describe('the log of a run', () => {
  it('has an interval a block with a tag a path, whose sums are the table', async () => {
    const { report } = (await recordedFigures()).figures;
    const histograms = readLog([...renderHdrLog([await readRun(RECORDED_RUN)], assert.fail)].join(''));
    for (const { probe, cells } of report.probes) {
      for (const cell of cells.map(timed)) {
        const [first, ...others] = histograms.filter(({ tag }) => tag === `${probe.name}/${cell.path}`);
        assert.ok(first, cell.path);
        for (const other of others) first.add(other);
        assert.equal(first.totalCount, cell.n);
        assert.ok(Math.abs(first.maxValue / cell.maxNs - 1) < 0.002);
        assert.ok(Math.abs(first.getValueAtPercentile(50) / cell.p50Ns - 1) < 0.05);
      }
    }
  });

  it('says what was lost, keeps names on their line, and tells runs apart', async (context) => {
    const run = await recorded(context, { lossShare: { host: 0.01 }, draws: 0 });
    const evil = { ...run, header: { ...run.header, id: 'a,b\nTag=x' } };
    const text = [...renderHdrLog([run, evil], assert.fail)].join('');
    assert.match(text, /^#\[.*host: \d+ lost, in no histogram\]$/m);
    const tags = readLog(text).map(({ tag }) => tag);
    assert.ok(tags.includes(`${run.header.id}/tcp-rr/host`) && tags.includes('a_b_Tag_x/tcp-rr/host'));
  });
});
