// SPDX-License-Identifier: GPL-2.0-only
/** What planning must know of the NICs of this machine on PCI: nothing of their use, which may change until they are taken. */
import type { CardFacts } from '../model/plan.ts';
import { PCI_DEVICES, readNics } from './read-nics.ts';
import { Sysfs } from './sysfs.ts';

export async function readCardFacts(sysfs: Sysfs = new Sysfs()): Promise<CardFacts[]> {
  const nics = await readNics({ sysfs, network: { byDevice: new Map() } });
  return Promise.all(
    nics
      .filter(({ bus }) => bus === 'pci')
      .map(async ({ address, driver, interfaces, physical, resetMethods }) => {
        const [offset, parent] = await Promise.all([
          sysfs.number(`${PCI_DEVICES}/${address}/sriov_offset`),
          physical === null ? null : sysfs.link(`${PCI_DEVICES}/${physical}/driver`),
        ]);
        return {
          ...{ address, driver: driver === 'vfio-pci' || driver === null ? null : driver },
          interfaces: interfaces.map(({ name, mac }) => ({ name, mac })),
          firstFunction: offset === null || offset === 0 ? null : functionAddress(address, offset),
          resets: resetMethods.length > 0,
          physicalDriver: parent,
        };
      }),
  );
}

/** PCI-SIG SR-IOV 3.3.9: the first function's routing id is that of the NIC and the offset. */
function functionAddress(address: string, offset: number): string {
  const [domain = '', bus = '', slot = ''] = address.split(':');
  const [device = '', fn = ''] = slot.split('.');
  const id = (Number.parseInt(bus, 16) << 8) + (Number.parseInt(device, 16) << 3) + Number(fn) + offset;
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return `${domain}:${hex(id >> 8)}:${hex((id >> 3) & 31)}.${id & 7}`;
}
