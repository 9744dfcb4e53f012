// SPDX-License-Identifier: GPL-2.0-only
/** The control of what is compared is asked for, whatever was chosen, and no row claims by a weaker test than another. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CompareOptions, compareRuns } from '../../../src/compare/compare-runs.ts';
import type { ComparedCell, ComparisonReport, Effect } from '../../../src/compare/compare-schema.ts';
import { judgeCells } from '../../../src/compare/judge.ts';
import { isDifferent } from '../../../src/model/result.ts';
import { cellFor, compared, primary, side, slowed } from '../../fixtures/compared-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { cameTo } from '../../support/came-to.ts';

interface Of {
  readonly folders: readonly [string, string];
  readonly paths: readonly [string, string];
  readonly options?: Partial<CompareOptions>;
}

async function paths({ folders, paths: [a, b], options = {} }: Of): Promise<ComparisonReport> {
  const baseline = await side(`r:${a}`, [folders[0]], a);
  return compareRuns(baseline, [await side(`r:${b}`, [folders[1]], b)], { version: '1', ...options });
}

const QUIET = { plugOffset: 0.0005 } as const;

describe('two paths of one run that has a twin', () => {
  it('are controlled where the twin is the same as the path that it doubles', async (context) => {
    const folder = await slowed(temporaryFolder(context), 5, { path: 'user', factor: 1.05, ...QUIET });
    const report = await paths({ folders: [folder, folder], paths: ['tap', 'user'] });
    const control = cellFor(report, 'tap-twin');
    assert.deepEqual([control.path, control.twinOf, control.effects.length], ['tap', 'tap', 1]);
    assert.equal(cameTo(primary(report, 'tap-twin')), 'equivalent');
    const { validity, because } = primary(report, 'user');
    assert.deepEqual([validity, because], ['valid', '']);
    const unasked = await paths({
      folders: [folder, folder],
      paths: ['tap', 'user'],
      options: { statistics: ['p90'] },
    });
    assert.equal(primary(unasked, 'user', 'p90').validity, 'valid', 'p90 has the control of p50');
  });

  it('are not controlled where the twin is inconclusive, and void where it differs', async (context) => {
    const root = temporaryFolder(context);
    const noisy = await slowed(root, 5, { plugOffset: 0.02 });
    const unclear = await paths({ folders: [noisy, noisy], paths: ['tap', 'user'] });
    assert.equal(cameTo(primary(unclear, 'tap-twin')), 'inconclusive');
    for (const path of ['user', 'tap-twin']) assert.equal(primary(unclear, path).validity, 'not-controlled', path);
    assert.match(primary(unclear, 'user').because, /not controlled: the A\/A control is inconclusive$/);
    const off = await slowed(root, 6, { twinOffset: 0.1, ...QUIET });
    const failed = primary(await paths({ folders: [off, off], paths: ['tap', 'user'] }), 'user');
    assert.equal(failed.validity, 'invalid');
    assert.match(failed.because, /^the A\/A control tap-twin came out different, although it is tap twice$/);
  });

  it('have one control, which is the row itself where the twin was asked for', async (context) => {
    const folder = await slowed(temporaryFolder(context), 5, QUIET);
    for (const [a, b] of [
      ['tap', 'tap-twin'],
      ['tap-twin', 'tap'],
    ] as const) {
      const { cells } = await paths({ folders: [folder, folder], paths: [a, b] });
      assert.deepEqual(
        cells.map(({ path, candidatePath, twinOf }) => [path, candidatePath, twinOf]),
        [[a, b, 'tap']],
      );
    }
    const other = await paths({ folders: [folder, folder], paths: ['user', 'tap-twin'] });
    const [row] = other.cells;
    assert.deepEqual([row?.candidatePath, row?.twinOf], ['tap-twin', null], 'against another path it is no control');
  });
});

describe('chosen paths of two runs that have a twin', () => {
  it('are controlled by the twin of both', async (context) => {
    const root = temporaryFolder(context);
    const folders = [await slowed(root, 1, QUIET), await slowed(root, 2, QUIET)] as const;
    const whole = await compared([folders[0]], [folders[1]]);
    const { validity } = primary(whole, 'macvtap');
    assert.equal(validity, 'valid');
    const chosen = await paths({ folders, paths: ['macvtap', 'macvtap'] });
    const only = await compared([folders[0]], [folders[1]], { only: ['macvtap'] });
    for (const report of [chosen, only]) {
      assert.equal(primary(report, 'macvtap').validity, validity);
      assert.deepEqual(
        report.cells.map(({ path, candidatePath }) => [path, candidatePath]),
        [
          ['macvtap', 'macvtap'],
          ['tap-twin', 'tap-twin'],
        ],
      );
    }
  });

  it('bring no control where nothing is divided', async (context) => {
    const root = temporaryFolder(context);
    const folders = [await slowed(root, 1, QUIET), await slowed(root, 2, QUIET)] as const;
    const alone = await paths({ folders, paths: ['tap', 'tap'] });
    assert.deepEqual(
      alone.cells.map(({ path }) => path),
      ['tap'],
    );
  });
});

describe('a ratio that other work made void', () => {
  it('stays void where there is no control as well', async (context) => {
    const folder = await slowed(temporaryFolder(context), 5, QUIET);
    const { cells, unlike, baseline, candidates } = await paths({ folders: [folder, folder], paths: ['host', 'user'] });
    const busy = [baseline, ...candidates].map((one) => ({
      ...one,
      runs: one.runs.map((run) => ({ ...run, busy: true })),
    }));
    const alone = cells.filter(({ twinOf }) => twinOf === null);
    const [judged] = judgeCells(alone, { unlike, sides: busy, loadAllowed: false });
    const [effect] = judged?.effects ?? [];
    assert.deepEqual(effect?.basis, { kind: 'direct', within: 'rounds' });
    assert.equal(effect?.validity, 'invalid');
    assert.match(effect?.because ?? '', /^other work had all CPUs/);
  });
});

describe('the correction for many rows', () => {
  /** Every row as sure as this, none of them wide of the margin. */
  function allAt(cells: readonly ComparedCell[], pValue: number): readonly ComparedCell[] {
    const sure = (effect: Effect): Effect => ({
      ...effect,
      ...{ pValue, relative: 0.03, relativeInterval: { low: 0.001, high: 0.059 } },
      ...{ outcome: 'different', direction: 'slower', holds: false, because: '' },
    });
    return cells.map((cell) => ({ ...cell, effects: cell.effects.map(sure) }));
  }

  it('is that of a twin and of what is shown beside the others as well', async (context) => {
    const root = temporaryFolder(context);
    const { cells } = await compared([await slowed(root, 1)], [await slowed(root, 2)]);
    const effects = (judged: readonly ComparedCell[]): Effect[] => judged.flatMap((cell) => cell.effects);
    const context5 = { unlike: [], sides: [], loadAllowed: false };
    const weak = judgeCells(allAt(cells, 0.03), context5);
    assert.deepEqual(effects(weak).filter(isDifferent), []);
    const twin = weak.find(({ twinOf }) => twinOf !== null) ?? assert.fail('no twin');
    const over = effects(cells).filter((one) => one.primary).length;
    const beside = effects(cells).filter((one) => !one.primary).length;
    assert.ok(twin.effects.some((one) => !one.primary) && beside > 1 && over > beside);
    for (const effect of twin.effects) {
      const { holmPValue, because, primary: judged } = effect;
      assert.equal(holmPValue, Math.min(1, 0.03 * (judged ? over : beside)));
      assert.match(because, new RegExp(`Holm's correction for ${judged ? over : beside} effects`));
    }
    const strong = judgeCells(allAt(cells, 1e-6), context5);
    const control = strong.find(({ twinOf }) => twinOf !== null) ?? assert.fail('no twin');
    assert.ok(control.effects.every(isDifferent), 'a control that fails for sure still says so');
  });
});
