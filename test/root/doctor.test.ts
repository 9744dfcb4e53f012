// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab doctor` asks KVM once, says that this takes a while, and remembers the answer. */
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cacheDir } from '../../src/system/cache.ts';
import { hoplab, killAllHoplabs } from '../support/hoplab.ts';
import { needs } from '../support/needs.ts';

const SAID = /^doctor: boots a guest under KVM, for up to 6 s; /m;

describe('hoplab doctor', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let cache: string;

  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    await symlink(join(cacheDir(), 'kernels'), join(cache, 'kernels'));
  });
  after(async () => {
    killAllHoplabs();
    await rm(cache, { recursive: true, force: true });
  });

  it('says once that it boots a guest, where there is a KVM to ask, and never with --json or --no-boot', async () => {
    const doctor = (...words: string[]) => hoplab(['doctor', ...words], { env: { HOPLAB_CACHE: cache } });
    const quiet = await doctor('--no-boot');
    assert.doesNotMatch(quiet.stderr, SAID);
    assert.doesNotMatch(quiet.stdout, /accelerator/);
    const first = await doctor();
    if (isThereKvm()) assert.match(first.stderr, SAID);
    else assert.doesNotMatch(first.stderr, SAID);
    assert.match(first.stdout, /^ +(yes|no) +accelerator +(KVM: a guest booted|emulation \(TCG\): )/m);
    assert.doesNotMatch((await doctor()).stderr, SAID);
    const json = await doctor('--json');
    assert.equal(json.stderr, '');
    assert.equal(JSON.parse(json.stdout).abilities[0].name, 'accelerator');
  });
});

describe('doctor of a run folder on a read-only file system', { timeout: 60_000, skip: needs('root', 'linux') }, () => {
  it('says so as a run would, and that this machine is not ready', async () => {
    const mount = 'mount -t tmpfs -o ro none /mnt && exec "$@"';
    const outcome = await hoplab(['doctor', '--no-boot', '--json'], {
      env: { HOPLAB_RUNS: '/mnt/runs' },
      through: ['unshare', '-m', 'sh', '-c', mount, 'sh'],
    });
    const report: { ready: boolean; lacks: string[]; abilities: { name: string; state: string; found: string }[] } =
      JSON.parse(outcome.stdout);
    const folder = report.abilities.find(({ name }) => name === 'folder of runs');
    assert.deepEqual(folder?.state, 'no');
    assert.match(folder?.found ?? '', /^\/mnt\/runs: the file system is read-only \(EROFS\)/);
    assert.deepEqual([outcome.code, report.ready], [1, false]);
    assert.deepEqual(report.lacks.slice(-1), ['a folder of runs that can be written']);
  });
});

function isThereKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
