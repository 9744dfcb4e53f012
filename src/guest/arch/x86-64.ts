/** x86_64 guests: q35, whose root ports are hot-plugged through ACPI (0.3 s; native pciehp takes 6.7 s). */
import type { ArchTraits } from '../arch.ts';

export const x86_64: ArchTraits = {
  qemu: 'qemu-system-x86_64',
  machine: 'q35',
  // TCG: QEMU's own default; `max` boots no quicker and transacts no quicker. KVM: what the host has.
  cpu: (accel) => (accel === 'kvm' ? 'host' : 'qemu64'),
  console: 'ttyS0',
  // cryptomgr.notests: the self-tests of the crypto code take 0.2 s of a TCG boot and touch nothing that is measured.
  // tsc=reliable: TCG's TSC is the host's clock, but the guest's watchdog compares it with a slow emulated HPET and, on a
  // loaded host, may switch to that in the middle of a run. Not set: no_timer_check and mitigations=off, which gain
  // nothing here, and the latter would make the guest another one than the user runs.
  kernelParameters: (accel) => (accel === 'tcg' ? ['cryptomgr.notests', 'tsc=reliable'] : []),
  rootBus: 'pcie.0',
  firstSlotAddress: 3,
};
