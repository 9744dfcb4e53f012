// SPDX-License-Identifier: GPL-2.0-only
/** The eBPF bridge on a kernel that is too old for it: the Debian kernel of the guests, 6.1. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nativeBinary } from '../../src/system/paths.ts';
import type { Guest } from '../../src/vmms/boot.ts';
import { needs } from '../support/needs.ts';
import { type Prepared, prepare, TEST_TIMEOUT_MS } from './guest-fixture.ts';

const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);

describe('the bridge on an old kernel', { timeout: TEST_TIMEOUT_MS, skip: needs('root', 'linux') }, () => {
  let prepared: Prepared;
  let guest: Guest;

  before(async () => {
    prepared = await prepare(signal, { binaries: { '/bin/hoplab-bridge': nativeBinary('bridge') } });
    guest = await prepared.boot('test-old-kernel');
  });
  after(async () => {
    await guest?.[Symbol.asyncDispose]();
    await prepared?.[Symbol.asyncDispose]();
  });

  it('says which kernel it needs, and touches nothing', async () => {
    const { agent, kernelRelease } = guest;
    assert.match(kernelRelease, /^6\.1\./);
    const argv = ['/bin/hoplab-bridge', '--line', 'port eth0', '--line', 'port eth1'];
    await agent.spawn({ name: 'bridge', argv }, { signal });
    assert.deepEqual(await agent.waitEnd('bridge', { signal, timeoutMs: 60_000 }), { code: 1, signal: null });
    const said = (await agent.output('bridge', { signal })).toString();
    const { reason, message, cure } = JSON.parse(said.slice('refused '.length));
    assert.equal(reason, 'kernel');
    assert.match(message, /no tcx hook/);
    assert.equal(cure, 'boot Linux 6.6 or later');
  });
});
