// SPDX-License-Identifier: GPL-2.0-only
/** The trial of KVM where it does not work: what is remembered, for what, and what is tried again. A process stands for QEMU. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { hostArch } from '../../../src/guest/arch.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { startService } from '../../../src/system/service.ts';
import { type AccelOptions, decideAccel } from '../../../src/vmms/accel.ts';
import { bootGuest } from '../../../src/vmms/boot.ts';
import { mendRefusedMsr } from '../../../src/vmms/qemu/mend.ts';
import { qemu } from '../../../src/vmms/qemu/qemu.ts';
import type { GuestPlan } from '../../../src/vmms/vmm.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { needs } from '../../support/needs.ts';

const signal = AbortSignal.timeout(60_000);
const arch = hostArch();
const PLAN: GuestPlan = {
  ...{ name: 'g', arch, accel: 'tcg', kernel: '/k', initrd: '/i', cpus: 1, memoryMiB: 256, slots: 0 },
};
/** As QEMU 7.2 said it on a nested hypervisor. */
const MSR =
  "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69\nqemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.";

function trialsOf(context: TestContext) {
  const cache = temporaryFolder(context);
  const before = process.env.HOPLAB_CACHE;
  process.env.HOPLAB_CACHE = cache;
  context.after(() => {
    if (before === undefined) delete process.env.HOPLAB_CACHE;
    else process.env.HOPLAB_CACHE = before;
  });
  const cpus: string[] = [];
  const ask = (script: string, changes: Partial<GuestPlan> = {}, more: Partial<AccelOptions> = {}) =>
    decideAccel({
      vmm: qemu,
      plan: { ...PLAN, ...changes },
      device: '/dev/null',
      signal,
      launch: (argv, { name, extraPipes }) => {
        cpus.push(argv[argv.indexOf('-cpu') + 1] ?? '');
        return startService(['sh', '-c', script], { name, extraPipes, signal, logFile: null });
      },
      ...more,
    });
  return { cpus, ask, file: join(cache, 'accel.json') };
}

describe('a trial of KVM', { skip: needs('linux'), timeout: 60_000 }, () => {
  it("that fails is remembered with QEMU's own words, for this machine and CPU of the guest alone", async (context) => {
    const { ask, cpus } = trialsOf(context);
    const first = await ask('echo "failed to initialize kvm: No such device" >&2; exit 1');
    assert.deepEqual(first, {
      plan: PLAN,
      reason:
        '/dev/kvm is there, but the guest does not boot under it: QEMU ended with status 1; ' +
        'QEMU: failed to initialize kvm: No such device',
      remembered: false,
    });
    assert.deepEqual(await ask('exit 2'), { ...first, remembered: true });
    assert.equal(cpus.length, 1);
    const shared = await ask('exit 3', { needs: { sharedMemory: true } });
    assert.match(shared.reason ?? '', /status 3/);
    const kernel = await ask('exit 4', { kernel: '/other' });
    assert.match(kernel.reason ?? '', /status 4/);
    // What does not choose the machine does not either; and one verdict does not push out another.
    assert.match((await ask('exit 5', { name: 'other', slots: 3, initrd: '/j' })).reason ?? '', /status 1/);
    assert.match((await ask('exit 5', { needs: { sharedMemory: true } })).reason ?? '', /status 3/);
    assert.match((await ask('exit 6', {}, { retry: true })).reason ?? '', /status 6/);
  });

  it('that took too long is not remembered', async (context) => {
    const { ask, cpus } = trialsOf(context);
    const late = await ask('exec sleep 60', {}, { timeoutMs: 300 });
    assert.equal(late.plan.accel, 'tcg');
    assert.match(
      late.reason ?? '',
      /^\/dev\/kvm is there, but the guest did not boot under it in time, and is tried again the next time: /,
    );
    assert.equal(late.remembered, false);
    assert.match((await ask('exit 1')).reason ?? '', /does not boot under it: QEMU ended with status 1/);
    assert.equal(cpus.length, 2);
  });

  it('of another boot of the machine, or that an older hoplab kept, is not known', async (context) => {
    const { ask, file } = trialsOf(context);
    writeFileSync(file, JSON.stringify({ key: 'old', accel: 'kvm', reason: null }));
    assert.match((await ask('exit 1')).reason ?? '', /status 1/);
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...kept, bootId: 'another' }));
    assert.match((await ask('exit 2')).reason ?? '', /status 2/);
  });

  it('in which the CPU is refused for its MSR 0x10a is made once more without it', async (context) => {
    if (arch !== 'x86_64') return context.skip('x86_64 alone has this register');
    const { ask, cpus } = trialsOf(context);
    const { reason, plan } = await ask(`cat >&2 <<'END'\n${MSR}\nEND\nexit 134`);
    assert.deepEqual(cpus, ['host', 'host,arch-capabilities=off']);
    // It did not help here: then nothing is left out.
    assert.equal(plan.cpuWithout, undefined);
    assert.match(reason ?? '', /failed to set MSR 0x10a/);
  });
});

describe('a guest under --accel kvm', { skip: needs('linux'), timeout: 60_000 }, () => {
  it("that does not start is an error with QEMU's words, and not with an empty console", async (context) => {
    const plan = { ...PLAN, accel: 'kvm' as const };
    const consoleLog = join(temporaryFolder(context), 'console.log');
    const say = 'echo "Could not access KVM kernel module: No such file or directory" >&2; exit 1';
    await assert.rejects(
      bootGuest({
        ...{ vmm: qemu, plan, signal, consoleLog },
        launch: (_, options) => startService(['sh', '-c', say], { ...options, logFile: null }),
      }),
      (error: unknown) => {
        assert.ok(error instanceof HoplabError);
        assert.match(error.message, /QEMU ended with status 1; QEMU: Could not access KVM kernel module: No such file/);
        assert.doesNotMatch(error.message, /console/);
        assert.equal(error.hint, '--accel tcg boots it without KVM; hoplab doctor tries KVM');
        return true;
      },
    );
  });

  it('is mended on that one message, once, and nowhere else', () => {
    const plan = { ...PLAN, arch: 'x86_64', accel: 'kvm' } as const;
    const mended = mendRefusedMsr(plan, MSR);
    assert.deepEqual(mended, { ...plan, cpuWithout: ['arch-capabilities'] });
    assert.ok(mended !== null);
    assert.equal(mendRefusedMsr(mended, MSR), null);
    assert.equal(mendRefusedMsr(plan, 'failed to set MSR 0x10ab to 0x0'), null);
    assert.equal(mendRefusedMsr(plan, 'failed to set MSR 0x48b to 0x0'), null);
    assert.equal(mendRefusedMsr({ ...plan, accel: 'tcg' }, MSR), null);
    assert.equal(mendRefusedMsr({ ...plan, arch: 'aarch64' }, MSR), null);
  });
});
