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

function isThereKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
