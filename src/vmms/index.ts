// SPDX-License-Identifier: GPL-2.0-only
/** The one array of VMMs. */
import { qemu } from './qemu/qemu.ts';
import type { Vmm } from './vmm.ts';

/** The first is what boots the guest of a lab that names none. */
export const vmms: readonly Vmm[] = [qemu];

/** What a reader of run folders asks of a VMM. */
export type RecordedVmm = Pick<Vmm, 'name' | 'machineWords' | 'nicWords'>;

/** The VMM that a run folder names; of a kind that this hoplab does not know, its name alone. */
export function vmmRecorded(kind: string | undefined): RecordedVmm {
  const known = kind === undefined ? vmms[0] : vmms.find((vmm) => vmm.kind === kind);
  return known ?? { name: kind ?? 'unknown', machineWords: () => [], nicWords: () => [] };
}

/** The VMM of a kind that a lab names, or that of a lab that names none. Throws a plain Error for any other word: that is a bug. */
export function vmmOf(kind: string | undefined): Vmm {
  const found = kind === undefined ? vmms[0] : vmms.find((vmm) => vmm.kind === kind);
  if (found === undefined) throw new Error(`no VMM of kind ${kind}`);
  return found;
}
