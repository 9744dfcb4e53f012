/** Plans the argv of a guest's QEMU: pure, so that a dry run can print it. */
import type { Accel, GuestArch } from '../../guest/arch.ts';
import { archTraits } from './arch.ts';

/** The channels that QEMU inherits as connected sockets, fd 3 and up, in this order. */
export const GUEST_CHANNELS = ['agent', 'qmp', 'console', 'shell'] as const;
export const FIRST_CHANNEL_FD = 3;
/** pcie.0 has 32 places; the first three and the last belong to the machine. */
export const MAX_SLOTS = 27;

export interface QemuPlan {
  /** Shown by ps: "hoplab-<name>". */
  readonly name: string;
  readonly arch: GuestArch;
  readonly accel: Accel;
  readonly kernel: string;
  readonly initrd: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Hot-plug places, buses rp0, rp1, ... */
  readonly slots: number;
  /** netdevs and devices known before the boot, such as a passed-through NIC. */
  readonly extraArgv?: readonly string[];
  readonly extraKernelParameters?: readonly string[];
  /** Rate of the counter that the guest will see as its TSC; absent = the guest's kernel finds out. See tick-rate.ts. */
  readonly tscKhz?: number;
}

/** The bus of a hot-plug slot. */
export function slotBus(slot: number): string {
  return `rp${slot}`;
}

/** The whole argv. No firmware device, disk, display or NIC: what is not there costs no boot time and no exits. */
export function planQemuArgv(plan: QemuPlan): string[] {
  if (plan.slots > MAX_SLOTS) throw new Error(`${plan.slots} slots: a guest has at most ${MAX_SLOTS}`);
  const traits = archTraits(plan.arch);
  const channels = GUEST_CHANNELS.flatMap((name, index) => [
    '-chardev',
    `socket,id=${name},fd=${FIRST_CHANNEL_FD + index}`,
  ]);
  const slots = Array.from({ length: plan.slots }, (_, slot) => [
    '-device',
    `pcie-root-port,id=${slotBus(slot)},bus=${traits.rootBus},chassis=${slot + 1},addr=0x${(traits.firstSlotAddress + slot).toString(16)}`,
  ]).flat();
  return [
    traits.qemu,
    ...['-name', `hoplab-${plan.name},debug-threads=on`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', traits.machine],
    ...['-accel', plan.accel],
    ...['-cpu', traits.cpu(plan.accel)],
    ...['-smp', String(plan.cpus)],
    ...['-m', String(plan.memoryMiB)],
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
    ...(plan.extraArgv ?? []),
  ];
}

/** loglevel=4 keeps warnings and errors on the console, which a failed boot quotes, and spares the rest's time. */
function kernelParameters(plan: QemuPlan): string[] {
  const traits = archTraits(plan.arch);
  return [
    `console=${traits.console}`,
    'panic=-1',
    'loglevel=4',
    ...traits.kernelParameters(plan.accel, plan.tscKhz),
    ...(plan.extraKernelParameters ?? []),
  ];
}
