// SPDX-License-Identifier: GPL-2.0-only
/** The guest's architecture and accelerator. */
const GUEST_ARCHES = ['x86_64', 'aarch64'] as const;
export type GuestArch = (typeof GUEST_ARCHES)[number];

const ACCELS = ['kvm', 'tcg'] as const;
export type Accel = (typeof ACCELS)[number];

/** The architecture of this machine, in the guest's words. */
export function hostArch(): GuestArch {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}
