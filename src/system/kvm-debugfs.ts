// SPDX-License-Identifier: GPL-2.0-only
/** What KVM says of a guest's time-stamp counter, in debugfs: which only root reads, where it is mounted. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TscScale } from '../model/trace-clock.ts';

const KVM_DEBUGFS = '/sys/kernel/debug/kvm';

/** One vCPU's files, as the kernel prints them; null = there is none: the CPU does not scale. */
export interface VcpuTsc {
  readonly offset: string;
  readonly ratio: string | null;
  readonly fractionBits: string | null;
}

export type GuestTsc = TscScale | { readonly without: string };

/** The counter of the guest of a VMM, by the process's number; never throws: what is not known is said. */
export async function readGuestTsc(pid: number, root: string = KVM_DEBUGFS): Promise<GuestTsc> {
  try {
    const own = (await readdir(root)).filter((name) => name.startsWith(`${pid}-`));
    if (own.length === 0) return { without: `${root} has no guest of process ${pid}` };
    const vcpus: VcpuTsc[] = [];
    for (const guest of own)
      for (const name of (await readdir(join(root, guest))).filter((each) => /^vcpu\d+$/.test(each)))
        vcpus.push(await readVcpu(join(root, guest, name)));
    return parseGuestTsc(vcpus);
  } catch (error) {
    return { without: `${root} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function readVcpu(folder: string): Promise<VcpuTsc> {
  const [ratio, fractionBits] = await Promise.all(
    ['tsc-scaling-ratio', 'tsc-scaling-ratio-frac-bits'].map((name) =>
      readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
    ),
  );
  return {
    offset: await readFile(join(folder, 'tsc-offset'), 'utf8'),
    ratio: ratio ?? null,
    fractionBits: fractionBits ?? null,
  };
}

/** All vCPUs of a guest have one counter, or none can be used: a task may have run on any of them. */
export function parseGuestTsc(vcpus: readonly VcpuTsc[]): GuestTsc {
  const distinct = new Map<string, TscScale>();
  for (const [index, vcpu] of vcpus.entries()) {
    const scale = parseVcpu(vcpu);
    if (scale === null) return { without: `what KVM says of the counter of vCPU ${index} cannot be read` };
    distinct.set(JSON.stringify(scale), scale);
  }
  const [scale] = distinct.values();
  if (scale === undefined) return { without: 'KVM says nothing of its vCPUs: it is older than Linux 4.9' };
  if (distinct.size > 1) return { without: `its ${vcpus.length} vCPUs have counters that differ` };
  return scale;
}

function parseVcpu({ offset, ratio, fractionBits }: VcpuTsc): TscScale | null {
  const digits = offset.trim();
  if (!/^-?\d{1,20}$/.test(digits)) return null;
  if (ratio === null || fractionBits === null) return { offset: signed(digits), ratio: '1', fractionBits: 0 };
  const [by, bits] = [ratio.trim(), fractionBits.trim()];
  if (!/^[1-9]\d{0,19}$/.test(by) || !/^\d{1,2}$/.test(bits) || Number(bits) > 63) return null;
  return { offset: signed(digits), ratio: by, fractionBits: Number(bits) };
}

/** An offset is a word of 64 bits, which some kernels print without its sign. */
function signed(digits: string): string {
  return BigInt.asIntN(64, BigInt(digits)).toString();
}
