// SPDX-License-Identifier: GPL-2.0-only
/** Real guests with a shell, with every slot taken, with several CPUs, and how each of them can end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Agent } from '../../src/guest/agent.ts';
import { HoplabError } from '../../src/model/errors.ts';
import { MAX_SLOTS } from '../../src/vmms/qemu/slots.ts';
import { needs } from '../support/needs.ts';
import { qmpOf } from '../support/qmp-of.ts';
import { natNic, type Prepared, plugOf, prepare, processesWith, TEST_TIMEOUT_MS } from './guest-fixture.ts';

const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);

/** The agent sees the end of a shell a moment after its last words: ask until it has. */
async function openShell(agent: Agent): Promise<void> {
  for (;;) {
    try {
      return await agent.shell({ signal });
    } catch (error) {
      if (!(error instanceof HoplabError && error.message.includes('open already'))) throw error;
    }
  }
}

describe('a guest to its end', { timeout: TEST_TIMEOUT_MS, skip: needs('linux') }, () => {
  let prepared: Prepared;

  before(async () => {
    prepared = await prepare(signal, { withShell: true });
  });

  after(async () => {
    await prepared?.[Symbol.asyncDispose]();
  });

  it('with a shell in its image joins it to its channel, again after it has ended', async () => {
    await using guest = await prepared.boot('test-shell');
    let seen = '';
    // One listener throughout: what comes between two looks must not be lost.
    guest.shell.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
    });
    const shows = async (text: string) => {
      while (!seen.includes(text)) await once(guest.shell, 'data', { signal });
      seen = seen.slice(seen.indexOf(text) + text.length);
    };
    for (const round of [1, 2]) {
      await openShell(guest.agent);
      await assert.rejects(guest.agent.shell({ signal }), /one is open already/);
      await shows('ready 2 -i');
      guest.shell.write(`round ${round}\n`);
      await shows(`ROUND ${round}`);
      guest.shell.write('\x04');
      await shows('end of input');
    }
  });

  it('with every slot and two CPUs boots, and takes a NIC in its last slot beside many others', async (t) => {
    await using guest = await prepared.boot('test-slots', { slots: MAX_SLOTS, cpus: 2 });
    t.diagnostic(`booted with ${MAX_SLOTS} slots and 2 CPUs in ${guest.bootMs.toFixed(0)} ms`);
    assert.equal(guest.hello.cpus, 2);
    const vcpus = (await guest.threads(signal)).filter(({ role }) => role.kind === 'vcpu');
    assert.equal(new Set(vcpus.map(({ tid }) => tid)).size, 2);
    const slots = [0, 1, 2, 3, 4, 5, MAX_SLOTS - 1];
    const mac = (slot: number) => `02:68:6f:70:01:${slot.toString(16).padStart(2, '0')}`;
    for (const slot of slots) {
      const nic = natNic(slot, { mac: mac(slot) });
      await plugOf(guest).open(nic, signal);
      await plugOf(guest).insert(nic, signal);
    }
    const up = (slot: number) =>
      guest.agent.nicUp({ mac: mac(slot), address: `10.9.${slot}.1/24`, timeoutMs: 60_000, signal });
    assert.equal(new Set(await Promise.all(slots.map(up))).size, slots.length);
    await plugOf(guest).remove(
      slots.map((slot) => `n${slot}`),
      signal,
    );
  });

  it('ends when told to, and its QEMU with it', async () => {
    await using guest = await prepared.boot('test-poweroff');
    await guest.agent.powerOff({ signal });
    assert.deepEqual(await guest.service.exited, { code: 0, signal: null });
    await assert.rejects(guest.agent.hello({ signal }), { code: 'GUEST_GONE' });
  });

  it('that is killed while an order waits makes that order fail at once', async () => {
    await using guest = await prepared.boot('test-killed');
    const order = guest.agent.nicUp({ mac: '02:00:00:00:00:01', address: null, timeoutMs: 300_000, signal });
    await guest.agent.clockNs({ signal });
    const started = performance.now();
    process.kill(guest.service.pid, 'SIGKILL');
    await assert.rejects(order, { code: 'GUEST_GONE' });
    // Its own deadline is minutes away.
    assert.ok(performance.now() - started < 60_000);
    await assert.rejects(qmpOf(guest).execute('query-status', {}, { signal }), { code: 'QMP_FAILED' });
  });

  it('that is booted under an abort is gone with it', async () => {
    const abort = new AbortController();
    const aborted = await prepare(abort.signal);
    setTimeout(() => abort.abort(new Error('interrupted')), 500);
    await assert.rejects(aborted.boot('test-abort'), /interrupted/);
    assert.deepEqual(await processesWith('hoplab-test-abort'), []);
    await aborted[Symbol.asyncDispose]();
  });
});
