// SPDX-License-Identifier: GPL-2.0-only
/** A disk that fills up while a run is written: an error that says what is kept, and a folder that can be read. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { buildReport } from '../../src/results/run/build.ts';
import { createRunFolder } from '../../src/run-store/create-run-folder.ts';
import { listRuns } from '../../src/run-store/list-runs.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { generateRun } from '../fixtures/generated-run.ts';

const ROOT = process.getuid?.() === 0 ? false : 'mounting a small disk needs root: run the tests as root';

/** A file system of this size in memory, unmounted when the test ends. */
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

describe('a disk that fills up', { skip: ROOT }, () => {
  it('ends the run with an error that names the folder and the blocks that are kept', async (context) => {
    const disk = smallDisk(context, '512k');
    await assert.rejects(
      generateRun({ root: disk, count: 500, overviewBlocks: 6, draws: 0, paced: false }),
      (error) => {
        assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
        assert.equal(error.code, 'DISK_FULL');
        assert.match(
          error.message,
          /write (samples|blocks)\/overview-tcp-rr-.* in \/.*\/20260302-093000-.*: no space left/,
        );
        assert.match(error.message, /; \d finished blocks are kept there$/);
        assert.match(String(error.hint), /hoplab report .*HOPLAB_RUNS=/);
        return true;
      },
    );
    const [listed] = await listRuns(disk);
    assert.ok(listed);
    const run = await readRun(listed.path);
    assert.ok(run.blocks.length >= 2);
    const report = buildReport(run);
    assert.ok((report.probes[0]?.cells.length ?? 0) >= 5);
    assert.deepEqual(report.failed, []);
    assert.deepEqual(run.damage, []);
    const names = readdirSync(listed.path, { recursive: true }).map(String);
    assert.deepEqual(
      names.filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('keeps what a file held before it could not be rewritten', async (context) => {
    const disk = smallDisk(context, '256k');
    const folder = await createRunFolder(disk, { label: null, version: '0.1.0', argv: [] });
    await folder.addWarning({ kind: 'clock', text: 'first' });
    fill(disk);
    const more = Array.from({ length: 2000 }, () => ({ kind: 'clock', text: 'x'.repeat(100) }));
    await assert.rejects(folder.addWarning(...more), { code: 'DISK_FULL', message: /no block was finished/ });
    const run = await readRun(folder.path);
    assert.deepEqual(run.warnings, [{ kind: 'clock', text: 'first' }]);
    assert.deepEqual(run.damage, []);
  });

  it('is named when not even the run folder can be made', async (context) => {
    const disk = smallDisk(context, '64k,nr_inodes=4');
    await assert.rejects(createRunFolder(join(disk, 'a', 'b'), { label: null, version: '0.1.0', argv: [] }), {
      code: 'DISK_FULL',
      hint: /HOPLAB_RUNS=/,
    });
  });
});
