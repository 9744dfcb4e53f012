// SPDX-License-Identifier: GPL-2.0-only
/** The threads that serve a guest are placed as planned, and what they have is read again: on real processes. */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, describe, it } from 'node:test';
import { scheduleGuest } from '../../src/lab/live/schedule-guest.ts';
import { Scope } from '../../src/system/scope.ts';
import { startService } from '../../src/system/service.ts';
import { qemu } from '../../src/vmms/qemu/qemu.ts';
import type { VmmThread } from '../../src/vmms/vmm.ts';
import { needs } from '../support/needs.ts';

const signal = AbortSignal.timeout(60_000);
const placement = { guestCpu: availableParallelism() - 1, hostCpu: 0, fifoPriority: 10 };

describe('the threads that serve a guest', { skip: needs('root', 'linux'), timeout: 60_000 }, () => {
  const scope = new Scope();
  after(() => scope.close());

  const sleeper = async (name: string, role: VmmThread['role']): Promise<VmmThread> => {
    const service = await startService(['sleep', '60'], { name, signal, logFile: null });
    return { tid: scope.use(name, service).pid, name, role };
  };
  const guestOf = (threads: readonly VmmThread[]) => ({ vmm: qemu, threads: async () => threads });

  it("get the plan's class and CPU, but for those that are the kernel's own", async () => {
    const threads = [
      await sleeper('CPU 0/KVM', { kind: 'vcpu', index: 0 }),
      await sleeper('CPU 1/KVM', { kind: 'vcpu', index: 1 }),
      await sleeper('vhost-4711', { kind: 'vhost' }),
      await sleeper('kvm-nx-lpage-re', { kind: 'kernel' }),
    ];
    const every = placement.guestCpu === 0 ? '0' : `0-${placement.guestCpu}`;
    assert.deepEqual(await scheduleGuest(guestOf(threads), { placement, vhostWorkers: 1, signal }), {
      refused: [],
      threads: [
        { name: 'CPU 0/KVM', role: 'vcpu 0', scheduling: 'fifo:10', cpus: String(placement.guestCpu) },
        { name: 'CPU 1/KVM', role: 'vcpu 1', scheduling: 'fifo:10', cpus: '0' },
        { name: 'vhost-4711', role: 'vhost', scheduling: 'fifo:11', cpus: '0' },
        { name: 'kvm-nx-lpage-re', role: 'kernel', scheduling: 'other', cpus: every },
      ],
    });
  });

  it('are told where a vhost worker is not found, or is not as planned', async () => {
    const none = await scheduleGuest(guestOf([]), { placement, vhostWorkers: 2, signal });
    assert.deepEqual(none.threads, []);
    assert.match(none.refused.join(), /^QEMU: 0 of 2 vhost workers were found/);
    const worker = await sleeper('vhost-4712', { kind: 'vhost' });
    const nowhere = { ...placement, hostCpu: 1023 };
    const { refused, threads } = await scheduleGuest(guestOf([worker]), {
      placement: nowhere,
      vhostWorkers: 1,
      signal,
    });
    assert.match(refused.join('\n'), /vhost worker vhost-4712 runs as fifo:11 on CPU 0.*, and not fifo:11 on CPU 1023/);
    assert.equal(threads[0]?.scheduling, 'fifo:11');
  });

  it('keep their class where the plan asks for none', async () => {
    const worker = await sleeper('vhost-4713', { kind: 'vhost' });
    const plain = { ...placement, fifoPriority: 0 };
    const { refused, threads } = await scheduleGuest(guestOf([worker]), { placement: plain, vhostWorkers: 1, signal });
    assert.deepEqual(refused, []);
    assert.deepEqual(threads, [{ name: 'vhost-4713', role: 'vhost', scheduling: 'other', cpus: '0' }]);
  });
});
