// SPDX-License-Identifier: GPL-2.0-only
/** What a nested host's image is made of, of this machine's own files: programs, all that they load, and data. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { everyRequirement } from '../../src/lab/plan/needs.ts';
import { run } from '../../src/system/exec.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { CORE_REQUIREMENTS, NESTED_TOOLS, OPTIONAL_TOOLS } from '../../src/system/tools.ts';
import { BASE_SYSTEM } from '../support/own-path.ts';

/** The suite's own PATH has what is declared; the image has what a host has besides. */
const SYSTEM_PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Of the base system, and used by its scripts. */
const OWN = [
  'setsid',
  'setpriv',
  'prlimit',
  'mountpoint',
  'hostname',
  'dmesg',
  'ps',
  'kill',
  'df',
  'dd',
  'tee',
  'od',
  'comm',
  'diff',
];
/** For those who work in it by hand, and in the image where they are installed. */
const HANDY = [
  ...['ping', 'lspci', 'strace', 'gdb', 'tcpdump', 'perf', 'awk', 'top', 'less', 'vmstat', 'netstat', 'lsof'],
  ...['iptables', 'ip6tables', 'iptables-save', 'ebtables', 'ebtables-legacy', 'iptables-legacy', 'ip6tables-legacy'],
  ...['ss', 'nstat', 'pgrep', 'ovs-appctl', 'ovs-dpctl', 'ovs-ofctl', 'netperf', 'netserver'],
  ...['sshd', 'ssh', 'scp', 'ssh-keygen', 'sudo', 'nproc', 'sha256sum', 'md5sum', 'which', 'file', 'chown', 'cmp'],
  ...['git', 'lsmod', 'modinfo', 'rmmod', 'insmod', 'depmod', 'lscpu', 'lsns', 'findmnt', 'ipset', 'conntrack'],
];

/** What programs read or load by name, where it is there. */
const DATA = [
  ...['/usr/share/qemu', '/usr/share/seabios', '/usr/lib/ipxe/qemu', '/usr/share/openvswitch'],
  ...['/usr/lib/x86_64-linux-gnu/xtables', '/usr/lib/x86_64-linux-gnu/qemu', '/etc/iproute2', '/etc/ethertypes'],
  // glibc loads it when a thread is cancelled.
  '/usr/lib/x86_64-linux-gnu/libgcc_s.so.1',
  ...['/etc/os-release', '/etc/protocols', '/etc/services', '/etc/nsswitch.conf', '/etc/debian_version'],
  ...['/usr/share/misc/pci.ids', '/etc/netconfig'],
];
const LOADER = '/lib64/ld-linux-x86-64.so.2';
/** Firmware of other machines, and what draws or sounds. */
const LEFT_OUT =
  /\/(skiboot|openbios|hppa-|s390|slof|opensbi|palcode|u-boot|QEMU,|keymaps|audio-|ui-|hw-usb|chardev-|edk2)/;

/** A file of this machine, and where it lies in the image. */
export interface ImageFile {
  readonly from: string;
  readonly to: string;
}

/** Throws for a program that must be there and is not, by name. */
export async function systemFiles(): Promise<ImageFile[]> {
  const declared = [...CORE_REQUIREMENTS, ...NESTED_TOOLS, ...OPTIONAL_TOOLS, ...everyRequirement()];
  const needed = declared.flatMap((each) => (each.kind === 'tool' ? [each.name] : []));
  const programs: ImageFile[] = [];
  const missing: string[] = [];
  for (const name of new Set([...BASE_SYSTEM, ...needed])) {
    const file = await programNamed(name);
    if (file === null) missing.push(name);
    else programs.push(file);
  }
  if (missing.length > 0) throw new Error(`the image of a nested host needs ${missing.join(', ')}: ./setup.sh --dev`);
  for (const name of new Set([...OWN, ...HANDY])) {
    const file = await programNamed(name);
    if (file !== null) programs.push(file);
  }
  const node = { from: process.execPath, to: '/usr/bin/node' };
  const data = (await Promise.all(DATA.map(filesBelow))).flat().filter(({ to }) => !LEFT_OUT.test(to));
  return unique([...programs, node, ...data]);
}

/** With what the programs load; the loader itself has its place in their headers. */
export async function withLibraries(files: readonly ImageFile[], signal: AbortSignal): Promise<ImageFile[]> {
  const ask = files.filter(({ to }) => /^\/usr\/s?bin\//.test(to) || to.includes('/qemu/accel-'));
  return unique([...files, ...(await librariesOf(ask, signal))]);
}

/** Of the files' places, sizes and times. */
export async function keyOf(files: readonly ImageFile[], salt: string): Promise<string> {
  const hash = createHash('sha256').update(salt);
  for (const { from, to } of files) {
    const { size, mtimeMs, mode } = await stat(from);
    hash.update(`${to} ${size} ${mtimeMs} ${mode}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** All files below a folder, or the file itself; none where there is none. Links are followed. */
export async function filesBelow(path: string): Promise<ImageFile[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) return [];
  if (found.isFile()) return [{ from: path, to: path }];
  if (!found.isDirectory()) return [];
  const inside = await readdir(path);
  return (await Promise.all(inside.sort().map((name) => filesBelow(join(path, name))))).flat();
}

async function programNamed(name: string): Promise<ImageFile | null> {
  const inPlace = SYSTEM_PATH.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const from = inPlace ?? (await findTool(name));
  return from === null ? null : { from, to: await placeOf(from) };
}

/** /bin and /lib are links into /usr, also in the image. The name itself stays: programs look at what they are called by. */
async function placeOf(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path));
}

/** What the loader says: ldd asks it too, at five times the cost. */
async function librariesOf(files: readonly ImageFile[], signal: AbortSignal): Promise<ImageFile[]> {
  const found = new Map<string, ImageFile>();
  for (const { from } of files) {
    if (!(await isElf(from))) continue;
    // Of one that is linked statically it says so, and fails.
    const { stdout } = await run([LOADER, '--list', from], { signal, allowFailure: true, what: 'ask the loader' });
    for (const [, path] of stdout.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm))
      if (path !== undefined && !found.has(path)) found.set(path, { from: path, to: await placeOf(path) });
  }
  return [...found.values()];
}

async function isElf(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === '\x7fELF';
  } finally {
    await file.close();
  }
}

function unique(files: readonly ImageFile[]): ImageFile[] {
  return [...new Map(files.map((file) => [file.to, file])).values()].sort((a, b) => (a.to < b.to ? -1 : 1));
}
