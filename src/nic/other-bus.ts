// SPDX-License-Identifier: GPL-2.0-only
/** Why a NIC that is not on PCI cannot be a guest's, from what device tree and kernel say of it. */
import { isModuleUsable } from '../system/link-types.ts';
import type { Check, Nic } from './nic.ts';
import type { Sysfs } from './sysfs.ts';

const INSTEAD = 'use macvtap or tap on it: both leave the NIC with its driver';

export async function checkOtherBus(nic: Nic, sysfs: Sysfs): Promise<Check[]> {
  const { bus, interfaces } = nic;
  const first = interfaces[0]?.name ?? '';
  const device = `class/net/${first}/device`;
  const shared = { what: 'bus', source: sysfs.name(`${device}/subsystem`) };
  const impossible: Check = {
    ...shared,
    verdict: 'failed',
    found: `${bus}, and VFIO gives a guest devices of PCI alone`,
    hint: INSTEAD,
  };
  if (bus !== 'platform') return [impossible];
  const node = `${device}/of_node`;
  const compatible = (await sysfs.text(`${node}/compatible`))?.split('\0').find((word) => word !== '');
  const files = await sysfs.names(node);
  const ports = interfaces.map(({ name }) => name).join(', ');
  return [
    { ...impossible, found: `platform${compatible === undefined ? '' : ` (${compatible})`}: not possible` },
    {
      ...{ what: 'device tree', source: sysfs.name(`${node}/iommus`) },
      ...(files.includes('iommus')
        ? { verdict: 'met', found: 'the node names an IOMMU', hint: '' }
        : {
            verdict: 'failed',
            found: 'the node names no IOMMU, so that the kernel makes no group for it',
            hint: INSTEAD,
          }),
    },
    {
      ...{ what: 'IOMMU group', source: sysfs.name(`${device}/iommu_group`) },
      ...(nic.group === null
        ? { verdict: 'failed', found: 'none', hint: INSTEAD }
        : { verdict: 'met', found: nic.group.number, hint: '' }),
    },
    {
      ...{ what: 'kernel and VMM', source: '/lib/modules' },
      ...((await isModuleUsable('vfio_platform'))
        ? { verdict: 'failed', found: 'vfio-platform is there, but QEMU 10.2 and later cannot use it', hint: INSTEAD }
        : {
            verdict: 'failed',
            found: 'no vfio-platform in this kernel, and none in QEMU from 10.2 on',
            hint: INSTEAD,
          }),
    },
    ...(interfaces.length < 2
      ? []
      : [
          {
            ...{ what: 'ports', verdict: 'failed' as const, source: sysfs.name('class/net/*/device') },
            ...{ found: `one device drives ${ports}: they could only go together`, hint: INSTEAD },
          },
        ]),
  ];
}
