// SPDX-License-Identifier: GPL-2.0-only
/** Gives devices of this machine back to what had them: from what was written down before they were taken, in any state. */
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../model/errors.ts';
import { deadlineMs } from './deadline.ts';
import { run } from './exec.ts';

/** What a device was before a lab took it. Whatever is so already is left alone, so that giving back twice does no harm. */
export type Borrowed =
  /** The driver of a PCI device, and the override that it had. */
  | {
      readonly kind: 'driver';
      readonly address: string;
      readonly driver: string | null;
      readonly override: string | null;
    }
  /** The number of virtual functions of a PCI device, and whether drivers take new ones. */
  | { readonly kind: 'functions'; readonly address: string; readonly count: number; readonly autoprobe: string | null }
  /** An interface of a PCI device, which comes back under another name, and down. */
  | {
      readonly kind: 'interface';
      readonly address: string;
      readonly name: string;
      readonly up: boolean;
      readonly mtu: number;
      readonly mac: string;
    };

/** A journal is read back: no other device is touched than one of PCI, and nothing but what a lab changes. */
export function isBorrowed(value: unknown): value is Borrowed {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('address' in value)) return false;
  const { kind, address } = value;
  return (
    (kind === 'driver' || kind === 'functions' || kind === 'interface') &&
    typeof address === 'string' &&
    /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(address)
  );
}

export interface GivenBack {
  /** "0000:01:00.0 has its driver e1000e again". */
  readonly done: readonly string[];
  /** What could not be given back, and why. */
  readonly failed: readonly string[];
}

/** How the machine is reached; a test has another. */
export interface DeviceAccess {
  readonly root: string;
  /** Writes a file of sysfs. */
  write(path: string, text: string): Promise<void>;
  /** Runs a command in the network namespace of the interfaces. */
  run(argv: readonly string[]): Promise<void>;
  /** How long an interface may take to come back. */
  readonly waitMs: number;
}

/** Never cancelled: what was taken is given back whatever ended the work. */
const NEVER = new AbortController().signal;
const POLL_MS = 50;

export const thisMachineAccess: DeviceAccess = {
  root: '/sys',
  write: (path, text) => writeFile(path, text),
  run: async (argv) => {
    await run(argv, { signal: NEVER, what: 'give a NIC back' });
  },
  waitMs: 10_000,
};

/** In the order given, which is the reverse of that in which they were taken; goes on after what fails. */
export async function giveBack(all: readonly Borrowed[], access: DeviceAccess = thisMachineAccess): Promise<GivenBack> {
  const done: string[] = [];
  const failed: string[] = [];
  for (const borrowed of all) {
    try {
      const said = await giveOne(borrowed, access);
      if (said !== null) done.push(said);
    } catch (error) {
      failed.push(`${borrowed.address}: ${reasonOf(error)}`);
    }
  }
  return { done, failed };
}

function giveOne(borrowed: Borrowed, access: DeviceAccess): Promise<string | null> {
  switch (borrowed.kind) {
    case 'driver':
      return giveDriver(borrowed, access);
    case 'functions':
      return giveFunctions(borrowed, access);
    case 'interface':
      return giveInterface(borrowed, access);
    default:
      return borrowed satisfies never;
  }
}

type Of<K extends Borrowed['kind']> = Extract<Borrowed, { kind: K }>;

/** Where the files of a PCI device lie. */
export function pciPath(root: string, address: string): string {
  return `${root}/bus/pci/devices/${address}`;
}

/** The driver that a PCI device has now; null = none, or no such device. */
export function driverOf(root: string, address: string): Promise<string | null> {
  return readlink(`${pciPath(root, address)}/driver`).then(basename, () => null);
}

/** Takes a device from whatever driver it has, and lets the one that is named for it take it; looks whether it did. */
export async function rebind(access: DeviceAccess, address: string, override: string | null): Promise<void> {
  const { root } = access;
  const at = pciPath(root, address);
  await access.write(`${at}/driver_override`, `${override ?? ''}\n`);
  const present = await driverOf(root, address);
  if (present !== null && present !== override) await access.write(`${at}/driver/unbind`, address);
  await access.write(`${root}/bus/pci/drivers_probe`, address);
}

async function giveDriver({ address, driver, override }: Of<'driver'>, access: DeviceAccess): Promise<string | null> {
  const { root } = access;
  const present = await driverOf(root, address);
  const word = await readFile(`${pciPath(root, address)}/driver_override`, 'utf8').catch(() => null);
  // A virtual function that is gone has nothing to be given back to.
  if (word === null) return null;
  const as = word.trim() === '(null)' || word.trim() === '' ? null : word.trim();
  if (present === driver && as === override) return null;
  await rebind(access, address, override);
  if (driver === null && override === null) {
    // Without an override a driver may have taken it that was not there before.
    const taken = await driverOf(root, address);
    if (taken !== null) await access.write(`${pciPath(root, address)}/driver/unbind`, address);
    return `${address} has no driver again`;
  }
  const now = await driverOf(root, address);
  if (now !== driver) throw new Error(`its driver was ${driver ?? 'none'}, and is now ${now ?? 'none'}`);
  return `${address} has its driver ${driver ?? 'none'} again`;
}

async function giveFunctions(
  { address, count, autoprobe }: Of<'functions'>,
  access: DeviceAccess,
): Promise<string | null> {
  const at = pciPath(access.root, address);
  const read = async (name: string) => (await readFile(`${at}/${name}`, 'utf8')).trim();
  const [numbered, probed] = [
    Number(await read('sriov_numvfs')),
    await read('sriov_drivers_autoprobe').catch(() => null),
  ];
  if (numbered === count && probed === autoprobe) return null;
  if (numbered !== count && numbered !== 0) await access.write(`${at}/sriov_numvfs`, '0');
  if (autoprobe !== null && probed !== autoprobe) await access.write(`${at}/sriov_drivers_autoprobe`, autoprobe);
  if (count !== 0 && numbered !== count) await access.write(`${at}/sriov_numvfs`, String(count));
  const now = Number(await read('sriov_numvfs'));
  if (now !== count) throw new Error(`it had ${count} virtual functions, and has now ${now}`);
  return `${address} has ${count} virtual functions again`;
}

/** Its driver makes the interface anew; some time later udev may name it. */
async function giveInterface(
  { address, name, up, mtu, mac }: Of<'interface'>,
  access: DeviceAccess,
): Promise<string | null> {
  const found = await waitForInterface(address, name, access);
  if (found === null)
    throw new Error(`its interface ${name} did not come back within ${deadlineMs(access.waitMs) / 1000} s`);
  const read = async (file: string) => Number(await readFile(`${access.root}/class/net/${found}/${file}`, 'utf8'));
  const isUp = ((await read('flags')) & 1) === 1;
  const steps: (readonly string[])[] = [];
  const owned = (await readFile(`${access.root}/class/net/${found}/address`, 'utf8')).trim();
  const renewed = found !== name || owned !== mac;
  if (renewed && isUp) steps.push(['ip', 'link', 'set', found, 'down']);
  if (found !== name) steps.push(['ip', 'link', 'set', found, 'name', name]);
  if ((await read('mtu')) !== mtu) steps.push(['ip', 'link', 'set', name, 'mtu', String(mtu)]);
  if (owned !== mac) steps.push(['ip', 'link', 'set', name, 'address', mac]);
  const stands = renewed ? false : isUp;
  if (stands !== up) steps.push(['ip', 'link', 'set', name, up ? 'up' : 'down']);
  for (const step of steps) await access.run(step);
  return steps.length === 0 ? null : `${name} has its name and its state again (${up ? 'up' : 'down'})`;
}

async function waitForInterface(address: string, name: string, { root, waitMs }: DeviceAccess): Promise<string | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    const names = await interfacesOf(root, address);
    const found = names.find((one) => one === name) ?? names[0];
    if (found !== undefined) return found;
    if (waited >= deadlineMs(waitMs)) return null;
    await delay(POLL_MS);
  }
}

/** Virtio has a device of its own between a card and its interfaces. */
async function interfacesOf(root: string, address: string): Promise<readonly string[]> {
  const at = pciPath(root, address);
  const names = (folder: string) => readdir(folder).catch((): string[] => []);
  const virtio = (await names(at)).filter((name) => /^virtio\d+$/.test(name));
  return (
    await Promise.all([at, ...virtio.map((name) => `${at}/${name}`)].map((folder) => names(`${folder}/net`)))
  ).flat();
}
