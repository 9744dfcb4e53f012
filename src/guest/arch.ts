/** The guest's architecture: the one place above which nothing knows machine types, consoles or kernel parameters. */
import { aarch64 } from './arch/aarch64.ts';
import { x86_64 } from './arch/x86-64.ts';

export const GUEST_ARCHES = ['x86_64', 'aarch64'] as const;
export type GuestArch = (typeof GUEST_ARCHES)[number];

export const ACCELS = ['kvm', 'tcg'] as const;
export type Accel = (typeof ACCELS)[number];

/** What differs between architectures in a guest's argv and in its image. */
export interface ArchTraits {
  readonly qemu: string;
  /** The argument of -machine, without the accelerator. */
  readonly machine: string;
  cpu(accel: Accel): string;
  /** The serial device that the kernel's console= names. */
  readonly console: string;
  /** Kernel parameters beyond those of every guest; `tscKhz` is as in QemuPlan. */
  kernelParameters(accel: Accel, tscKhz: number | undefined): readonly string[];
  /** Where the machine puts the host bridge's root ports, and QEMU's bus of that name. */
  readonly rootBus: string;
  readonly firstSlotAddress: number;
}

const TRAITS: Readonly<Record<GuestArch, ArchTraits>> = { x86_64, aarch64 };

export function archTraits(arch: GuestArch): ArchTraits {
  return TRAITS[arch];
}

/** The architecture of this machine, in the guest's words. */
export function hostArch(): GuestArch {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}
