// SPDX-License-Identifier: GPL-2.0-only
/** Output that cannot be written is one line on stderr and a status, as any other error. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../../bin/hoplab.js', import.meta.url));

it('output to a full device is told in a line', { skip: process.platform !== 'linux' }, () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'completion', 'bash'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.equal(status, 1);
  assert.match(stderr, /^hoplab: error DISK_FULL: print what was asked for: ENOSPC/);
  assert.doesNotMatch(stderr, /^ +at /m);
});
