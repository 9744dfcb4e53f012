// SPDX-License-Identifier: GPL-2.0-only
/** A service of a run that holds a CPU under real-time priority: the kernel ends it, and the other cells go on. */
// @alone
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findTool } from '../../src/system/find-tool.ts';
import { needs } from '../support/needs.ts';
import { pathsOf, RunRig } from '../support/run-rig.ts';

// Until its time is over, whatever else runs on that CPU waits: another run would lose its transactions.
const ARGS = [
  ...['--only', 'host,passt', '--quick', '--accel', 'tcg'],
  ...['--probe', 'tcp_rr,pace=2ms', '--count', '400'],
];

describe('a run goes on beside a service that spins', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let rig: RunRig;

  before(async () => {
    rig = await RunRig.open();
  });

  after(() => rig?.[Symbol.asyncDispose]());

  it('without a path whose service computes under real-time priority without a sleep', async () => {
    const tools = join(rig.root, 'spinning');
    await mkdir(tools);
    const spin = `trap 'kill -9 $!; while :; do :; done' USR1\n${await findTool('passt')} "$@" &\nwait\n`;
    await writeFile(join(tools, 'passt'), `#!/bin/sh\n${spin}`, { mode: 0o755 });
    const running = rig.start('spins', ARGS, { PATH: `${tools}:${process.env.PATH}` });
    await rig.act(running, async (lab) => {
      process.kill((await lab.process(/^\/bin\/sh .*spinning\/passt/)).pid, 'SIGUSR1');
    });
    const { outcome, report } = await rig.end('spins', running);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(pathsOf(report.failed), ['passt']);
    for (const { reason, hint } of report.failed) {
      assert.match(
        reason,
        /; passt-passt: ended by the kernel, so that it cannot hold the machine: it computed .*5000 ms/,
      );
      assert.match(hint ?? '', /--scheduling other/);
    }
    assert.ok(outcome.ms < 120_000, `the run took ${outcome.ms} ms`);
  });
});
