// SPDX-License-Identifier: GPL-2.0-only
/** What is said of a folder of runs that is missing, is a file, or is closed to this user; doctor tries it as `run` does. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runsFolder } from '../../../src/cli/runs-ability.ts';
import { tryRunsFolder } from '../../../src/run-store/try-runs-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { errorOf, hoplab } from '../../support/hoplab.ts';

const ROOT = process.getuid?.() === 0;

describe('a folder of runs that cannot be read', () => {
  it('is one error with the next command, whoever looks for runs', async (context) => {
    const file = join(temporaryFolder(context), 'notes.txt');
    writeFileSync(file, 'mine');
    for (const words of [['runs'], ['report'], ['compare', 'a', 'b'], ['trend'], ['serve', '--port', '0']]) {
      for (const [env, more] of [
        [{ HOPLAB_RUNS: file }, []],
        [{}, ['--runs', file]],
      ] as const) {
        const outcome = await hoplab([...words, ...more], { env, timeoutMs: 30_000 });
        assert.equal(outcome.code, 1, words.join(' '));
        const { code, message, hint } = errorOf(outcome);
        assert.deepEqual(
          [code, message],
          ['RUNS_UNREADABLE', `look for runs in ${file}: that is a file, and no folder`],
        );
        assert.match(hint, /^hoplab runs --runs FOLDER, or HOPLAB_RUNS=FOLDER/);
      }
    }
  });

  it('is said to be missing where it is, which is no error of a list', async (context) => {
    const none = join(temporaryFolder(context), 'none');
    const { code, stderr } = await hoplab(['runs', '--runs', none]);
    assert.deepEqual([code, stderr], [0, `there is no folder ${none}; hoplab run makes one\n`]);
    for (const words of [['report'], ['trend'], ['compare']])
      assert.ok((await hoplab([...words, '--runs', none])).stderr.includes(`there is no folder ${none}`), words[0]);
  });

  it('says whose it is where it is closed', { skip: ROOT && 'root may read every folder' }, async (context) => {
    const root = join(temporaryFolder(context), 'runs');
    mkdirSync(root, { mode: 0o000 });
    context.after(() => chmodSync(root, 0o700));
    const { stderr } = await hoplab(['runs', '--runs', root]);
    assert.match(stderr, /permission denied \(EACCES\); it is of user \d+, mode 0\n/);
  });
});

describe('the folder of runs, as doctor tries it', () => {
  it('is made as far as it must be, and nothing of it stays', async (context) => {
    const folder = temporaryFolder(context);
    for (const root of [folder, join(folder, 'a', 'b')])
      assert.deepEqual(await tryRunsFolder(root), { ok: true, value: { folder } });
    assert.deepEqual(readdirSync(folder), []);
    assert.equal((await runsFolder(folder)).state, 'yes');
  });

  it('is refused for the reason for which a run would be', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'mine');
    symlinkSync(join(folder, 'gone', 'runs'), join(folder, 'dangling'));
    for (const [root, why] of [
      [file, /a part of that path is a file/],
      [join(file, 'a', 'b'), /a part of that path is a file/],
      [join(folder, 'dangling'), /leads nowhere/],
      ['/proc/runs', /leads nowhere|not permitted|denied/],
    ] as const) {
      const { state, found, hint } = await runsFolder(root, 0);
      assert.equal(state, 'no', root);
      assert.match(found, why);
      assert.match(hint, /HOPLAB_RUNS=/);
    }
  });

  it('is open for a user who may not write it: root records', {
    skip: ROOT && 'root may write every folder',
  }, async (context) => {
    const root = join(temporaryFolder(context), 'runs');
    mkdirSync(root, { mode: 0o555 });
    const { state, found, hint } = await runsFolder(root);
    assert.equal(state, 'open');
    assert.match(found, /permission denied \(EACCES\); .* is of user \d+, mode 555/);
    assert.match(hint, /^sudo hoplab doctor/);
  });
});
