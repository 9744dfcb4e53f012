// SPDX-License-Identifier: GPL-2.0-only
/** What planning knows of the NICs on PCI: their MACs and drivers, and where a virtual function will be. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readCardFacts } from '../../../src/nic/card-facts.ts';
import { Sysfs } from '../../../src/nic/sysfs.ts';
import { makeSysfs, recordedSysfs } from '../../fixtures/sysfs/tree.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

it('the first function of an igb is where its NIC says, and knows the driver of its NIC', async (context) => {
  const root = temporaryFolder(context);
  makeSysfs(root, [...recordedSysfs('igb-sriov'), '/sys/bus/pci/devices/0000:01:00.0/sriov_offset=128']);
  const cards = await readCardFacts(new Sysfs(root));
  const of = (address: string) => cards.find((card) => card.address === address);
  assert.deepEqual(of('0000:01:00.0'), {
    ...{ address: '0000:01:00.0', driver: 'igb', firstFunction: '0000:01:10.0', resets: true, physicalDriver: null },
    interfaces: [{ name: 'eth0', mac: '52:54:00:00:00:01' }],
  });
  // One is vfio-pci's: that is no driver that a guest could have.
  assert.deepEqual([of('0000:01:10.0')?.driver, of('0000:01:10.0')?.physicalDriver], [null, 'igb']);
  assert.equal(of('0000:02:00.0')?.firstFunction, null);
});
