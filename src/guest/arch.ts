// SPDX-License-Identifier: GPL-2.0-only
/** The guest's architecture and accelerator. */
import type { Arch } from '../model/lab-spec.ts';

export type GuestArch = Arch;

const ACCELS = ['kvm', 'tcg'] as const;
export type Accel = (typeof ACCELS)[number];

/** The architecture of this machine, in the guest's words. */
export function hostArch(): GuestArch {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}
