// SPDX-License-Identifier: GPL-2.0-only
/** What this machine is: the host's part of a run's environment, and the few facts that planning needs. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, machine, release, totalmem, version } from 'node:os';
import type { Environment, LoadState } from '../model/environment.ts';
import type { MachineFacts } from '../model/plan.ts';
import { deadlineFactor } from './deadline.ts';
import { readDistribution } from './distribution.ts';
import { versionLine } from './find-tool.ts';
import { readHostTuning } from './host-tuning.ts';
import { readHypervisor } from './hypervisor.ts';
import { isModuleUsable } from './link-types.ts';
import { lookAtVhostNet } from './vhost-net.ts';

export { parseOffloads, readOffloads } from './offloads.ts';

/** The environment without what only a live lab knows. */
export type HostEnvironment = Omit<Environment, 'guests' | 'devices' | 'after'>;

/** Modules whose presence or version changes what is measured. */
const MODULES = [
  ...['tun', 'tap', 'macvtap', 'macvlan', 'bridge', 'veth', 'vhost', 'vhost_net', 'virtio_net'],
  ...['kvm', 'kvm_intel', 'kvm_amd', 'openvswitch', 'br_netfilter', 'nf_conntrack'],
];

const TOOLS: Readonly<Record<string, readonly string[]>> = {
  iproute2: ['ip', '-V'],
  passt: ['passt', '--version'],
  ethtool: ['ethtool', '--version'],
};

/** Everything but the guest, its VMM and the lab's devices. */
export async function readHostEnvironment({ signal }: { readonly signal: AbortSignal }): Promise<HostEnvironment> {
  const [bootId, commandLine, cpuInfo, distribution, modules, tools, before, vhost] = await Promise.all([
    readLine('/proc/sys/kernel/random/boot_id'),
    readLine('/proc/cmdline'),
    readFile('/proc/cpuinfo', 'utf8').catch(() => ''),
    readDistribution(),
    readModules(),
    readTools(signal),
    readLoad(),
    lookAtVhostNet(),
  ]);
  return {
    hostname: hostname(),
    bootId: bootId ?? '',
    kernel: { release: release(), version: version(), commandLine: commandLine ?? '' },
    os: distribution.name,
    cpu: {
      model: cpuModel(cpuInfo),
      online: await readCpus('online'),
      isolated: await readCpus('isolated'),
      governor: await readLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
      smt: await readLine('/sys/devices/system/cpu/smt/control'),
    },
    clocksource: await readLine('/sys/devices/system/clocksource/clocksource0/current_clocksource'),
    hypervisor: await readHypervisor(),
    ...(await readHostTuning()),
    ...(deadlineFactor() === 1 ? {} : { deadlines: deadlineFactor() }),
    memoryMiB: Math.floor(totalmem() / 2 ** 20),
    ...(vhost.kind === 'absent' ? { vhostNet: false, vhostWhy: vhost.why } : { vhostNet: true }),
    modules,
    node: process.version,
    tools,
    before,
  };
}

/** What planning needs; cheap, and works without root. */
export async function readMachineFacts(): Promise<MachineFacts> {
  const [cpus, isolatedCpus, openvswitch, vhost] = await Promise.all([
    readCpus('online'),
    readCpus('isolated'),
    isModuleUsable('openvswitch'),
    lookAtVhostNet(),
  ]);
  // A lab is root's: what only root may open is there.
  const found =
    vhost.kind === 'absent' ? { vhostNet: false, vhostWhy: vhost.why, vhostCure: vhost.cure } : { vhostNet: true };
  return { cpus, isolatedCpus, ...found, openvswitch, arch: machine() };
}

/** Load and CPU ticks now; the difference of two tells what was stolen in between. */
export async function readLoad(): Promise<LoadState> {
  const [load, stat] = await Promise.all([
    readFile('/proc/loadavg', 'utf8').catch(() => ''),
    readFile('/proc/stat', 'utf8').catch(() => ''),
  ]);
  return { load1: Number.parseFloat(load) || 0, ...parseTicks(stat) };
}

/** The `cpu` line of /proc/stat (proc(5)): user and nice already contain guest and guest_nice. */
export function parseTicks(stat: string): { stealTicks: number; totalTicks: number } {
  const fields = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? '').split(/\s+/).map((field) => Number(field) || 0);
  return { stealTicks: fields[7] ?? 0, totalTicks: fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0) };
}

/** "0-2,5" -> [0, 1, 2, 5]: the kernel's list format. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .flatMap((part) => {
      const [from, to] = part.split('-').map(Number);
      if (part === '' || from === undefined || !Number.isInteger(from)) return [];
      return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i);
    });
}

async function readCpus(set: 'online' | 'isolated'): Promise<number[]> {
  return parseCpuList((await readLine(`/sys/devices/system/cpu/${set}`)) ?? (set === 'online' ? '0' : ''));
}

function cpuModel(cpuInfo: string): string {
  return /^(?:model name|Model|cpu model)\s*:\s*(.+)$/m.exec(cpuInfo)?.[1]?.trim() ?? `${machine()} processor`;
}

async function readModules(): Promise<Record<string, string | null>> {
  const found = await Promise.all(
    MODULES.filter((name) => existsSync(`/sys/module/${name}`)).map(
      async (name) => [name, await readLine(`/sys/module/${name}/version`)] as const,
    ),
  );
  return Object.fromEntries(found);
}

async function readTools(signal: AbortSignal): Promise<Record<string, string | null>> {
  const lines = Object.entries(TOOLS).map(async ([name, argv]) => [name, await versionLine(argv, signal)] as const);
  return Object.fromEntries(await Promise.all(lines));
}

async function readLine(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim() || null;
  } catch {
    return null; // the kernel of this machine does not tell
  }
}
