// SPDX-License-Identifier: GPL-2.0-only
/** The NIC of a path in QEMU's words, and its way in and out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nicArgv, nicDevice, nicNetdev } from '../../../src/vmms/qemu/nic.ts';
import { qemu } from '../../../src/vmms/qemu/qemu.ts';
import type { PathNic } from '../../../src/vmms/vmm.ts';
import { playQemu } from '../../support/played-qemu.ts';

const signal = AbortSignal.timeout(30_000);
const NIC: PathNic = {
  ...{ path: 'tap', slot: 3, mac: '02:68:6c:00:01:03', needs: {}, options: { csum: false } },
  attachment: { kind: 'tap', device: 't-tap', vhost: true },
};

describe('the NIC of a path in QEMU', () => {
  it("is a netdev of the path's name and a device in its slot, with the options last", () => {
    assert.deepEqual(nicNetdev(NIC), {
      ...{ id: 'tap', type: 'tap', ifname: 't-tap', script: 'no', downscript: 'no', vhost: true },
    });
    assert.deepEqual(Object.entries(nicDevice(NIC)), [
      ['driver', 'virtio-net-pci'],
      ['id', 'nic-tap'],
      ['netdev', 'tap'],
      ['mac', '02:68:6c:00:01:03'],
      ['bus', 'rp3'],
      ['romfile', ''],
      ['csum', false],
    ]);
    assert.deepEqual(nicArgv(NIC), [
      ...['-netdev', JSON.stringify(nicNetdev(NIC)), '-device', JSON.stringify(nicDevice(NIC))],
    ]);
  });

  it('has as many queues as are needed on both sides, where its attachment can have them', () => {
    const many = { ...NIC, needs: { queues: 2, vectors: 6 } };
    assert.equal(nicNetdev(many).queues, 2);
    assert.deepEqual([nicDevice(many).mq, nicDevice(many).vectors], [true, 6]);
    const stream = { ...many, attachment: { kind: 'stream', socket: '/s' } } as const;
    assert.throws(() => nicNetdev(stream), { code: 'LAB_FAILED', message: /kind stream with 2 pairs of queues/ });
  });

  it('is a device of this machine without a netdev, and a refusal of it is told by its cause', async () => {
    const card: PathNic = { ...NIC, options: {}, attachment: { kind: 'device', address: '0000:02:00.0' } };
    const words = { driver: 'vfio-pci', id: 'nic-tap', host: '0000:02:00.0', bus: 'rp3', romfile: '' };
    assert.deepEqual(nicArgv(card), ['-device', JSON.stringify(words)]);
    const { qmp, commands } = await playQemu(({ execute }) =>
      execute === 'device_add'
        ? '"error": {"class": "GenericError", "desc": "vfio 0000:02:00.0: group 5 is not viable"}'
        : '"return": {}',
    );
    const { plug } = qemu;
    assert.ok(plug);
    await plug.open(qmp, card, signal);
    assert.deepEqual(
      commands.map(({ execute }) => execute),
      ['qmp_capabilities'],
    );
    await assert.rejects(plug.insert(qmp, card, signal), {
      code: 'QMP_FAILED',
      message: /^give the guest the device of path tap: a device that shares its IOMMU group .*group 5 is not viable/,
    });
  });

  it('comes and goes under one id, and what it stands on stays open', async () => {
    const { qmp, commands } = await playQemu(({ execute, arguments: { id } }, peer) => {
      if (execute === 'device_del') peer.write(`{"event": "DEVICE_DELETED", "data": {"device": "${id}"}}\n`);
      return '"return": {}';
    });
    const { plug } = qemu;
    assert.ok(plug);
    await plug.open(qmp, NIC, signal);
    for (const _ of [1, 2]) {
      await plug.insert(qmp, NIC, signal);
      await plug.remove(qmp, ['tap'], signal);
    }
    assert.deepEqual(commands.map(({ execute, arguments: { id } }) => `${execute} ${id}`).slice(1), [
      'netdev_add tap',
      ...[1, 2].flatMap(() => ['device_add nic-tap', 'device_del nic-tap']),
    ]);
  });
});
