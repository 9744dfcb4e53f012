// SPDX-License-Identifier: GPL-2.0-only
/** A disk that is full, or becomes so, while a folder of runs is listed: the list goes on from memory. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { RunIndex } from '../../src/run-index/run-index.ts';
import { makeRuns } from '../fixtures/many-runs.ts';
import { needs } from '../support/needs.ts';

function smallDisk(context: TestContext, size: string): string {
  const disk = mkdtempSync(join(tmpdir(), 'hoplab-test-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'hoplab-test', disk]);
  context.after(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });
  return disk;
}

function fill(disk: string): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize));
}

const PAGE = { offset: 0, limit: 5 };

it('an index whose disk is full is made elsewhere or in memory, and lists all', {
  skip: needs('root', 'linux'),
}, async (context) => {
  const disk = smallDisk(context, '4m');
  makeRuns(disk, 60);
  fill(disk);
  const index = new RunIndex({ root: disk, cacheFolder: disk, anew: false });
  await index.whole();
  assert.equal(index.page({}, PAGE).total, 60);
  assert.equal(index.state.file, null);
  index.close();
});

it('an index whose disk fills up under it goes on from memory', { skip: needs('root', 'linux') }, async (context) => {
  const disk = smallDisk(context, '8m');
  makeRuns(disk, 40);
  const index = new RunIndex({ root: disk, cacheFolder: disk, anew: false });
  await index.whole();
  assert.equal(index.state.file, join(disk, '.index.sqlite'));
  makeRuns(disk, 120, 100);
  fill(disk);
  index.page({}, PAGE);
  await index.whole();
  assert.equal(index.page({}, PAGE).total, 160);
  assert.equal(index.state.file, null);
  assert.match(index.state.why ?? '', /\.index\.sqlite: /);
  index.close();
});
