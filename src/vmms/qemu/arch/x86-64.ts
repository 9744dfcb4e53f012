// SPDX-License-Identifier: GPL-2.0-only
/** x86_64 guests: q35, whose root ports are hot-plugged through ACPI (0.3 s; native pciehp takes 6.7 s). */
import type { ArchTraits } from './traits.ts';

export const x86_64: ArchTraits = {
  program: {
    kind: 'tool',
    name: 'qemu-system-x86_64',
    package: 'qemu-system-x86',
    packageIn: { fedora: 'qemu-system-x86-core', alpine: 'qemu-system-x86_64' },
    minimum: '7.2',
  },
  machine: 'q35',
  // TCG: QEMU's own default; `max` boots no quicker and transacts no quicker. KVM: what the host has.
  cpu: (accel) => (accel === 'kvm' ? 'host' : 'qemu64'),
  console: 'ttyS0',
  // cryptomgr.notests: the self-tests of the crypto code take 0.2 s of a TCG boot and touch nothing that is measured.
  // tsc=reliable: TCG's TSC is the host's clock, but the guest's watchdog compares it with a slow emulated HPET and, on a
  // loaded host, may switch to that in the middle of a run.
  // tsc_early_khz: without it the kernel counts the TSC's ticks against emulated timers while it boots. On an overloaded
  // host a guest was seen that found 3.29 times too few; the kernel refines its figure a second later against the HPET,
  // but takes only what is within 1 % of it. From the right figure on the refinement is harmless: the readings at the ends of
  // its second count only if they took under 31 us (tsc_read_refs). KVM guests have kvm-clock, whose rate the host gives.
  // Not set: no_timer_check and mitigations=off, which gain nothing here, and the latter would make the guest another one
  // than the user runs.
  kernelParameters: (accel, tscKhz) => {
    if (accel !== 'tcg') return [];
    return ['cryptomgr.notests', 'tsc=reliable', ...(tscKhz === undefined ? [] : [`tsc_early_khz=${tscKhz}`])];
  },
  rootBus: 'pcie.0',
  firstSlotAddress: 3,
};
