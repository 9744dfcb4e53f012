// SPDX-License-Identifier: GPL-2.0-only
/** aarch64 guests: the virt machine, whose root ports are hot-plugged natively (pciehp), as it boots by device tree. */
import type { ArchTraits } from './traits.ts';

export const aarch64: ArchTraits = {
  program: {
    kind: 'tool',
    name: 'qemu-system-aarch64',
    package: 'qemu-system-arm',
    packageIn: {
      fedora: 'qemu-system-aarch64-core',
      suse: 'qemu-arm',
      arch: 'qemu-system-aarch64',
      alpine: 'qemu-system-aarch64',
    },
    minimum: '7.2',
  },
  machine: 'virt,gic-version=max',
  // TCG: `max` would authenticate pointers (2.3 to 2.9 x as slow, unless told pauth-impdef=on), and these cores have none.
  cpu: (accel) => (accel === 'kvm' ? 'host' : 'cortex-a72'),
  console: 'ttyAMA0',
  // No rate of a clock is among them: the generic timer tells its own (CNTFRQ_EL0), and nothing is calibrated.
  kernelParameters: (accel) => (accel === 'tcg' ? ['cryptomgr.notests'] : []),
  rootBus: 'pcie.0',
  firstSlotAddress: 3,
};
