// SPDX-License-Identifier: GPL-2.0-only
/** What KVM says of a guest's time-stamp counter, in debugfs: which only root reads, where it is mounted. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../model/errno.ts';
import type { TscScale } from '../model/trace-clock.ts';

const KVM_DEBUGFS = '/sys/kernel/debug/kvm';

/** The number of the machine's first pid namespace: PROC_PID_INIT_INO of the kernel, the same on every machine. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** One vCPU's files, as the kernel prints them; null = there is none: the CPU does not scale. */
export interface VcpuTsc {
  readonly offset: string;
  readonly ratio: string | null;
  readonly fractionBits: string | null;
}

export type GuestTsc = TscScale | { readonly without: string };

/** A VMM's process and the threads of its vCPUs, by their index. */
export interface GuestProcess {
  readonly pid: number;
  readonly vcpus: readonly number[];
}

interface Roots {
  readonly debugfs?: string;
  readonly proc?: string;
}

/**
 * The counter of a VMM's guest; never throws: what is not known is said. debugfs names guests and threads by the numbers of
 * the machine's first pid namespace: seen from another one, the same number may be another VM's. So a folder is taken only
 * where the numbers are ours, and the threads of its vCPUs too.
 */
export async function readGuestTsc(
  { pid, vcpus: threads }: GuestProcess,
  { debugfs = KVM_DEBUGFS, proc = '/proc' }: Roots = {},
): Promise<GuestTsc> {
  try {
    if ((await readlink(join(proc, 'self/ns/pid'))) !== FIRST_PID_NAMESPACE)
      return { without: `${debugfs} has numbers of the machine's processes, and this is a pid namespace of its own` };
    const own = (await readdir(debugfs)).filter((name) => name.startsWith(`${pid}-`));
    if (own.length === 0) return { without: `${debugfs} has no guest of process ${pid}` };
    const vcpus: VcpuTsc[] = [];
    for (const guest of own)
      for (const name of (await readdir(join(debugfs, guest))).filter((each) => /^vcpu\d+$/.test(each))) {
        const folder = join(debugfs, guest, name);
        const other = await notOurs(folder, threads[Number(name.slice('vcpu'.length))]);
        if (other !== null) return { without: other };
        vcpus.push(await readVcpu(folder));
      }
    return parseGuestTsc(vcpus);
  } catch (error) {
    return { without: `${debugfs} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Why a vCPU's folder may be another guest's; null = its thread is ours. */
async function notOurs(folder: string, thread: number | undefined): Promise<string | null> {
  const told = await readIfThere(join(folder, 'pid'));
  if (told === null) return `${folder} does not tell its thread, as older kernels do not`;
  if (thread !== undefined && Number(told.trim()) === thread) return null;
  return `${folder} is that of thread ${told.trim()}, and the guest's is ${thread ?? 'unknown'}`;
}

function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, ['ENOENT'])) return null;
    throw error;
  });
}

async function readVcpu(folder: string): Promise<VcpuTsc> {
  const [ratio, fractionBits] = await Promise.all(
    ['tsc-scaling-ratio', 'tsc-scaling-ratio-frac-bits'].map((name) => readIfThere(join(folder, name))),
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
