// SPDX-License-Identifier: GPL-2.0-only
/** What QEMU means where it refuses a device of this machine: its words, and the cause behind them. */

/** Each as QEMU 7.2 to 10 and the kernel say it. */
const CAUSES: readonly { readonly says: RegExp; readonly cause: string; readonly hint: string }[] = [
  {
    says: /group \d+ is not viable/,
    cause: 'a device that shares its IOMMU group still has a driver of this machine',
    hint: 'hoplab nic names the members of each group',
  },
  {
    says: /[Ff]ailed to set iommu for container: Operation not permitted/,
    cause: 'the kernel refuses it without interrupt remapping, or for a region that the firmware reserves',
    hint: 'dmesg says which; hoplab nic checks both',
  },
  {
    says: /(Cannot allocate memory|= -12\b|ENOMEM)/,
    cause: 'it may not lock as much memory as the guest has',
    hint: 'run as root, or raise ulimit -l',
  },
  {
    says: /\/dev\/vfio\/\d+: Device or resource busy/,
    cause: 'another VMM has a device of the same IOMMU group',
    hint: 'fuser /dev/vfio/* names it',
  },
  {
    says: /\/dev\/vfio\/vfio: No such file or directory/,
    cause: 'the module vfio is not loaded',
    hint: 'modprobe vfio-pci',
  },
  {
    says: /(no iommu_group found|error getting device from group)/,
    cause: 'the device is not with vfio-pci any more',
    hint: 'dmesg says what took it; hoplab nic shows its driver',
  },
  {
    says: /(reset|Unable to power on device|D3)/,
    cause: 'the device did not come back from its reset',
    hint: 'hoplab nic shows what resets it has; a boot of this machine brings it back',
  },
];

/** The cause behind QEMU's words; null = they tell by themselves, or nobody knows. */
export function vfioCause(message: string): { readonly cause: string; readonly hint: string } | null {
  return CAUSES.find(({ says }) => says.test(message)) ?? null;
}
