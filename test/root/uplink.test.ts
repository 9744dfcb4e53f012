// SPDX-License-Identifier: GPL-2.0-only
/** The wire `uplink` between this machine and another behind ssh: measured over, refused where in use, given back as it was. */
// @alone
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readRun } from '../../src/run-store/read-run.ts';
import { needs } from '../support/needs.ts';
import { openTwoMachines, type TwoMachines } from '../support/other-machine/two-machines.ts';

const SKIP = needs('root', 'linux', 'sshd');

describe('an uplink to a machine behind ssh', { skip: SKIP, timeout: 400_000 }, () => {
  const signal = AbortSignal.timeout(380_000);
  let two: TwoMachines;
  before(async () => {
    two = await openTwoMachines(4, signal);
  });
  after(() => two?.[Symbol.asyncDispose]());
  const run = (wire?: string) => two.run(wire === undefined ? {} : { wire });

  it('carries a run, and both ends are as they were', async () => {
    const before = two.state();
    const { folder } = await run();
    const { blocks, failed } = await readRun(folder);
    assert.deepEqual(failed, []);
    assert.ok(blocks.length > 0);
    assert.ok(blocks.every(({ proofs }) => proofs.every(({ proven }) => proven)));
    assert.deepEqual(two.state(), before);
  });

  it('is refused where the ssh session goes over it, and nothing is touched', async () => {
    const addresses = () => two.other.on('ip', 'address').replaceAll(' tentative', '');
    const before = addresses();
    await assert.rejects(run(`{host1: ${two.other.cable.its}, host2: ${two.ours}, mine: true}`), {
      code: 'UPLINK_REFUSED',
      message: /our own ssh session with .* goes over it; nothing was touched/,
    });
    assert.equal(addresses(), before);
  });

  it('is refused where something uses it, unless it is said to be ours', async () => {
    two.other.on('ip', 'route', 'add', 'default', 'via', '10.97.1.1');
    const before = two.state();
    await assert.rejects(run(), {
      code: 'UPLINK_REFUSED',
      message: /the default route goes over it/,
      hint: /--uplink-is-mine/,
    });
    assert.deepEqual(two.state(), before);
    const { folder } = await run(`{host1: ${two.its}, host2: ${two.ours}, mine: true}`);
    assert.deepEqual((await readRun(folder)).failed, []);
    assert.deepEqual(two.state(), before);
  });

  it('that is not there is told so', async () => {
    await assert.rejects(run(`{host1: nosuch, host2: ${two.ours}}`), {
      code: 'UPLINK_REFUSED',
      message: /no such interface/,
    });
  });
});
