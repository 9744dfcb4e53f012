// SPDX-License-Identifier: GPL-2.0-only
/** A check asks several rows at once, those that time something alone, and tells them in their order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Check } from '../../../src/checks/check.ts';
import { silentProgress } from '../../../src/cli/progress.ts';
import { recordCheck } from '../../../src/lab/check.ts';
import { readCheck } from '../../../src/results/check/read.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const IDS = ['slow', 'timed', 'quick', 'last'];

/** Writes down which rows were under way whenever one began. */
function watchedCheck(began: string[][]): Check {
  const underWay = new Set<string>();
  return {
    ...{ name: 'watched', summary: '', subject: 'thing', word: 'THING', wordMeans: '', defaults: [], requires: [] },
    rows: IDS.map((id) => ({ id, title: id, group: 'all' })),
    atOnce: { most: 2, alone: ['timed'] },
    open: async (words) =>
      words.map((id) => ({
        column: { id, title: id, facts: [] },
        async ask(row) {
          underWay.add(row);
          began.push([...underWay].sort());
          await new Promise((resolve) => setTimeout(resolve, row === 'slow' ? 200 : 20));
          underWay.delete(row);
          if (row === 'last') throw new Error('no machine');
          return { outcome: 'yes', found: null, words: row, evidence: [] };
        },
      })),
  };
}

describe('a check', () => {
  it('asks rows at the same time, timed ones alone, and keeps their order', async (context) => {
    const began: string[][] = [];
    const { folder, interrupted } = await recordCheck({
      ...{ check: watchedCheck(began), words: ['a', 'b'], rows: null, label: null, argv: [] },
      ...{ runsRoot: temporaryFolder(context), progress: silentProgress, force: true },
      signal: new AbortController().signal,
    });
    assert.equal(interrupted, false);
    const ofOne = [['timed'], ['slow'], ['quick', 'slow'], ['last', 'slow']];
    assert.deepEqual(began, [...ofOne, ...ofOne]);
    assert.deepEqual(
      readCheck(folder).verdicts.map(({ column, row, outcome }) => `${column} ${row} ${outcome}`),
      ['a', 'b'].flatMap((column) => IDS.map((row) => `${column} ${row} ${row === 'last' ? 'could-not-look' : 'yes'}`)),
    );
  });
});
