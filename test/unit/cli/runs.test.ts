// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab runs`: which runs are listed, which are removed, and what is never touched; what a shell is told of them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { currentOwner } from '../../../src/run-store/run-owner.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { errorOf, hoplab } from '../../support/hoplab.ts';

const HEAD = {
  format: 1,
  label: null,
  startedAt: '2026-03-02T09:30:00.000Z',
  endedAt: '2026-03-02T09:31:00.000Z',
  state: 'finished',
  tool: { name: 'hoplab', version: '0.1.0' },
  argv: ['run'],
};

/** The checkout's own program is what was built into dist/. */
function needsBuild(): string | false {
  return existsSync(join(projectFolder(), 'dist', 'src', 'cli', 'main.js')) ? false : 'needs npm run build';
}

function putRun(root: string, id: string, changes: Readonly<Record<string, unknown>> = {}): void {
  mkdirSync(join(root, id, 'samples'), { recursive: true });
  writeFileSync(join(root, id, 'run.json'), JSON.stringify({ ...HEAD, id, label: id.slice(21) || null, ...changes }));
}

const NIGHTLY = [1, 2, 3, 4].map((day) => `2026030${day}-093000-aaaa-nightly`);
const OTHER = '20260305-093000-bbbb';

function store(context: Parameters<typeof temporaryFolder>[0]): string {
  const root = temporaryFolder(context);
  for (const id of [...NIGHTLY, OTHER]) putRun(root, id);
  return root;
}

async function removed(root: string, ...words: readonly string[]) {
  const outcome = await hoplab(['runs', '--runs', root, '--rm', '--json', ...words]);
  const { removed: ids, left }: { removed: string[]; left: { id: string; why: string }[] } = JSON.parse(outcome.stdout);
  return { code: outcome.code, ids, left };
}

describe('hoplab runs', () => {
  it('lists those with a label, and the newest of them', async (context) => {
    const root = store(context);
    const listed = async (...words: readonly string[]) => {
      const { stdout } = await hoplab(['runs', '--runs', root, '--json', ...words]);
      return JSON.parse(stdout).runs.map(({ id }: { id: string }) => id);
    };
    assert.deepEqual(await listed('--label', 'nightly'), NIGHTLY.toReversed());
    assert.deepEqual(await listed('--label', 'nightly', '--last', '1'), NIGHTLY.slice(-1));
    assert.deepEqual(await listed('--last', '1'), [OTHER]);
  });

  it('removes all with a label but the newest, and prints which', async (context) => {
    const root = store(context);
    const { code, stdout } = await hoplab(['runs', '--runs', root, '--label', 'nightly', '--rm', '--keep', '1']);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout.trim().split('\n'),
      NIGHTLY.slice(0, 3)
        .toReversed()
        .map((id) => `removed ${id}`),
    );
    assert.deepEqual(readdirSync(root).sort(), [...NIGHTLY.slice(3), OTHER]);
  });

  it('does not remove every run by --rm alone, nor keeps without it', async (context) => {
    const root = store(context);
    for (const words of [['--rm'], ['--keep', '2']]) {
      const outcome = await hoplab(['runs', '--runs', root, ...words]);
      assert.equal(outcome.code, 2);
      assert.equal(errorOf(outcome).code, 'USAGE');
    }
    assert.equal(readdirSync(root).length, 5);
  });

  it('leaves a run that is being written, and what is none', async (context) => {
    const root = store(context);
    const owner = currentOwner();
    assert.ok(owner, 'this test needs /proc');
    putRun(root, '20260306-093000-cccc', { state: 'running', endedAt: null, owner });
    putRun(root, '20260306-093000-dddd', { format: 2 });
    mkdirSync(join(root, 'notes'));
    const { code, ids, left } = await removed(root, '--keep', '0');
    assert.equal(code, 1);
    assert.deepEqual(ids, [OTHER, ...NIGHTLY.toReversed()]);
    assert.deepEqual(left, [
      { id: '20260306-093000-dddd', why: 'layout version 2, newer than this hoplab reads' },
      { id: '20260306-093000-cccc', why: 'it is being written' },
    ]);
    assert.deepEqual(readdirSync(root).sort(), ['20260306-093000-cccc', '20260306-093000-dddd', 'notes']);
  });

  it('follows no link out of the folder of runs', async (context) => {
    const root = store(context);
    const outside = temporaryFolder(context);
    putRun(outside, '20260307-093000-eeee');
    symlinkSync(join(outside, '20260307-093000-eeee'), join(root, '20260307-093000-eeee'));
    symlinkSync(outside, join(root, OTHER, 'logs'));
    const { ids } = await removed(root, '--keep', '0');
    assert.equal(ids.length, 5);
    assert.ok(existsSync(join(outside, '20260307-093000-eeee', 'run.json')));
    assert.deepEqual(readdirSync(root), ['20260307-093000-eeee']);
  });
});

describe('what a shell asks while a command is typed', () => {
  const asked = async (...words: readonly string[]) =>
    (await hoplab(['__complete', ...words])).stdout.split('\n').filter((line) => line !== '');

  it('is answered by the runs of that folder, their labels, and the paths of that lab', async (context) => {
    const root = store(context);
    assert.deepEqual(await asked('labels', 'report', '--runs', root), ['nightly']);
    const runs = await asked('runs', 'report', `--runs=${root}`);
    assert.deepEqual(runs, ['latest', 'nightly', OTHER, ...NIGHTLY.toReversed()]);
    const lab = join(root, 'lab.yaml');
    writeFileSync(lab, 'paths: {tap: {}, mine: {backend: tap}, "$(touch owned)": {backend: tap}}\n');
    assert.deepEqual(await asked('paths', 'run', lab, ''), ['tap', 'mine']);
    assert.ok((await asked('paths', 'run')).includes('macvtap'));
  });

  it('is asked by the script of bash, of the program that is typed', { skip: needsBuild() }, async (context) => {
    const root = store(context);
    const { stdout: script } = await hoplab(['completion', 'bash']);
    const typed = (words: string, at: number) =>
      `COMP_WORDS=(${join(projectFolder(), 'hoplab')} ${words}); COMP_CWORD=${at}; _hoplab; echo "\${COMPREPLY[*]}"\n`;
    const lines = [
      script,
      typed('report nig', 2),
      typed('report 20260305', 2),
      typed('runs --label n', 3),
      typed('run macv', 2),
      typed(`compare --runs ${root} --baseline 20260301`, 5),
    ].join('');
    const options = { input: lines, encoding: 'utf8', env: { ...process.env, HOPLAB_RUNS: root } } as const;
    const { stdout } = spawnSync('bash', ['--norc', '-s'], options);
    assert.equal(stdout, `nightly\n${OTHER}\nnightly\nmacvtap\n${NIGHTLY[0]}\n`);
  });

  it('is answered with nothing where there is nothing', async (context) => {
    const root = temporaryFolder(context);
    const none = await hoplab(['__complete', 'runs', 'report', '--runs', join(root, 'none')]);
    assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', '']);
    assert.deepEqual(await asked('what'), []);
  });
});
