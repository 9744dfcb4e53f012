// SPDX-License-Identifier: GPL-2.0-only
/** Two NICs of a nested host with a cable between them, of which one can go to a guest: its devices, a lab, what must be as before. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NestedHost } from './host.ts';
import type { InHost } from './in-host.ts';

const ADDRESSES = ['0000:01:00.0', '0000:02:00.0'] as const;
export const WITH_IOMMU = ['intel_iommu=on'] as const;
export const REMAPPING = ['-device', 'intel-iommu,intremap=on'] as const;

/** Each behind a port of its own; `above`: what stands before them on the bus. */
export function cards(above: readonly string[] = REMAPPING): string[] {
  const card = (number: number) => [
    ...['-netdev', `hubport,id=cable${number},hubid=7`],
    ...['-device', `pcie-root-port,id=card${number},bus=pcie.0,chassis=${20 + number}`],
    ...['-device', `e1000e,netdev=cable${number},bus=card${number},mac=52:54:00:aa:00:0${number}`],
  ];
  return [...above, ...card(1), ...card(2)];
}

const YAML = `paths:
  tap: {}
  macvtap: {}
  passthrough: {nic: eth1, peer: eth0}
guest: {memory: 192MiB, accel: kvm}
probes: [{protocol: tcp_rr, count: 100}]
compare: {draws: 2, transactions: 100, warmup: 10, guests: 1, twin: false}
`;
const FILE = '/root/nics.yaml';
/** The guests' usual kernel has no driver for such a card: they boot the host's. */
export const LAB = `${FILE} --kernel /boot/vmlinu?-$(uname -r) --modules /lib/modules/$(uname -r)`;
/** Shell lines that make the cards and the lab ready. */
export const OF_CARDS = `modprobe e1000e; modprobe vfio-pci; cat >${FILE} <<'END'\n${YAML}END\n`;

/** All that a lab changes of the cards. */
export function stateOfCards(host: NestedHost): Promise<string> {
  const each = `for d in ${ADDRESSES.join(' ')}; do cd /sys/bus/pci/devices/$d; readlink driver; cat driver_override; done`;
  return host.get(`${each}; ip -o link show | cut -d' ' -f2- | grep -E '^eth[01]:'`);
}

/** By the receipt of the run, which is in the folder. */
export async function assertGivenBack({ folder }: InHost, run: string): Promise<void> {
  const receipt = await readFile(join(folder, run, 'logs/nic-eth1.log'), 'utf8');
  assert.match(receipt, /found: 0000:02:00\.0, e1000e, group \d+ \(DMA/);
  assert.match(receipt, /changed: 0000:02:00\.0: driver e1000e -> vfio-pci/);
  assert.match(receipt, /changed: eth0: to host1, as w-passthrough/);
  assert.match(receipt, /given back: 0000:02:00\.0 has its driver e1000e again/);
}
