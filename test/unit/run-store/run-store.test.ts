// SPDX-License-Identifier: GPL-2.0-only
/** Run folders as they are written, read back, listed and found. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { describe, it } from 'node:test';
import { HoplabError } from '../../../src/model/errors.ts';
import { createRunFolder } from '../../../src/run-store/create-run-folder.ts';
import { isRunId, newRunId } from '../../../src/run-store/layout.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { currentOwner } from '../../../src/run-store/run-owner.ts';
import { runsRoot } from '../../../src/run-store/runs-root.ts';
import { makeFolders, ownerBehindSudo, writeAtomic } from '../../../src/run-store/write-atomic.ts';
import { makeEnvironment } from '../../fixtures/generated-lab.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { needs } from '../../support/needs.ts';

const START = { label: null, version: '0.1.0', argv: ['hoplab', 'run'] };

describe('a run folder', () => {
  it('gives back all that was written into it', async (context) => {
    const folder = await generateRun({ root: temporaryFolder(context), draws: 2, label: 'before' });
    await folder.addFailed({
      part: 'overview',
      probe: 'tcp-rr',
      path: 'ovs',
      draw: null,
      code: 'PROBE_FAILED',
      reason: 'no response',
      hint: null,
    });
    await folder.addUnavailable({ path: 'ovs', backend: 'ovs', reason: 'no ovs-vswitchd', hint: 'apt-get install x' });
    await folder.addWarning({ kind: 'clock', text: 'the clock is not tsc' });
    await folder.writeResults('{}\n');
    const run = await readRun(folder.path);
    assert.deepEqual(run.damage, []);
    assert.equal(run.header.label, 'before');
    assert.equal(run.header.state, 'finished');
    assert.equal(run.spec?.comparison.reference, 'tap');
    assert.deepEqual(
      run.plan?.paths.map((path) => path.name),
      ['user', 'passt', 'tap', 'macvtap', 'host', 'tap-twin'],
    );
    assert.deepEqual(run.environment, { ...makeEnvironment(), after: run.environment?.after });
    assert.equal(run.environment?.after?.load1, 2.1);
    assert.equal(run.failed[0]?.reason, 'no response');
    assert.equal(run.unavailable[0]?.backend, 'ovs');
    assert.equal(run.warnings[0]?.kind, 'clock');
    // 2 probes x 2 blocks x (host + guest) in the overview, 4 pairs x 2 draws.
    assert.equal(run.blocks.length, 16);
  });

  it('keeps every sample of a block, warm-up included, in the order of sending', async (context) => {
    const folder = await generateRun({ root: temporaryFolder(context), draws: 0, paced: false, count: 200 });
    const run = await readRun(folder.path);
    const block = run.blocks.find(({ id }) => id === 'overview-tcp-rr-guest-0');
    assert.ok(block);
    const samples = run.samples(block);
    assert.equal(samples.length, 5 * 300);
    assert.deepEqual(
      Array.from(samples.seq),
      Array.from({ length: 1500 }, (_, i) => i),
    );
  });

  it('lists its blocks in the order in which they were measured', async (context) => {
    const folder = await generateRun({ root: temporaryFolder(context), draws: 2 });
    const { blocks } = await readRun(folder.path);
    const times = blocks.map(({ startedAt }) => startedAt);
    assert.deepEqual(times, [...times].sort());
    assert.equal(blocks[0]?.id, 'overview-tcp-rr-host-0');
    assert.equal(blocks.at(-1)?.id, 'draw-1-tap-twin');
  });

  it('leaves no temporary file behind', async (context) => {
    const folder = await generateRun({ root: temporaryFolder(context), draws: 0 });
    const names = readdirSync(folder.path, { recursive: true }).map(String);
    assert.deepEqual(
      names.filter((name) => name.includes('tmp')),
      [],
    );
  });

  it('refuses a block id that would leave the folder', async (context) => {
    const folder = await generateRun({ root: temporaryFolder(context), draws: 0, paced: false, count: 50 });
    const { blocks } = await readRun(folder.path);
    const [block] = blocks;
    assert.ok(block);
    for (const id of ['../escape', 'a/b', '.hidden', '', '..', 'x\u001b[31m']) {
      await assert.rejects(folder.writeBlock({ ...block, id }, new Uint8Array()), /not a name/);
    }
    assert.throws(() => folder.logPath('../../etc/passwd'), /not a name/);
    assert.equal(folder.logPath('passt'), join(folder.path, 'logs', 'passt.log'));
  });

  it('is readable before anything but its head is written', async (context) => {
    const folder = await createRunFolder(temporaryFolder(context), START);
    const run = await readRun(folder.path);
    assert.equal(run.header.state, 'running');
    assert.deepEqual(run.header.owner, currentOwner());
    assert.deepEqual([run.spec, run.plan, run.environment, run.blocks.length], [null, null, null, 0]);
    assert.deepEqual(run.damage, []);
  });
});

describe('the id of a run', () => {
  it('is its start in UTC, four hex digits, and the label', () => {
    const start = new Date('2026-03-02T23:59:58.765Z');
    assert.match(newRunId(start, null), /^20260302-235958-[0-9a-f]{4}$/);
    assert.match(newRunId(start, 'after-upgrade'), /^20260302-235958-[0-9a-f]{4}-after-upgrade$/);
    assert.ok(isRunId(newRunId(start, 'x.y_z')));
    assert.ok(!isRunId('node_modules'));
  });

  it('is unlike that of another run in the same second', async (context) => {
    const root = temporaryFolder(context);
    const startedAt = new Date('2026-03-02T23:59:58.765Z');
    const folders = await Promise.all(Array.from({ length: 20 }, () => createRunFolder(root, { ...START, startedAt })));
    assert.equal(new Set(folders.map(({ header }) => header.id)).size, 20);
  });

  it('takes no label that could be mistaken for something else', async (context) => {
    const root = temporaryFolder(context);
    for (const label of ['latest', '', '../x', 'a b', '-rf', 'x'.repeat(41), 'ä', 'a\nb']) {
      await assert.rejects(createRunFolder(root, { ...START, label }), (error) => {
        return error instanceof HoplabError && error.code === 'USAGE';
      });
    }
    assert.deepEqual(readdirSync(root), []);
  });
});

describe('where runs live', () => {
  it('is $HOPLAB_RUNS, else ./runs where there is one, else one per user', (context) => {
    const cwd = temporaryFolder(context);
    const place = { cwd, uid: 1000 };
    assert.equal(runsRoot({ ...place, env: { HOPLAB_RUNS: '/srv/runs', HOME: '/home/ann' } }), '/srv/runs');
    for (const env of [{ HOME: '/home/ann' }, { HOME: '/home/ann', HOPLAB_RUNS: '', XDG_DATA_HOME: 'here' }])
      assert.equal(runsRoot({ ...place, env }), '/home/ann/.local/share/hoplab/runs');
    assert.equal(runsRoot({ ...place, env: { HOME: '/home/ann', XDG_DATA_HOME: '/data' } }), '/data/hoplab/runs');
    assert.ok(isAbsolute(runsRoot({ ...place, env: { HOME: '' } })));
    mkdirSync(join(cwd, 'runs'));
    assert.equal(runsRoot({ ...place, env: { HOME: '/home/ann', XDG_DATA_HOME: '/data' } }), join(cwd, 'runs'));
  });

  it('is told of once where no folder can be made although its parent is there', { skip: needs('linux') }, async () => {
    await assert.rejects(makeFolders('/proc/1/x', null), { code: 'ENOENT' });
  });

  it('is, with sudo, that of the user who called it, where that can be told', (context) => {
    const cwd = temporaryFolder(context);
    const users = join(cwd, 'passwd');
    writeFileSync(users, 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n');
    const behind = (SUDO_UID: string) =>
      runsRoot({ cwd, uid: 0, users, env: { HOME: '/root', SUDO_UID, SUDO_GID: '1000' } });
    assert.equal(behind('1000'), '/home/ann/.local/share/hoplab/runs');
    assert.equal(behind('1001'), '/root/.local/share/hoplab/runs');
    assert.equal(runsRoot({ cwd, uid: 0, users, env: { HOME: '/root' } }), '/root/.local/share/hoplab/runs');
  });
});

describe('an atomic write', () => {
  it('keeps the old content when the new one cannot be written', async (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, 'failed.json');
    // A folder in the way: the rename fails when the temporary file is already whole.
    mkdirSync(path);
    writeFileSync(join(path, 'old'), 'old');
    await assert.rejects(writeAtomic(path, 'new', null), { code: 'EISDIR' });
    assert.deepEqual(readdirSync(folder), ['failed.json']);
    assert.equal(readFileSync(join(path, 'old'), 'utf8'), 'old');
  });

  it('replaces what an earlier process left half-written under the same temporary name', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, `.run.json.${process.pid}.tmp`), 'half');
    await writeAtomic(join(folder, 'run.json'), 'whole', null);
    assert.deepEqual(readdirSync(folder), ['run.json']);
  });
});

describe('a run folder made through sudo', () => {
  it('is for the user behind sudo, and only if root makes it', () => {
    assert.deepEqual(ownerBehindSudo({ SUDO_UID: '1000', SUDO_GID: '1001' }, 0), { uid: 1000, gid: 1001 });
    assert.equal(ownerBehindSudo({ SUDO_UID: '1000', SUDO_GID: '1001' }, 1000), null);
    assert.equal(ownerBehindSudo({}, 0), null);
    assert.equal(ownerBehindSudo({ SUDO_UID: 'root', SUDO_GID: '-1' }, 0), null);
  });

  it('belongs to that user down to the last file', {
    skip: process.getuid?.() === 0 ? false : 'only root can give files away: run the tests as root',
  }, async (context) => {
    const before = { ...process.env };
    context.after(() => {
      process.env = before;
    });
    const parent = temporaryFolder(context);
    chmodSync(parent, 0o755);
    process.env.SUDO_UID = '4242';
    process.env.SUDO_GID = '4343';
    const folder = await createRunFolder(join(parent, 'deep', 'runs'), START);
    writeFileSync(folder.logPath('qemu'), 'log of a child\n');
    await folder.writeEnvironment(makeEnvironment());
    await folder.finish('finished', null);
    const owned = [
      'deep',
      'deep/runs',
      ...readdirSync(join(parent, 'deep/runs'), { recursive: true }).map((name) => `deep/runs/${name}`),
    ];
    assert.ok(owned.length >= 7);
    for (const name of owned) {
      const { uid, gid } = statSync(join(parent, name));
      assert.deepEqual([name, uid, gid], [name, 4242, 4343]);
    }
    assert.equal(statSync(parent).uid, 0);
  });

  it('leaves an existing runs folder with its owner', {
    skip: process.getuid?.() === 0 ? false : 'only root can give files away: run the tests as root',
  }, async (context) => {
    const before = { ...process.env };
    context.after(() => {
      process.env = before;
    });
    const root = join(temporaryFolder(context), 'runs');
    mkdirSync(root);
    process.env.SUDO_UID = '4242';
    process.env.SUDO_GID = '4343';
    const folder = await createRunFolder(root, START);
    assert.equal(statSync(root).uid, 0);
    assert.equal(statSync(folder.path).uid, 4242);
  });
});
