// SPDX-License-Identifier: GPL-2.0-only
/** What must be so of a machine before any of its NICs can be a guest's: IOMMU, interrupt remapping, vfio-pci, memory. */
import { readFile } from 'node:fs/promises';
import { isModuleUsable } from '../system/link-types.ts';
import type { Check } from './nic.ts';
import type { Sysfs } from './sysfs.ts';

const UNSAFE = 'module/vfio_iommu_type1/parameters/allow_unsafe_interrupts';
const DRIVER = 'bus/pci/drivers/vfio-pci';
/** Bit of CAP_IPC_LOCK, with which a process may lock any amount of memory. */
const CAP_IPC_LOCK = 14n;
const GIB_KIB = 2 ** 20;

export interface MachineLook {
  readonly sysfs: Sysfs;
  /** Files of /proc, by name; a test has its own. */
  readonly proc?: (name: string) => Promise<string>;
  /** The guest's memory: all of it is pinned. */
  readonly guestMiB: number;
}

const readProc = (name: string) => readFile(`/proc/${name}`, 'utf8').catch(() => '');

/** In the order in which they stand in each other's way. */
export async function checkMachine({ sysfs, proc = readProc, guestMiB }: MachineLook): Promise<Check[]> {
  const iommu = await checkIommu(sysfs, proc);
  return [
    iommu,
    // Without an IOMMU nothing can be said of what it does with interrupts.
    ...(iommu.verdict === 'failed' ? [] : [await checkRemapping(sysfs, proc)]),
    await checkVfio(sysfs),
    await checkLock(proc, guestMiB),
    await checkMemory(proc, guestMiB),
  ];
}

type Proc = NonNullable<MachineLook['proc']>;

async function checkIommu(sysfs: Sysfs, proc: Proc): Promise<Check> {
  const [groups, units, tables] = await Promise.all(
    ['kernel/iommu_groups', 'class/iommu', 'firmware/acpi/tables'].map((name) => sysfs.names(name)),
  );
  const shared = { what: 'IOMMU', source: sysfs.name('kernel/iommu_groups') };
  if (groups?.length && units?.length)
    return { ...shared, verdict: 'met', found: `${units.join(', ')}, ${groups.length} groups`, hint: '' };
  const table = tables?.find((name) => ['DMAR', 'IVRS', 'IORT'].includes(name));
  const parameters = (await proc('cmdline')).split(/\s+/);
  const off = parameters.find((word) => /^(intel_iommu|amd_iommu|iommu)=off$/.test(word));
  const found = ['no group', ...(table === undefined ? [] : [`although the firmware has a table ${table}`])].join(', ');
  return { ...shared, verdict: 'failed', found, hint: iommuHint(table, off) };
}

function iommuHint(table: string | undefined, off: string | undefined): string {
  if (off !== undefined) return `boot without ${off}`;
  if (table === 'DMAR') return 'boot with intel_iommu=on';
  if (table !== undefined) return 'switch the IOMMU on in the firmware, and boot without iommu=off';
  return 'switch VT-d, AMD-Vi or the SMMU on in the firmware; on Intel boot with intel_iommu=on too';
}

/** Without it a guest could raise any interrupt, and VFIO refuses: allow_unsafe_interrupts is never set here. */
async function checkRemapping(sysfs: Sysfs, proc: Proc): Promise<Check> {
  const shared = { what: 'interrupt remapping' };
  if ((await sysfs.text(UNSAFE)) === 'Y')
    return {
      ...{ ...shared, verdict: 'warning', source: sysfs.name(UNSAFE), found: 'VFIO was told to do without it' },
      hint: 'a guest can raise any interrupt of this machine',
    };
  if (/\bIR-/.test(await proc('interrupts')))
    return { ...shared, verdict: 'met', source: '/proc/interrupts', found: 'interrupts are remapped (IR-)', hint: '' };
  const units = (await sysfs.names('class/iommu')).filter((name) => name.startsWith('dmar'));
  for (const unit of units) {
    const at = `class/iommu/${unit}/intel-iommu/ecap`;
    const ecap = await sysfs.text(at);
    const able = ecap !== null && /^[0-9a-f]+$/i.test(ecap) && (BigInt(`0x${ecap}`) & 8n) !== 0n;
    if (!able)
      return { ...shared, verdict: 'failed', source: sysfs.name(at), found: `${unit} cannot`, hint: REMAPPING };
  }
  if (units.length > 0) {
    const off = /\b(intremap=off|nointremap)\b/.exec(await proc('cmdline'))?.[0];
    const source = sysfs.name('class/iommu/dmar*/intel-iommu/ecap');
    if (off === undefined) return { ...shared, verdict: 'met', source, found: 'every unit can (bit 3)', hint: '' };
    return { ...shared, verdict: 'failed', source: '/proc/cmdline', found: off, hint: `boot without ${off}` };
  }
  const found = 'this machine does not tell; where it is off, the VMM is refused the device';
  return { ...shared, verdict: 'warning', source: '/proc/interrupts', found, hint: '' };
}
const REMAPPING = 'switch interrupt remapping (x2APIC) on in the firmware, and boot without intremap=off';

async function checkVfio(sysfs: Sysfs): Promise<Check> {
  const shared = { what: 'vfio-pci', source: sysfs.name(DRIVER) };
  if ((await sysfs.names(DRIVER)).length > 0) return { ...shared, verdict: 'met', found: 'loaded', hint: '' };
  if (await isModuleUsable('vfio_pci'))
    return { ...shared, verdict: 'met', found: 'not loaded; the module is there', hint: '' };
  const found = 'neither loaded nor in /lib/modules';
  return { ...shared, verdict: 'failed', found, hint: 'boot a kernel with CONFIG_VFIO_PCI' };
}

async function checkLock(proc: Proc, guestMiB: number): Promise<Check> {
  const [status, limits] = await Promise.all(['self/status', 'self/limits'].map(proc));
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(status ?? '')?.[1];
  if (capabilities !== undefined && (BigInt(`0x${capabilities}`) >> CAP_IPC_LOCK) & 1n)
    return {
      what: 'memlock',
      verdict: 'met',
      found: 'any amount (CAP_IPC_LOCK)',
      source: '/proc/self/status',
      hint: '',
    };
  const limit = /^Max locked memory\s+(\S+)/m.exec(limits ?? '')?.[1] ?? '0';
  const wanted = guestMiB * 1024 + GIB_KIB;
  const enough = limit === 'unlimited' || Number(limit) / 1024 >= wanted;
  return {
    ...{ what: 'memlock', source: '/proc/self/limits', verdict: enough ? 'met' : 'failed' },
    found: limit === 'unlimited' ? limit : `${Math.floor(Number(limit) / 2 ** 20)} MiB`,
    hint: enough ? '' : `run as root, or ulimit -l ${wanted}: the guest's memory and 1 GiB`,
  };
}

async function checkMemory(proc: Proc, guestMiB: number): Promise<Check> {
  const free = Math.floor(Number(/^MemAvailable:\s+(\d+)/m.exec(await proc('meminfo'))?.[1] ?? 0) / 1024);
  const enough = free >= guestMiB;
  return {
    ...{ what: 'memory', source: '/proc/meminfo', verdict: enough ? 'met' : 'failed' },
    found: `${free} MiB available; all ${guestMiB} MiB of the guest are pinned`,
    hint: enough ? '' : 'free memory, or give the guest less',
  };
}
