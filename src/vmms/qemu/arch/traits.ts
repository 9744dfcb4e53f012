// SPDX-License-Identifier: GPL-2.0-only
/** What QEMU must be told by architecture. */
import type { Accel } from '../../../guest/arch.ts';
import type { Requirement } from '../../../model/requirement.ts';

/** What differs between architectures in a guest's argv and in its image. */
export interface ArchTraits {
  /** QEMU's, as it is declared. */
  readonly program: Extract<Requirement, { kind: 'tool' }>;
  /** The argument of -machine, without the accelerator. */
  readonly machine: string;
  cpu(accel: Accel): string;
  /** The serial device that the kernel's console= names. */
  readonly console: string;
  /** Kernel parameters beyond those of every guest; `tscKhz` is as in GuestPlan. */
  kernelParameters(accel: Accel, tscKhz: number | undefined): readonly string[];
  /** Where the machine puts the host bridge's root ports, and QEMU's bus of that name. */
  readonly rootBus: string;
  readonly firstSlotAddress: number;
}
