// SPDX-License-Identifier: GPL-2.0-only
/** The parts that a guest boots from, as far as they can be had without fetching anything. */
import { existsSync } from 'node:fs';
import { hostArch } from '../../guest/arch.ts';
import { buildImage } from '../../guest/image.ts';
import { findKernel } from '../../guest/kernel.ts';
import { guestBinary } from '../../machines/guest/guest.ts';
import { memoryNeeds, modulesOf } from '../../model/attachment.ts';
import type { GuestSpec } from '../../model/lab-spec.ts';
import type { PathPlan } from '../../model/plan.ts';
import { GUEST_BPF_TOOLS, GUEST_TOOLS, nativeBinary } from '../../system/paths.ts';
import type { GuestPlan } from '../../vmms/vmm.ts';

export interface GuestOptions {
  readonly name: string;
  readonly slots: number;
  /** What its NICs stand on may need something of the guest; default none. */
  readonly paths?: readonly PathPlan[];
  readonly signal: AbortSignal;
  /** A static busybox for a shell in the guest; absent in a guest that is measured. */
  readonly busybox?: string | null;
}

/** What the guest is booted from. Throws NOT_SET_UP or KERNEL_INVALID where a part is not there. */
export async function planGuest(
  spec: GuestSpec,
  { name, slots, paths = [], signal, busybox = null }: GuestOptions,
): Promise<GuestPlan> {
  const choice =
    spec.kernel.kind === 'file'
      ? ({ kind: 'file', kernel: spec.kernel.image, modules: spec.kernel.modules } as const)
      : spec.kernel;
  const kernel = await findKernel(choice, { arch: spec.arch, signal, fetch: false });
  const arch = spec.arch === hostArch() ? undefined : spec.arch;
  const tools = [...GUEST_TOOLS, ...GUEST_BPF_TOOLS.filter((tool) => existsSync(nativeBinary(tool, arch)))];
  const needed = paths.map(({ backendPlan }) => backendPlan.needs ?? {});
  const image = await buildImage({
    kernel,
    modules: modulesOf(needed),
    agent: nativeBinary('agent', arch),
    binaries: Object.fromEntries(tools.map((tool) => [guestBinary(tool), nativeBinary(tool, arch)])),
    busybox,
    signal,
  });
  const needs = memoryNeeds(needed);
  return {
    name,
    arch: spec.arch,
    accel: spec.accel === 'kvm' ? 'kvm' : 'tcg',
    kernel: kernel.imagePath,
    initrd: image.path,
    cpus: spec.cpus,
    memoryMiB: spec.memoryMiB,
    slots,
    ...(Object.keys(needs).length === 0 ? {} : { needs }),
  };
}
