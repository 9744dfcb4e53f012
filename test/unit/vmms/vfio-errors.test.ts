// SPDX-License-Identifier: GPL-2.0-only
/** QEMU's words on a device that it is refused lead to the cause, as QEMU 7.2 and 10 write them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { vfioCause } from '../../../src/vmms/qemu/vfio-errors.ts';

const SAID: Readonly<Record<string, RegExp>> = {
  'vfio 0000:06:00.0: group 5 is not viable': /shares its IOMMU group/,
  'vfio 0000:01:00.0: failed to setup container for group 4: Failed to set iommu for container: Operation not permitted':
    /interrupt remapping/,
  'vfio 0000:01:00.0: failed to setup container for group 4: memory listener initialization failed: Region pc.ram: vfio_dma_map(0x55, 0x0, 0xa0000, 0x7f) = -12 (Cannot allocate memory)':
    /lock as much memory/,
  'vfio 0000:01:00.0: failed to open /dev/vfio/4: Device or resource busy': /another VMM/,
  'vfio 0000:01:00.0: no iommu_group found: No such file or directory': /not with vfio-pci/,
};

it('names a cause and what to do for each, and none for words of something else', () => {
  for (const [words, cause] of Object.entries(SAID)) {
    const found = vfioCause(`QMP device_add: GenericError: ${words}`);
    assert.match(found?.cause ?? '', cause, words);
    assert.ok((found?.hint.length ?? 0) > 10);
  }
  assert.equal(vfioCause("QMP device_add: GenericError: Bus 'rp9' not found"), null);
});
