// SPDX-License-Identifier: GPL-2.0-only
/** What a user types, as the sides of a comparison. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Selection, selectSides } from '../../../src/compare/select-sides.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import type { RunHeader } from '../../../src/model/run-header.ts';
import { edit } from '../../fixtures/compared-runs.ts';
import { recordedRuns } from '../../fixtures/recorded-comparisons.ts';

const NOTHING: Omit<Selection, 'root'> = { words: [], baseline: [], since: null, label: null, last: null };

/** The names of the runs of both sides. */
async function selected(root: string, selection: Partial<Selection>) {
  const { baseline, candidates, setAside } = await selectSides({ ...NOTHING, root, ...selection });
  const ids = ({ runs }: typeof baseline): string[] => runs.map(({ path }) => basename(path));
  return { baseline: ids(baseline), candidates: candidates.map(ids), sides: [baseline, ...candidates], setAside };
}

const fails = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof HoplabError && error.code === code && pattern.test(`${error.message} ${error.hint}`);

/** Twelve runs with the label nightly, then eight more; ids in order. */
function nightly(context: TestContext): { readonly root: string; readonly ids: string[] } {
  const { root, folders } = recordedRuns(context, 'nightly');
  return { root, ids: folders.map((folder) => basename(folder)) };
}

describe('the words of a comparison', () => {
  it('are ids, beginnings of ids, labels, folders and "latest"', async (context) => {
    const { root, ids } = nightly(context);
    const [first = '', second = ''] = ids;
    const last = ids.at(-1) ?? '';
    const two = await selected(root, { words: [first, 'latest'] });
    assert.deepEqual([two.baseline, two.candidates], [[first], [[last]]]);
    const prefix = await selected(root, { words: [first.slice(0, 20), join(root, second)] });
    assert.deepEqual([prefix.baseline, prefix.candidates], [[first], [[second]]]);
    const joined = await selected(root, { words: [`${first},${second}`, 'latest'] });
    assert.deepEqual(joined.baseline, [first, second]);
  });

  it('that are a label are all its runs, less those of the other side', async (context) => {
    const { root, ids } = nightly(context);
    const { baseline, candidates } = await selected(root, { baseline: ['nightly'], words: ['latest'] });
    assert.deepEqual(baseline, ids.slice(0, -1));
    assert.deepEqual(candidates, [ids.slice(-1)]);
    const five = await selected(root, { baseline: ['nightly'], last: 5 });
    assert.deepEqual([five.baseline, five.candidates], [ids.slice(-5, -1), [ids.slice(-1)]]);
  });

  it('with a path behind a colon are of that path, also twice in one run', async (context) => {
    const { root, ids } = nightly(context);
    const [first = ''] = ids;
    const { sides } = await selected(root, { words: [`${first}:tap`, `${first}:macvtap`] });
    assert.deepEqual(
      sides.map(({ path }) => path),
      ['tap', 'macvtap'],
    );
    await assert.rejects(
      selected(root, { words: [`${first}:tpa`, 'latest'] }),
      fails('USAGE', /no path "tpa"; there are host, tap, macvtap/),
    );
    await assert.rejects(
      selected(root, { words: [`${first}:`, 'latest'] }),
      fails('USAGE', /belongs behind the colon/),
    );
    await assert.rejects(
      selected(root, { words: [first, first] }),
      fails('USAGE', /are the same run.*RUN:tap RUN:macvtap/),
    );
  });

  it('with a colon in the name of a folder are that folder', async (context) => {
    const { root, ids } = nightly(context);
    const [first = '', second = ''] = ids;
    const odd = join(root, 'copy:tap');
    mkdirSync(odd);
    const { cpSync } = await import('node:fs');
    cpSync(join(root, first), odd, { recursive: true });
    const { sides } = await selected(root, { words: [odd, second] });
    assert.equal(sides[0]?.path, null);
  });

  it('divide at a day, a time or a run with --since', async (context) => {
    const { root, ids } = nightly(context);
    const at = ids[12] ?? '';
    for (const since of [at, '2026-11-25T21:20', '2026-11-25 21:20:00']) {
      const { baseline, candidates } = await selected(root, { since });
      assert.deepEqual([baseline, candidates], [ids.slice(0, 12), [ids.slice(12)]]);
    }
    const last = await selected(root, { since: at, last: 3 });
    assert.deepEqual([last.baseline, last.candidates], [ids.slice(9, 12), [ids.slice(-3)]]);
    await assert.rejects(
      selected(root, { since: '2026-11-20' }),
      fails('RUN_NOT_FOUND', /before 2026-11-20: there is none/),
    );
    await assert.rejects(
      selected(root, { since: '2026-13-45' }),
      { code: 'USAGE', message: '--since 2026-13-45: there is no such day or time', hint: undefined },
      'the hint is that of the command that was called',
    );
    await assert.rejects(selected(root, { since: at, label: 'other' }), fails('RUN_NOT_FOUND', /there is none/));
    await assert.rejects(selected(root, { since: at, words: ['latest'] }), fails('USAGE', /one too many/));
  });

  it('that are missing are asked for, with an example of the runs that there are', async (context) => {
    const { root, ids } = nightly(context);
    await assert.rejects(selected(root, {}), fails('USAGE', new RegExp(`compare ${ids.at(-2)} ${ids.at(-1)}`)));
    await assert.rejects(selected(root, { words: ['latest'] }), fails('USAGE', /needs two runs/));
    await assert.rejects(selected(root, { words: ['latest', 'nowhere'] }), fails('RUN_NOT_FOUND', /nowhere/));
    const empty = join(root, 'empty');
    await assert.rejects(selected(empty, { words: ['a', 'b'] }), fails('RUN_NOT_FOUND', /there is no folder/));
  });
});

describe('runs that are of no use', () => {
  it('are set aside with the reason, and the others are taken', async (context) => {
    const { root, ids } = nightly(context);
    const [damaged = '', newer = '', running = '', half = ''] = ids;
    writeFileSync(join(root, damaged, 'run.json'), '{"format": 1');
    edit<RunHeader>(join(root, newer), 'run.json', (header) => ({ ...header, format: 99 }));
    edit<RunHeader>(join(root, running), 'run.json', (header) => ({ ...header, state: 'running', owner: undefined }));
    rmSync(join(root, half, 'blocks'), { recursive: true });
    const { baseline, setAside } = await selected(root, { baseline: ['nightly'], words: ['latest'] });
    assert.deepEqual(baseline, ids.slice(4, -1));
    // The head of the first two cannot be read, so that they have no label.
    assert.deepEqual(setAside.map(({ run }) => run).sort(), [running, half].sort());
    const since = await selected(root, { since: ids[12] ?? '' });
    assert.deepEqual(
      since.setAside.map(({ run }) => run),
      [damaged, newer, running, half],
    );
    assert.match(since.setAside[1]?.reason ?? '', /newer than this hoplab/);
    await assert.rejects(selected(root, { words: [newer, 'latest'] }), fails('RUN_TOO_NEW', /version 99/));
    await assert.rejects(selected(root, { words: [half, 'latest'] }), fails('NO_DATA', /has no block/));
  });
});
