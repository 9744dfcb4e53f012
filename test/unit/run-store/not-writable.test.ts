// SPDX-License-Identifier: GPL-2.0-only
/** A runs folder that refuses to be written: an error with a code that says why, and the way out. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { createRunFolder } from '../../../src/run-store/create-run-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const START = { label: null, version: '0.1.0', argv: ['run'] };
const ROOT = process.getuid?.() === 0;
const HINT = /HOPLAB_RUNS=/;

describe('a runs folder that cannot be written', () => {
  it('is named when a file is in the way, at its end or before it', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'mine');
    for (const root of [file, join(file, 'runs'), join(file, 'a', 'b')]) {
      await assert.rejects(createRunFolder(root, START), {
        code: 'RUN_NOT_WRITABLE',
        message: `make a run folder in ${root}: a part of that path is a file (ENOTDIR)`,
        hint: HINT,
      });
    }
  });

  it('is named when a link leads nowhere or round in a circle', async (context) => {
    const folder = temporaryFolder(context);
    symlinkSync(join(folder, 'gone', 'runs'), join(folder, 'dangling'));
    symlinkSync(join(folder, 'circle'), join(folder, 'circle'));
    for (const name of ['dangling', 'circle']) {
      const root = join(folder, name);
      await assert.rejects(createRunFolder(root, START), { code: 'RUN_NOT_WRITABLE', message: new RegExp(root) });
    }
  });

  it('is named when the user may not write there', async (context) => {
    const root = join(temporaryFolder(context), 'runs');
    mkdirSync(root, { mode: 0o555 });
    chmodSync(dirname(root), 0o755);
    // Root may write anywhere.
    if (ROOT) process.seteuid?.('nobody');
    try {
      await assert.rejects(createRunFolder(root, START), {
        code: 'RUN_NOT_WRITABLE',
        message: /permission denied \(EACCES\)$/,
        hint: HINT,
      });
    } finally {
      if (ROOT) process.seteuid?.(0);
    }
  });

  it('is named when its file system takes no folders, even from root', {
    skip: ROOT && process.platform === 'linux' ? false : 'needs root on Linux, for which /sys still takes no folder',
  }, async () => {
    await assert.rejects(createRunFolder('/sys/hoplab-runs', START), {
      code: 'RUN_NOT_WRITABLE',
      message: /^make a run folder in \/sys\/hoplab-runs: .* \((EPERM|EACCES|EROFS)\)$/,
      hint: HINT,
    });
  });
});
