// SPDX-License-Identifier: GPL-2.0-only
/** Plans the argv of a guest's QEMU: pure, so that a dry run can print it. */
import type { GuestPlan, PathNic } from '../vmm.ts';
import { archTraits } from './arch.ts';
import { nicArgv } from './nic.ts';
import { MAX_SLOTS, slotBus } from './slots.ts';

/** The channels that QEMU inherits as connected sockets, fd 3 and up, in this order. */
export const QEMU_CHANNELS = ['agent', 'qmp', 'console', 'shell'] as const;
const FIRST_CHANNEL_FD = 3;
/** QEMU's id of the guest's memory, where it is an object of its own. */
const MEMORY = 'memory';

/** The whole argv. No firmware device, disk or display: what is not there costs no boot time and no exits. */
export function planQemuArgv(plan: GuestPlan, nics: readonly PathNic[] = []): string[] {
  if (plan.slots > MAX_SLOTS) throw new Error(`${plan.slots} slots: a guest has at most ${MAX_SLOTS}`);
  const traits = archTraits(plan.arch);
  const channels = QEMU_CHANNELS.flatMap((name, index) => [
    '-chardev',
    `socket,id=${name},fd=${FIRST_CHANNEL_FD + index}`,
  ]);
  const slots = Array.from({ length: plan.slots }, (_, slot) => [
    '-device',
    `pcie-root-port,id=${slotBus(slot)},bus=${traits.rootBus},chassis=${slot + 1},addr=0x${(traits.firstSlotAddress + slot).toString(16)}`,
  ]).flat();
  return [
    traits.program.name,
    ...['-name', `hoplab-${plan.name},debug-threads=on`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', plan.needs?.sharedMemory ? `${traits.machine},memory-backend=${MEMORY}` : traits.machine],
    ...['-accel', plan.accel],
    ...['-cpu', [traits.cpu(plan.accel), ...(plan.cpuWithout ?? []).map((feature) => `${feature}=off`)].join(',')],
    ...['-smp', String(plan.cpus)],
    ...['-m', String(plan.memoryMiB)],
    ...memoryArgv(plan),
    ...['-kernel', plan.kernel],
    ...['-initrd', plan.initrd],
    ...['-append', kernelParameters(plan).join(' ')],
    ...channels,
    ...['-mon', 'chardev=qmp,mode=control'],
    ...['-serial', 'chardev:console'],
    ...['-device', `virtio-serial-pci,id=serial,bus=${traits.rootBus},addr=0x2`],
    ...['-device', 'virtserialport,chardev=agent,name=hoplab.agent'],
    ...['-device', 'virtserialport,chardev=shell,name=hoplab.shell'],
    ...slots,
    ...nics.flatMap(nicArgv),
  ];
}

/** memfd: shared memory that needs no file system. Locked: QEMU asks for all of it at once, and fails where it may not. */
function memoryArgv({ memoryMiB, needs = {} }: GuestPlan): string[] {
  return [
    ...(needs.sharedMemory ? ['-object', `memory-backend-memfd,id=${MEMORY},size=${memoryMiB}M,share=on`] : []),
    ...(needs.lockedMemory ? ['-overcommit', 'mem-lock=on'] : []),
  ];
}

/** loglevel=4 keeps warnings and errors on the console, which a failed boot quotes, and spares the rest's time. */
function kernelParameters(plan: GuestPlan): string[] {
  const traits = archTraits(plan.arch);
  return [
    `console=${traits.console}`,
    'panic=-1',
    'loglevel=4',
    ...traits.kernelParameters(plan.accel, plan.tscKhz),
    ...(plan.extraKernelParameters ?? []),
  ];
}
