// SPDX-License-Identifier: GPL-2.0-only
/** QEMU's command line: pure, and the same for the same plan. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planQemuArgv } from '../../../src/vmms/qemu/argv.ts';

describe('the argv of QEMU', () => {
  const plan = { name: 'g', kernel: '/k', initrd: '/i', cpus: 1, memoryMiB: 256, slots: 2 } as const;

  it('is the same for the same plan on x86_64', () => {
    assert.deepEqual(planQemuArgv({ ...plan, arch: 'x86_64', accel: 'tcg' }), [
      ...['qemu-system-x86_64', '-name', 'hoplab-g,debug-threads=on', '-nodefaults', '-no-user-config'],
      ...['-display', 'none', '-no-reboot', '-machine', 'q35', '-accel', 'tcg', '-cpu', 'qemu64', '-smp', '1'],
      ...['-m', '256', '-kernel', '/k', '-initrd', '/i', '-append'],
      'console=ttyS0 panic=-1 loglevel=4 cryptomgr.notests tsc=reliable',
      ...['-chardev', 'socket,id=agent,fd=3', '-chardev', 'socket,id=qmp,fd=4'],
      ...['-chardev', 'socket,id=console,fd=5', '-chardev', 'socket,id=shell,fd=6'],
      ...['-mon', 'chardev=qmp,mode=control', '-serial', 'chardev:console'],
      ...['-device', 'virtio-serial-pci,id=serial,bus=pcie.0,addr=0x2'],
      ...['-device', 'virtserialport,chardev=agent,name=hoplab.agent'],
      ...['-device', 'virtserialport,chardev=shell,name=hoplab.shell'],
      ...['-device', 'pcie-root-port,id=rp0,bus=pcie.0,chassis=1,addr=0x3'],
      ...['-device', 'pcie-root-port,id=rp1,bus=pcie.0,chassis=2,addr=0x4'],
    ]);
  });

  it('leaves features of the CPU out where the plan says so', () => {
    const argv = planQemuArgv({ ...plan, arch: 'x86_64', accel: 'kvm', cpuWithout: ['arch-capabilities'] });
    assert.equal(argv[argv.indexOf('-cpu') + 1], 'host,arch-capabilities=off');
  });

  it('tells an emulated x86_64 guest the rate of its TSC, and no other guest', () => {
    const append = (arch: 'x86_64' | 'aarch64', accel: 'kvm' | 'tcg') => {
      const argv = planQemuArgv({ ...plan, arch, accel, tscKhz: 2_596_148, extraKernelParameters: ['last=1'] });
      return argv[argv.indexOf('-append') + 1];
    };
    assert.match(append('x86_64', 'tcg') ?? '', / tsc=reliable tsc_early_khz=2596148 last=1$/);
    for (const other of [append('x86_64', 'kvm'), append('aarch64', 'tcg'), append('aarch64', 'kvm')])
      assert.doesNotMatch(other ?? 'tsc', /tsc/);
  });

  it('differs on aarch64 only in the machine, CPU, console and kernel parameters', () => {
    const x86 = planQemuArgv({ ...plan, arch: 'x86_64', accel: 'kvm' });
    const arm = planQemuArgv({ ...plan, arch: 'aarch64', accel: 'kvm' });
    assert.equal(arm.length, x86.length);
    assert.deepEqual(
      arm.filter((word, index) => word !== x86[index]),
      ['qemu-system-aarch64', 'virt,gic-version=max', 'console=ttyAMA0 panic=-1 loglevel=4'],
    );
  });

  it('has room for 27 slots and no more', () => {
    const most = planQemuArgv({ ...plan, arch: 'x86_64', accel: 'tcg', slots: 27 });
    assert.ok(most.includes('pcie-root-port,id=rp26,bus=pcie.0,chassis=27,addr=0x1d'));
    assert.throws(() => planQemuArgv({ ...plan, arch: 'x86_64', accel: 'tcg', slots: 28 }), /at most 27/);
  });
});
