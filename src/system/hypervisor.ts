// SPDX-License-Identifier: GPL-2.0-only
/** What this machine itself runs on: guests of a virtual machine are measured otherwise than those of bare metal. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** DMI's words for machines that are made of software, and of clouds that rent out both kinds. */
const VIRTUAL = /QEMU|KVM|VMware|VirtualBox|innotek|Xen|Bochs|Parallels|Microsoft Corporation Virtual|OpenStack|BHYVE/;
const CLOUD = /Google Compute|Amazon EC2/;

/** "none" on bare metal, "unknown hypervisor" where one is there that does not tell its name; null: the machine does not tell. */
export async function readHypervisor(root = '/'): Promise<string | null> {
  const read = async (path: string) => (await readFile(join(root, path), 'utf8').catch(() => '')).trim();
  const type = await read('sys/hypervisor/type');
  if (type !== '') return type;
  const dmi = await Promise.all(
    ['sys_vendor', 'product_name', 'bios_vendor'].map((name) => read(`sys/class/dmi/id/${name}`)),
  );
  const words = dmi.join(' ');
  const virtual = VIRTUAL.exec(words);
  if (virtual !== null) return virtual[0];
  const cpuInfo = await read('proc/cpuinfo');
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1];
  if (flags !== undefined && !/\bhypervisor\b/.test(flags)) return 'none';
  const cloud = CLOUD.exec(words);
  if (cloud !== null) return cloud[0];
  if (flags !== undefined) return 'unknown hypervisor';
  // Arm's CPUs have no such flag; the device tree of a guest names its hypervisor.
  const compatible = (await read('proc/device-tree/hypervisor/compatible')).replaceAll('\0', ' ').trim();
  if (compatible !== '') return compatible;
  return cpuInfo === '' ? null : 'none';
}
