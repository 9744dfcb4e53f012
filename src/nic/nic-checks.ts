// SPDX-License-Identifier: GPL-2.0-only
/** What must be so of a NIC of PCI before it can be a guest's. Pure: over what was read. */
import type { Check, Nic, PciFunction, Use } from './nic.ts';

const VFIO = 'vfio-pci';
const at = ({ address }: Nic, file: string) => `/sys/bus/pci/devices/${address}/${file}`;

/** As a whole; `vf`: a virtual function of it, which does not exist yet. */
export function checkNic(nic: Nic, { vf = false }: { readonly vf?: boolean } = {}): Check[] {
  return [
    checkClass(nic),
    checkDriver(nic),
    checkUse(nic),
    ...(vf ? [checkFunctions(nic)] : [checkOwnFunctions(nic), checkReset(nic)].flat()),
    ...checkGroup(nic, vf),
  ];
}

/** Of a NIC that stays with its driver, and whose interface goes to another network namespace. */
export function checkEnd(nic: Nic): Check[] {
  return [checkClass(nic), checkDriver(nic), checkUse(nic)];
}

/** A bridge must never be tried: its probe fails, and the port is left without a driver. */
function checkClass(nic: Nic): Check {
  const met = nic.class.startsWith('0x02');
  return {
    ...{ what: 'endpoint', verdict: met ? 'met' : 'failed', source: at(nic, 'class') },
    ...{ found: met ? `a network controller (${nic.class})` : `class ${nic.class} is no network controller`, hint: '' },
  };
}

/** What has a driver for networks and no interface here has given it to another network namespace, whose use is not seen. */
function checkDriver(nic: Nic): Check {
  const { driver, interfaces, address } = nic;
  const shared = { what: 'driver', source: at(nic, 'driver') };
  if (driver === null) return { ...shared, verdict: 'met', found: 'none', hint: '' };
  if (driver === VFIO) {
    const found = `${VFIO} has it already: another guest may`;
    return {
      ...shared,
      verdict: 'failed',
      found,
      hint: `give it back first: echo ${address} > /sys/bus/pci/drivers/${VFIO}/unbind`,
    };
  }
  if (interfaces.length > 0) return { ...shared, verdict: 'met', found: driver, hint: '' };
  const found = `${driver} has it, and no interface of it is in this network namespace`;
  return { ...shared, verdict: 'failed', found, hint: 'ip netns list; take the interface back first' };
}

function checkUse(nic: Nic): Check {
  const { uses } = nic;
  const source = 'ip address, ip route show table all, /sys/class/net/*/upper_*';
  if (uses.length === 0) return { what: 'in use', verdict: 'met', found: 'by nothing', source, hint: '' };
  const found = [...new Set(uses.map(({ device }) => device))].map((device) => wordUses(device, uses)).join('; ');
  const hint = uses.some(({ what }) => what.startsWith('the ssh session'))
    ? 'log in by another NIC, or pass through another'
    : 'take addresses, routes and devices above it off the NIC first, or pass through another';
  return { what: 'in use', verdict: 'failed', found, source, hint };
}

/** "eth1 has master br0"; what stands twice, for IPv4 and IPv6, is said once. */
function wordUses(device: string, uses: readonly Use[]): string {
  const own = uses.filter((use) => use.device === device).map(({ what }) => what);
  return `${device} has ${[...new Set(own)].join(', ')}`;
}

/** Its own virtual functions end with its driver. */
function checkOwnFunctions(nic: Nic): Check[] {
  const { sriov } = nic;
  if (sriov === null) return [];
  const shared = { what: 'virtual functions', source: at(nic, 'sriov_numvfs') };
  if (sriov.current === 0) return [{ ...shared, verdict: 'met', found: `none of ${sriov.total}`, hint: '' }];
  const found = `${sriov.current}: ${sriov.functions.map(nameFunction).join(', ')}`;
  return [{ ...shared, verdict: 'failed', found, hint: `echo 0 > ${at(nic, 'sriov_numvfs')} once nothing uses them` }];
}

/** Their number can only be changed by way of 0, which would end those that there are. */
function checkFunctions(nic: Nic): Check {
  const { sriov } = nic;
  const what = 'virtual functions';
  if (sriov === null)
    return {
      ...{ what, verdict: 'failed', source: at(nic, 'sriov_totalvfs'), found: 'it offers none' },
      hint: 'switch SR-IOV on in the firmware, or pass the whole NIC through',
    };
  const shared = { what, source: at(nic, 'sriov_numvfs') };
  if (sriov.current === 0) return { ...shared, verdict: 'met', found: `none yet of ${sriov.total}`, hint: '' };
  const found = `there are ${sriov.current} already: ${sriov.functions.map(nameFunction).join(', ')}`;
  return { ...shared, verdict: 'failed', found, hint: 'name one of them: pci: ADDRESS, without vf' };
}

function checkReset(nic: Nic): Check {
  const { resetMethods, group, address } = nic;
  const shared = { what: 'reset', source: at(nic, 'reset_method') };
  const hint = 'state of one guest may be left for the next: boot the machine anew after the last';
  if (resetMethods.length === 0) return { ...shared, verdict: 'warning', found: 'the device has none', hint };
  const bus = address.slice(0, address.lastIndexOf(':'));
  const beside = (group?.members ?? []).filter((one) => one.address !== address && one.address.startsWith(`${bus}:`));
  if (resetMethods.join() === 'bus' && beside.length > 0)
    return {
      ...{ ...shared, verdict: 'warning', hint },
      found: `of the whole bus alone, on which ${beside.map(nameFunction).join(', ')} is too`,
    };
  return { ...shared, verdict: 'met', found: resetMethods.join(', '), hint: '' };
}

function checkGroup(nic: Nic, vf: boolean): Check[] {
  const { group } = nic;
  const what = 'IOMMU group';
  if (group === null)
    return [{ what, verdict: 'failed', source: at(nic, 'iommu_group'), found: 'none', hint: 'switch the IOMMU on' }];
  const source = `/sys/kernel/iommu_groups/${group.number}/devices`;
  const others = vf ? [] : group.members.filter(({ address }) => address !== nic.address);
  // A bridge stays with its driver. What has no driver, or VFIO's, is in nobody's way.
  const held = others.filter((one) => !one.class.startsWith('0x06') && one.driver !== null && one.driver !== VFIO);
  const alone = others.length === 0 ? 'alone in it' : `with ${others.map(nameFunction).join(', ')}`;
  const direct = group.reserved.filter((line) => line.endsWith(' direct'));
  return [
    held.length === 0
      ? { what, verdict: 'met', source, found: `${group.number}, ${alone}`, hint: '' }
      : {
          ...{
            what,
            verdict: 'failed',
            source,
            found: `${group.number} is shared with ${held.map(nameFunction).join(', ')}`,
          },
          hint: 'a group is given as a whole: take the drivers from these too, or use a slot behind a port with ACS',
        },
    ...(direct.length === 0
      ? []
      : [
          {
            ...{ what: 'reserved regions', verdict: 'failed' as const, found: direct.join('; ') },
            source: `/sys/kernel/iommu_groups/${group.number}/reserved_regions`,
            hint: 'the firmware itself uses the device, and the kernel refuses it',
          },
        ]),
  ];
}

/** "0000:06:00.1 (e1000e)", and what it is where it is no NIC. */
function nameFunction({ address, driver, class: class_ }: PciFunction): string {
  const kinds: Readonly<Record<string, string>> = {
    '0x01': 'storage',
    '0x03': 'display',
    '0x06': 'bridge',
    '0x0c': 'serial bus',
  };
  const kind = kinds[class_.slice(0, 4)];
  return `${address} (${[...(kind === undefined ? [] : [kind]), driver ?? 'no driver'].join(', ')})`;
}
