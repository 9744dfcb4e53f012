// SPDX-License-Identifier: GPL-2.0-only
/** The environment of another machine, from its files. */
import { type HostEnvironment, parseCpuList, parseTicks } from '../../system/facts.ts';
import type { SshConnection } from './connection.ts';

const CPU = '/sys/devices/system/cpu';
const FILES = {
  online: `${CPU}/online`,
  isolated: `${CPU}/isolated`,
  governor: `${CPU}/cpu0/cpufreq/scaling_governor`,
  smt: `${CPU}/smt/control`,
  clocksource: '/sys/devices/system/clocksource/clocksource0/current_clocksource',
  bootId: '/proc/sys/kernel/random/boot_id',
  commandLine: '/proc/cmdline',
  hostname: '/proc/sys/kernel/hostname',
  release: '/proc/sys/kernel/osrelease',
  version: '/proc/sys/kernel/version',
  arch: '/proc/sys/kernel/arch',
  vendor: '/sys/class/dmi/id/sys_vendor',
  os: '/etc/os-release',
  cpuInfo: '/proc/cpuinfo',
  memory: '/proc/meminfo',
  load: '/proc/loadavg',
  stat: '/proc/stat',
} as const;
type Name = keyof typeof FILES;

interface FilesRead {
  /** Of one that the machine does not have there are none. */
  readonly lines: (name: Name) => readonly string[];
  readonly arch: string;
  readonly cpus: readonly number[];
  readonly isolatedCpus: readonly number[];
}

/** All in one command: grep names the file of each line, and passes over files that are not there. */
export async function readFiles(connection: SshConnection, signal: AbortSignal): Promise<FilesRead> {
  const { host } = connection.target;
  const what = `read what ${host} is`;
  const options = { what, allowFailure: true, signal };
  const { stdout } = await connection.run(['grep', '-aHs', '', '--', ...Object.values(FILES)], options);
  const said = stdout.split('\n');
  const lines = (name: Name) =>
    said.filter((line) => line.startsWith(`${FILES[name]}:`)).map((line) => line.slice(FILES[name].length + 1));
  const arch = lines('arch')[0] ?? (await connection.run(['uname', '-m'], { what, signal })).stdout.trim();
  return {
    ...{ lines, arch },
    cpus: parseCpuList(lines('online')[0] ?? '0'),
    isolatedCpus: parseCpuList(lines('isolated')[0] ?? ''),
  };
}

/** Everything but the guest, its VMM and the lab's devices. */
export async function readEnvironment(connection: SshConnection, signal: AbortSignal): Promise<HostEnvironment> {
  const { lines, arch, cpus, isolatedCpus } = await readFiles(connection, signal);
  const first = (name: Name) => lines(name)[0]?.trim() || null;
  const field = (name: Name, pattern: RegExp) =>
    lines(name)
      .map((line) => pattern.exec(line)?.[1])
      .find((it) => it);
  const model = field('cpuInfo', /^(?:model name|Model|cpu model)\s*:\s*(.+)$/);
  const virtual = lines('cpuInfo').some((line) => /^flags\s*:.*\bhypervisor\b/.test(line));
  return {
    hostname: first('hostname') ?? '',
    bootId: first('bootId') ?? '',
    kernel: {
      release: first('release') ?? '',
      version: first('version') ?? '',
      commandLine: first('commandLine') ?? '',
    },
    os: field('os', /^PRETTY_NAME="?([^"]*)"?$/) ?? 'Linux',
    cpu: {
      ...{ model: model ?? `${arch} processor`, online: [...cpus], isolated: [...isolatedCpus] },
      ...{ governor: first('governor'), smt: first('smt') },
    },
    clocksource: first('clocksource'),
    hypervisor: virtual ? (first('vendor') ?? 'unknown hypervisor') : 'none',
    memoryMiB: Math.floor(Number(field('memory', /^MemTotal:\s*(\d+)/) ?? 0) / 1024),
    ...{ vhostNet: false, modules: {}, node: process.version, tools: {} },
    before: { load1: Number.parseFloat(first('load') ?? '') || 0, ...parseTicks(lines('stat').join('\n')) },
  };
}
