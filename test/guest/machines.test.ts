// SPDX-License-Identifier: GPL-2.0-only
/** A guest is a machine like any other: over its agent, it owes the lab the same. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { guestMachine } from '../../src/machines/guest/guest.ts';
import { GUEST } from '../../src/model/place.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import type { Guest } from '../../src/vmms/boot.ts';
import { machineContract } from '../support/machine-contract.ts';
import { needs } from '../support/needs.ts';
import { type Prepared, prepare, TEST_TIMEOUT_MS } from './guest-fixture.ts';

const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);

describe('the machine of a guest', { timeout: TEST_TIMEOUT_MS, skip: needs('linux') }, () => {
  let prepared: Prepared;
  let guest: Guest;

  before(async () => {
    const busybox = await findTool('busybox');
    assert.ok(busybox !== null, 'apt-get install busybox-static');
    const applets = ['sh', 'cat', 'sleep', 'stat', 'true'].map((name) => [`/bin/${name}`, busybox]);
    const binaries = { ...Object.fromEntries(applets), '/bin/prober': nativeBinary('prober') };
    prepared = await prepare(signal, { binaries });
    guest = await prepared.boot('test-machine');
  });

  after(async () => {
    await guest?.[Symbol.asyncDispose]();
    await prepared?.[Symbol.asyncDispose]();
  });

  machineContract(async () => ({
    machine: guestMachine(guest.agent),
    on: GUEST,
    folder: '',
    [Symbol.asyncDispose]: async () => undefined,
  }));
});
