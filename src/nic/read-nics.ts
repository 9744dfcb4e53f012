// SPDX-License-Identifier: GPL-2.0-only
/** Reads the NICs of a machine from sysfs: those of PCI, with or without an interface, and whatever else has one. */
import { basename, dirname } from 'node:path';
import type { Nic, PciFunction } from './nic.ts';
import type { Sysfs } from './sysfs.ts';
import { type NetworkUse, usesOf } from './uses.ts';

export const PCI_DEVICES = 'bus/pci/devices';

export interface ReadOptions {
  readonly sysfs: Sysfs;
  readonly network: NetworkUse;
}

/** An interface and the device behind it, both below the root of sysfs. */
interface Behind {
  readonly port: string;
  readonly device: string;
}

/** In the order of their addresses, those of PCI first. */
export async function readNics(options: ReadOptions): Promise<Nic[]> {
  const { sysfs } = options;
  const behind = await portsOf(sysfs);
  const addresses = await sysfs.names(PCI_DEVICES);
  const classes = await Promise.all(addresses.map((address) => sysfs.text(`${PCI_DEVICES}/${address}/class`)));
  const cards = addresses.filter((_, index) => isNetworkClass(classes[index] ?? ''));
  const real = await Promise.all(cards.map((address) => sysfs.real(`${PCI_DEVICES}/${address}`)));
  // virtio has a device of its own between the card and the interface.
  const cardOf = ({ device }: Behind) => real.findIndex((card) => card === device || device.startsWith(`${card}/`));
  const pci = await Promise.all(
    cards.map((address, index) =>
      readPci(address, { ...options, behind: behind.filter((one) => cardOf(one) === index) }),
    ),
  );
  const others = behind.filter((one) => cardOf(one) < 0);
  const devices = [...new Set(others.map(({ device }) => device))];
  const behindIt = (device: string) => others.filter((one) => one.device === device);
  return [...pci, ...(await Promise.all(devices.map((device) => readOther(device, behindIt(device), options))))];
}

/** An interface without a device behind it is no card: a bridge, a tap, a veth. */
async function portsOf(sysfs: Sysfs): Promise<Behind[]> {
  const names = await sysfs.names('class/net');
  const found = await Promise.all(names.map((name) => sysfs.real(`class/net/${name}/device`)));
  return names.flatMap((port, index) => {
    const device = found[index] ?? null;
    return device === null ? [] : [{ port, device }];
  });
}

function isNetworkClass(text: string): boolean {
  return text.startsWith('0x02');
}

async function readPci(address: string, options: ReadOptions & { readonly behind: readonly Behind[] }): Promise<Nic> {
  const { sysfs, behind } = options;
  const at = `${PCI_DEVICES}/${address}`;
  const [{ class: class_, driver }, reset, speed, width, numa, group, sriov, physical] = await Promise.all([
    readFunction(address, sysfs),
    sysfs.text(`${at}/reset_method`),
    sysfs.text(`${at}/current_link_speed`),
    sysfs.text(`${at}/current_link_width`),
    sysfs.number(`${at}/numa_node`),
    readGroup(at, sysfs),
    readSriov(at, sysfs),
    sysfs.link(`${at}/physfn`),
  ]);
  return {
    ...(await common(address, behind, options)),
    ...{ bus: 'pci', driver, class: class_, group, sriov, physical },
    resetMethods: (reset ?? '').split(' ').filter((word) => word !== ''),
    link: speed === null ? '' : `${speed}${width === null ? '' : ` x${width}`}`,
    numaNode: numa !== null && numa >= 0 ? numa : null,
  };
}

async function readOther(device: string, ports: readonly Behind[], options: ReadOptions): Promise<Nic> {
  const { sysfs } = options;
  const bus = (await sysfs.link(`${device}/subsystem`)) ?? 'unknown';
  // What virtio and the like stand on says more than they do.
  const carrier = bus === 'virtio' ? ((await sysfs.link(`${dirname(device)}/subsystem`)) ?? bus) : bus;
  return {
    ...(await common(basename(device), ports, options)),
    ...{ bus: carrier, driver: await sysfs.link(`${device}/driver`), class: '' },
    group: await readGroup(device, sysfs),
    ...{ sriov: null, physical: null, resetMethods: [], link: '', numaNode: null },
  };
}

async function common(address: string, behind: readonly Behind[], options: ReadOptions) {
  const { sysfs } = options;
  const names = behind.map(({ port }) => port);
  const ports = await Promise.all(
    names.map(async (name) => ({
      name,
      mac: (await sysfs.text(`class/net/${name}/address`)) ?? '',
      state: (await sysfs.text(`class/net/${name}/operstate`)) ?? 'unknown',
    })),
  );
  const uses = (await Promise.all(names.map((name) => usesOf(name, options)))).flat();
  return { name: names[0] ?? address, address, interfaces: ports, uses };
}

async function readFunction(address: string, sysfs: Sysfs): Promise<PciFunction> {
  const at = `${PCI_DEVICES}/${address}`;
  return { address, class: (await sysfs.text(`${at}/class`)) ?? '', driver: await sysfs.link(`${at}/driver`) };
}

async function readGroup(device: string, sysfs: Sysfs): Promise<Nic['group']> {
  const number = await sysfs.link(`${device}/iommu_group`);
  if (number === null) return null;
  const at = `kernel/iommu_groups/${number}`;
  const [type, reserved, members] = await Promise.all([
    sysfs.text(`${at}/type`),
    sysfs.text(`${at}/reserved_regions`),
    sysfs.names(`${at}/devices`),
  ]);
  return {
    ...{ number, type: type ?? '' },
    members: await Promise.all(members.map((member) => readFunction(member, sysfs))),
    reserved: (reserved ?? '').split('\n').filter((line) => line !== ''),
  };
}

async function readSriov(at: string, sysfs: Sysfs): Promise<Nic['sriov']> {
  const total = await sysfs.number(`${at}/sriov_totalvfs`);
  if (total === null || total === 0) return null;
  const links = (await sysfs.names(at)).filter((name) => /^virtfn\d+$/.test(name));
  const addresses = await Promise.all(links.map((name) => sysfs.link(`${at}/${name}`)));
  return {
    ...{ total, current: (await sysfs.number(`${at}/sriov_numvfs`)) ?? 0 },
    functions: await Promise.all(
      addresses.flatMap((address) => (address === null ? [] : [readFunction(address, sysfs)])),
    ),
  };
}
