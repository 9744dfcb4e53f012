// SPDX-License-Identifier: GPL-2.0-only
/** The index over a folder of runs: it says what the folders say, whatever happened to it or to them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { IndexedRun } from '../../../src/experiments/indexed-run.ts';
import { RunIndex } from '../../../src/run-index/run-index.ts';
import { RUNS } from '../../../src/run-store/shelf.ts';
import { makeRuns } from '../../fixtures/many-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const PAGE = { offset: 0, limit: 50 };

interface Opened {
  readonly root: string;
  readonly index: RunIndex;
}

async function opened(
  context: TestContext,
  root: string,
  { anew = false, cache = join(root, '..', 'cache') } = {},
): Promise<Opened> {
  const index = new RunIndex({ root, cacheFolder: cache, anew });
  context.after(() => index.close());
  await index.whole();
  return { root, index };
}

function runsFolder(context: TestContext): string {
  const root = join(temporaryFolder(context), 'runs');
  mkdirSync(root);
  return root;
}

const ids = (runs: readonly IndexedRun[]) => runs.map(({ id }) => id);

describe('what the index lists', () => {
  it('is every run, trace and diagnosis, the newest first, with figures, machine and label', async (context) => {
    const root = runsFolder(context);
    const made = makeRuns(root, 5);
    const { index } = await opened(context, root);
    const { runs, total } = index.page({}, PAGE);
    assert.equal(total, made.length);
    assert.deepEqual(
      ids(runs),
      made
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    const [newest] = runs;
    assert.ok(newest);
    assert.deepEqual(newest.paths, ['host', 'tap']);
    assert.deepEqual(
      newest.cells.map(({ path, k }) => [path, k]),
      [
        ['host', 1],
        ['tap', 2],
      ],
    );
    assert.equal(newest.hostname, 'bench1');
    assert.equal(newest.problem, null);
  });

  it('is filtered by path, probe, label, state, kind, day and words, and comes in pages', async (context) => {
    const root = runsFolder(context);
    makeRuns(root, 12);
    const { index } = await opened(context, root);
    const count = (filter: Parameters<RunIndex['page']>[0]) => index.page(filter, PAGE).total;
    assert.equal(count({ path: 'tap' }), 12);
    assert.equal(count({ path: 'ta' }), 0);
    assert.equal(count({ path: "tap' OR 1=1 --" }), 0);
    assert.equal(count({ probe: 'tcp-rr' }), 12);
    assert.equal(count({ label: 'even' }), 6);
    assert.equal(count({ state: 'interrupted' }), 0);
    assert.equal(count({ kind: 'diagnosis' }), 0);
    assert.equal(count({ text: 'EVEN bench1' }), 6);
    assert.equal(count({ text: '100%_' }), 0);
    const [first] = index.page({}, { offset: 11, limit: 1 }).runs;
    assert.ok(first);
    const day = first.startedAt.slice(0, 10);
    assert.equal(count({ since: day, until: day }), 12);
    assert.equal(count({ until: '2020-01-01' }), 0);
    const pages = [0, 5, 10].map((offset) => ids(index.page({}, { offset, limit: 5 }).runs));
    assert.deepEqual(pages.flat(), ids(index.page({}, PAGE).runs));
  });

  it('follows folders that come, change and go while it is open', async (context) => {
    const root = runsFolder(context);
    const { index } = await opened(context, root);
    assert.equal(index.page({}, PAGE).total, 0);
    const [made] = makeRuns(root, 1);
    assert.ok(made);
    assert.deepEqual(ids(index.page({}, PAGE).runs), [made.id]);
    const head = join(root, made.id, 'run.json');
    writeFileSync(head, readFileSync(head, 'utf8').replace('"finished"', '"interrupted"'));
    assert.equal(index.page({}, PAGE).runs[0]?.state, 'interrupted');
    rmSync(join(root, made.id), { recursive: true });
    assert.equal(index.page({}, PAGE).total, 0);
    assert.equal(index.get(RUNS, made.id), null);
  });

  it('has what is damaged, half written, newer or dead, with what is wrong', async (context) => {
    const root = runsFolder(context);
    const [cut, newer, dead, bare] = makeRuns(root, 5).map(({ id }) => id);
    assert.ok(cut && newer && dead && bare);
    writeFileSync(join(root, cut, 'run.json'), '{"format": 1,');
    writeFileSync(join(root, newer, 'run.json'), '{"format": 99}');
    const head = JSON.parse(readFileSync(join(root, dead, 'run.json'), 'utf8'));
    const owner = { pid: 1, startTicks: 1, bootId: 'another' };
    writeFileSync(join(root, dead, 'run.json'), JSON.stringify({ ...head, state: 'running', endedAt: null, owner }));
    rmSync(join(root, bare, 'results.json'));
    mkdirSync(join(root, 'diagnoses', '20260302-093000-abcd'), { recursive: true });
    const { index } = await opened(context, root);
    const wrong = new Map(index.page({}, PAGE).runs.map((run) => [run.id, `${run.state}: ${run.problem}`]));
    assert.match(wrong.get(cut) ?? '', /^unreadable: run.json: not valid JSON/);
    assert.match(wrong.get(newer) ?? '', /^unreadable: layout version 99/);
    assert.match(wrong.get(dead) ?? '', /^died: its process is gone/);
    assert.match(wrong.get(bare) ?? '', /^finished: no results.json/);
    assert.match(wrong.get('20260302-093000-abcd') ?? '', /^unreadable: no diagnosis.json/);
    assert.equal(wrong.size, 6);
  });

  it('has no entry for a link, a file, or a folder whose name is no id', async (context) => {
    const root = runsFolder(context);
    const [made] = makeRuns(root, 1);
    assert.ok(made);
    symlinkSync(join(root, made.id), join(root, '20260302-093000-0001'));
    writeFileSync(join(root, '20260302-093000-0002'), '');
    mkdirSync(join(root, '<script>alert(1)'));
    const { index } = await opened(context, root);
    assert.deepEqual(ids(index.page({}, PAGE).runs), [made.id]);
    assert.equal(index.get(RUNS, '20260302-093000-0001'), null);
    assert.equal(index.get(RUNS, '../etc'), null);
  });
});

describe('the file of the index', () => {
  it('lies beside the runs, is used again, and is made anew when asked, damaged, of another version or with a trigger', async (context) => {
    const root = runsFolder(context);
    makeRuns(root, 3);
    const file = join(root, '.index.sqlite');
    const reopened = async (anew = false) => {
      const index = new RunIndex({ root, cacheFolder: join(root, '..', 'cache'), anew });
      await index.whole();
      const { total } = index.page({}, PAGE);
      const { state } = index;
      index.close();
      assert.equal(total, 3);
      return state;
    };
    assert.deepEqual(await reopened(), { file, why: null, rebuilt: null, pending: 0 });
    assert.ok(existsSync(file));
    assert.equal((await reopened()).rebuilt, null);
    assert.equal((await reopened(true)).rebuilt, null);
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(8192, 0x5a)]));
    assert.notEqual((await reopened()).rebuilt, null);
    writeFileSync(file, 'not a database at all, and longer than its head would be'.repeat(20));
    assert.notEqual((await reopened()).rebuilt, null);
    writeFileSync(file, whole.subarray(0, 1000));
    assert.notEqual((await reopened()).rebuilt, null);
    const { default: sqlite } = await import('node-sqlite3-wasm');
    const change = (sql: string) => {
      const database = new sqlite.Database(file);
      database.exec(sql);
      database.close();
    };
    change('PRAGMA user_version = 7');
    assert.match((await reopened()).rebuilt ?? '', /of version 7/);
    change("CREATE TRIGGER planted AFTER DELETE ON runs BEGIN SELECT 'x'; END");
    assert.equal((await reopened()).rebuilt, 'it holds another table');
    assert.equal((await reopened()).rebuilt, null);
  });

  it('copied with its folder is not believed: the folders are read again', async (context) => {
    const root = runsFolder(context);
    const [made] = makeRuns(root, 1);
    assert.ok(made);
    const first = new RunIndex({ root, cacheFolder: root, anew: false });
    await first.whole();
    first.close();
    const copy = join(root, '..', 'copy');
    cpSync(root, copy, { recursive: true });
    const head = join(copy, made.id, 'run.json');
    writeFileSync(head, readFileSync(head, 'utf8').replace('"finished"', '"failed"'));
    const { index } = await opened(context, copy);
    assert.equal(index.page({ state: 'failed' }, PAGE).total, 1);
  });

  it('is left by a killed process without standing in the way, lock and all', async (context) => {
    const root = runsFolder(context);
    makeRuns(root, 3);
    const module = fileURLToPath(new URL('../../../src/run-index/run-index.js', import.meta.url));
    const script = `import { RunIndex } from ${JSON.stringify(module)};
      new RunIndex({ root: ${JSON.stringify(root)}, cacheFolder: '/nowhere', anew: false }).page({}, { offset: 0, limit: 1 });
      process.kill(process.pid, 'SIGKILL');`;
    assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' }));
    assert.ok(existsSync(join(root, '.index.sqlite.lock')), 'the lock of the killed process is there');
    const { index } = await opened(context, root);
    assert.equal(index.state.file, join(root, '.index.sqlite'));
    assert.equal(index.page({}, PAGE).total, 3);
  });

  it('of a folder that another process uses lies in the cache, and in memory where that is taken too', async (context) => {
    const root = runsFolder(context);
    makeRuns(root, 2);
    const indexes: RunIndex[] = [];
    for (let i = 0; i < 3; i++) indexes.push((await opened(context, root)).index);
    assert.deepEqual(
      indexes.map(({ state }) => state.file?.endsWith('.sqlite') ?? false),
      [true, true, false],
    );
    assert.match(indexes[1]?.state.why ?? '', /another hoplab serve uses/);
    for (const index of indexes) assert.equal(index.page({}, PAGE).total, 2);
    makeRuns(root, 1, 50);
    for (const index of indexes) assert.equal(index.page({}, PAGE).total, 3);
  });

  it('is never opened through a link, nor in a folder that is one', async (context) => {
    const root = runsFolder(context);
    makeRuns(root, 1);
    const outside = join(root, '..', 'outside');
    writeFileSync(outside, 'mine');
    symlinkSync(outside, join(root, '.index.sqlite'));
    const { index } = await opened(context, root);
    assert.equal(index.page({}, PAGE).total, 1);
    assert.equal(readFileSync(outside, 'utf8'), 'mine');
    symlinkSync(root, join(root, '..', 'linked'));
    const linked = await opened(context, join(root, '..', 'linked'));
    assert.equal(linked.index.state.why, 'the folder of runs is a link');
    assert.equal(linked.index.page({}, PAGE).total, 1);
  });

  it('of a folder that is not there yet is empty, and finds it when it comes', async (context) => {
    const root = join(temporaryFolder(context), 'runs');
    const { index } = await opened(context, root);
    assert.equal(index.page({}, PAGE).total, 0);
    mkdirSync(`${root}.made`);
    makeRuns(`${root}.made`, 2);
    renameSync(`${root}.made`, root);
    assert.equal(index.page({}, PAGE).total, 2);
  });
});
