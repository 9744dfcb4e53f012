// SPDX-License-Identifier: GPL-2.0-only
/** What QEMU refuses on some machines, and takes in another form. */
import type { GuestPlan } from '../vmm.ts';

/** MSR 0x10a is IA32_ARCH_CAPABILITIES: some hypervisors show it to a machine of theirs and refuse to have it set. */
const REFUSED_MSR = /failed to set MSR 0x10a\b/;
const FEATURE = 'arch-capabilities';

/**
 * A guest whose CPU lacks that register, where QEMU ended because of it. Never before: a guest without it takes its CPU for
 * one that needs mitigations (RDCL_NO is hidden), and its latencies are others.
 */
export function mendRefusedMsr(plan: GuestPlan, said: string): GuestPlan | null {
  const { accel, arch, cpuWithout = [] } = plan;
  if (accel !== 'kvm' || arch !== 'x86_64' || !REFUSED_MSR.test(said) || cpuWithout.includes(FEATURE)) return null;
  return { ...plan, cpuWithout: [...cpuWithout, FEATURE] };
}
