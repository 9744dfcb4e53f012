// SPDX-License-Identifier: GPL-2.0-only
/** Runs whose draws were added until they sufficed: their number was not fixed, and no comparison takes it for that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareRuns } from '../../../src/compare/compare-runs.ts';
import type { ComparisonReport } from '../../../src/compare/compare-schema.ts';
import { renderComparison } from '../../../src/compare/compare-text.ts';
import { differenceOf as differenceOfEffect } from '../../../src/compare/effect-figures.ts';
import { differenceOf } from '../../../src/model/figure.ts';
import type { LabSpec } from '../../../src/model/lab-spec.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { compared, edit, primary, side, slowed } from '../../fixtures/compared-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** The same run as if its first two draws had not sufficed. */
function stopped(folder: string): string {
  edit<LabSpec>(folder, 'spec.json', ({ comparison, ...spec }) => ({
    ...spec,
    comparison: { ...comparison, draws: 4, until: { halfWidth: 0.01, maxDraws: 20, maxTimeNs: null } },
  }));
  return folder;
}

const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(b)), `${a} ${b}`);

const width = (report: ComparisonReport, path: string): number => {
  const bounds = primary(report, path).relativeInterval ?? assert.fail('no interval');
  return bounds.high - bounds.low;
};

describe('a run that ended when its draws sufficed', () => {
  it('has the interval, p value and difference of its own report where two of its paths are compared', async (context) => {
    const folder = stopped(await slowed(temporaryFolder(context), 5, { path: 'user', factor: 1.05, draws: 8 }));
    const of = async () =>
      compareRuns(await side('r', [folder], 'tap'), [await side('r', [folder], 'user')], { version: '1' });
    const own = buildReport(await readRun(folder)).probes[0]?.comparisons.find(({ candidate }) => candidate === 'user');
    assert.ok(own?.sequential && own.relativeInterval && own.pValue !== null);
    assert.deepEqual(own.sequential.looks, [4, 6, 8]);
    const effect = primary(await of(), 'user');
    near(effect.relative, own.relative);
    near(effect.relativeInterval?.low ?? 0, own.relativeInterval.low);
    near(effect.relativeInterval?.high ?? 0, own.relativeInterval.high);
    near(effect.pValue ?? 0, own.pValue);
    const [here, there] = [differenceOfEffect(effect), differenceOf(own)];
    near(here.value, there.value);
    near(here.interval?.high ?? 0, there.interval?.high ?? 0);
    assert.match(effect.method, /over draws, as wide as over all looks of --until$/);
  });

  it('has a wider interval against another run than one whose draws were fixed, and the notes say so', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1, { draws: 8 }), await slowed(root, 2, { draws: 8 })];
    const fixed = await compared([a], [b]);
    const until = await compared([stopped(a)], [stopped(b)]);
    for (const path of ['user', 'macvtap']) {
      near(primary(until, path).relative, primary(fixed, path).relative);
      assert.ok(width(until, path) > 1.05 * width(fixed, path));
    }
    near(width(until, 'tap'), width(fixed, 'tap'));
    const options = { width: 400, colour: false, ascii: false, all: false };
    assert.match(
      renderComparison(until, options),
      /--until 1\.0 %, at most 20 draws: 2 runs ended when the draws sufficed/,
    );
    assert.doesNotMatch(renderComparison(fixed, options), /--until/);
    assert.deepEqual(until.baseline.runs[0]?.until, { halfWidth: 0.01, maxDraws: 20 });
  });
});
