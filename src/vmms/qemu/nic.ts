// SPDX-License-Identifier: GPL-2.0-only
/** The NIC of a path in QEMU's words: the netdev behind it and the device that the guest sees. Pure. */
import type { Attachment, GuestNeeds } from '../../model/attachment.ts';
import { HoplabError } from '../../model/errors.ts';
import type { PathNic } from '../vmm.ts';
import { slotBus } from './slots.ts';

type Words = Readonly<Record<string, unknown>>;

/** QEMU's id of the device of a path; that of its netdev is the path's name. */
export function nicId(path: string): string {
  return `nic-${path}`;
}

/** What is a device of this machine stands on nothing of QEMU's: it has no netdev. */
export function hasNetdev({ attachment }: Pick<PathNic, 'attachment'>): boolean {
  return attachment.kind !== 'device';
}

/** The arguments of netdev_add, and of -netdev. Throws LAB_FAILED for what QEMU is not given here. */
export function nicNetdev({ path, attachment, needs }: Omit<PathNic, 'slot'>): Words {
  const netdev = netdevOf(attachment, needs);
  if (netdev !== null) return { id: path, ...netdev };
  throw new HoplabError({
    code: 'LAB_FAILED',
    message: `give the guest the NIC of path ${path}: QEMU is given no attachment of kind ${attachment.kind}${needs.queues === undefined ? '' : ` with ${needs.queues} pairs of queues`}`,
  });
}

/** The same without the id; null for an attachment that is not QEMU's to open. */
export function netdevOf(attachment: Attachment, { queues = 1 }: GuestNeeds): Words | null {
  if (attachment.kind === 'tap') {
    const { device, vhost } = attachment;
    const many = queues === 1 ? {} : { queues };
    return { type: 'tap', ifname: device, script: 'no', downscript: 'no', vhost, ...many };
  }
  if (queues !== 1) return null;
  switch (attachment.kind) {
    case 'descriptor':
      return { type: 'tap', fd: String(attachment.open.fd), vhost: attachment.vhost };
    case 'stream':
      return { type: 'stream', server: false, addr: { type: 'unix', path: attachment.socket } };
    case 'nat':
      return natNetdev(attachment);
    case 'device':
      return { type: 'vfio-pci', host: attachment.address };
    case 'vhost-user':
    case 'none':
      return null;
    default:
      return attachment satisfies never;
  }
}

function natNetdev({ subnet, gateway, forwards }: Extract<Attachment, { kind: 'nat' }>): Words {
  const hostfwd = forwards.map(({ protocol, address, port, guest }) => ({
    str: `${protocol}:${address}:${port}-${guest}:${port}`,
  }));
  return { type: 'user', ipv6: false, net: subnet, host: gateway, ...(hostfwd.length === 0 ? {} : { hostfwd }) };
}

/** The arguments of device_add, and of -device. */
export function nicDevice({ path, slot, mac, attachment, needs, options }: PathNic): Words {
  if (attachment.kind === 'device')
    return {
      driver: 'vfio-pci',
      id: nicId(path),
      host: attachment.address,
      bus: slotBus(slot),
      romfile: '',
      ...options,
    };
  const { queues = 1, vectors } = needs;
  return {
    ...{ driver: 'virtio-net-pci', id: nicId(path), netdev: path, mac, bus: slotBus(slot) },
    // No boot ROM: nobody boots from the NIC, and on a host without the ROM files QEMU would refuse it.
    romfile: '',
    ...(queues === 1 ? {} : { mq: true }),
    ...(vectors === undefined ? {} : { vectors }),
    ...options,
  };
}

/** A NIC that is there from the boot on. */
export function nicArgv(nic: PathNic): string[] {
  const netdev = hasNetdev(nic) ? ['-netdev', JSON.stringify(nicNetdev(nic))] : [];
  return [...netdev, '-device', JSON.stringify(nicDevice(nic))];
}
