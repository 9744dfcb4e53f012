// SPDX-License-Identifier: GPL-2.0-only
/** Pieces that several backends share: requirements, option fragments, the way of an L2 path. */

import { z } from 'zod';
import type { Rung } from '../model/ladder.ts';
import {
  type Direction,
  GUEST_TO_HOST1,
  GUEST_TO_HOST2,
  HOST1,
  HOST1_TO_GUEST,
  HOST2,
  type Place,
  perDirection,
  towardsGuest,
} from '../model/place.ts';
import type { GuestNic, Hop, HopPoints, MachineFacts, ProofPoint, Reach, Step, Wire, WireEnd } from '../model/plan.ts';
import type { Requirement } from '../model/requirement.ts';
import type { PlanContext } from './backend.ts';

export const TUN_DEVICE: Requirement = { kind: 'device', path: '/dev/net/tun', module: 'tun' };

export const ETHTOOL: Requirement = { kind: 'tool', name: 'ethtool', package: 'ethtool', minimum: null };

/** The options of every backend that ends in a virtio-net device. */
export const nicOption = z
  .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
  .default({})
  .describe('More properties of the virtio-net-pci device, such as csum: false or mrg_rxbuf: false');

export const vhostOption = z
  .enum(['auto', 'on', 'off'])
  .default('auto')
  .describe('vhost-net in the kernel instead of virtio-net in the VMM; auto = on where /dev/vhost-net opens');

export function vhostRequirements(choice: 'auto' | 'on' | 'off'): readonly Requirement[] {
  return choice === 'on' ? [{ kind: 'device', path: '/dev/vhost-net', module: 'vhost_net' }] : [];
}

/** Whether vhost is used, and what to tell the user about it. */
export function decideVhost(
  choice: 'auto' | 'on' | 'off',
  facts: MachineFacts,
): { readonly vhost: boolean; readonly notes: readonly string[] } {
  if (choice === 'off') return { vhost: false, notes: ['vhost off: by option'] };
  if (choice === 'on' || facts.vhostNet) return { vhost: true, notes: [] };
  const { vhostWhy = 'has no /dev/vhost-net', vhostCure = 'hoplab doctor says what brings it' } = facts;
  return { vhost: false, notes: [`vhost off: this machine ${vhostWhy} (${vhostCure})`] };
}

/** A device name of at most 15 characters: the path's name where it fits, its number where not. */
export function deviceName(prefix: string, context: Pick<PlanContext, 'path' | 'index'>): string {
  const name = `${prefix}-${context.path}`;
  return name.length <= 15 ? name : `${prefix}-${context.index}`;
}

/** Brings a device of host2 up. */
export function deviceUp(device: string): Step {
  return {
    on: HOST2,
    do: ['ip', 'link', 'set', device, 'up'],
    undo: ['ip', 'link', 'set', device, 'down'],
  };
}

/** Gives host2's end of the wire its address, and brings it up, for a path that leaves by host2's own stack. */
export function wireEndUp({ host2, prefix }: Wire): readonly Step[] {
  const address = (verb: string) => ['ip', 'address', verb, `${host2.address}/${prefix}`, 'dev', host2.device];
  return [{ on: HOST2, do: address('add'), undo: address('del') }, deviceUp(host2.device)];
}

/** What a hop has in one direction, and in the other. */
function points(toHost1: readonly string[], toGuest: readonly string[]): { readonly points: HopPoints } {
  return { points: { toHost1, toGuest } };
}

/** The guest's virtio-net device; the kick of its queue is seen from outside, as a write of the vCPU's thread. */
export function guestNicHop(mac: string): Hop {
  // driver_enter is where dev_xmit is, but for the call: one of them is enough.
  const sent = ['dev_queue', 'driver_enter', 'driver_exit'];
  return { name: 'guest NIC', where: 'guest', device: mac, ...points(sent, ['netif_receive']) };
}

/** What moves frames between the rings of virtio-net and a file or socket: a thread of the VMM, or the kernel's for vhost. */
export function vmmHop({ vmm }: Pick<PlanContext, 'vmm'>, vhost = false): Hop {
  const device = vhost ? 'vhost' : vmm;
  const woken = ['waking', 'switch_in'];
  // guest_irq is of KVM alone: where a guest is emulated it is not asked for.
  return {
    name: 'VMM',
    where: 'vmm',
    device,
    ...points(['kick', ...woken, 'vmm_out'], [...woken, 'vmm_in', 'guest_irq']),
  };
}

/** A tap: what the VMM writes comes in as a received frame, what it reads was sent to the device. */
export function tapHop(device: string): Hop {
  return { name: 'tap', where: HOST2, device, ...points(['netif_receive'], ['dev_queue', 'dev_xmit']) };
}

/** Both ends of the wire, each with the stack above it: a veth, whose far end receives as the near end sends. */
export function wireHops({ host1, host2 }: Wire): [near: Hop, far: Hop] {
  const sent = ['dev_queue', 'dev_xmit'];
  const received = ['netif_rx', 'netif_receive'];
  return [
    { name: 'wire, near end', where: HOST2, device: host2.device, ...points(sent, received) },
    { name: 'wire, far end', where: HOST1, device: host1.device, ...points(received, sent) },
  ];
}

/** Directions of a path whose guest sits on the wire's own subnet. */
export function l2Reach(context: PlanContext): Record<Direction, Reach> {
  const { wire, guestAddress } = context;
  return {
    [GUEST_TO_HOST1]: reach('guest', HOST1, wire.host1.address),
    [HOST1_TO_GUEST]: reach(HOST1, 'guest', guestAddress),
    [GUEST_TO_HOST2]: reach('guest', HOST2, wire.host2.address),
  };
}

/** Rungs that do not cross `who`, which ends the guest's packets and sends its own; `more` are its own limits. */
export function notThroughNat(
  who: string,
  more: Partial<Record<Direction, Partial<Record<Rung, string>>>> = {},
): Record<Direction, Partial<Record<Rung, string>>> {
  const frames = `${who} carries no frames from end to end`;
  const ipv6 = `${who} runs without IPv6`;
  const common: Partial<Record<Rung, string>> = {
    arp: `${who} answers ARP itself`,
    mtu: `${who} sends packets of its own: none of the guest's crosses it whole`,
    vlan: frames,
    nd: ipv6,
    ipv6,
    'ipv6-udp': ipv6,
    'ipv6-tcp': ipv6,
    broadcast: frames,
    multicast: frames,
  };
  const forwarded = `${who} forwards a TCP and a UDP port alone: host2 itself would answer`;
  return perDirection((direction) => ({
    ...common,
    ...(towardsGuest(direction) ? { icmp: forwarded } : {}),
    ...more[direction],
  }));
}

/** Client and server that see each other directly under one address. */
export function reach(client: Place, server: Place, address: string): Reach {
  return { kind: 'reachable', client, server, listen: address, connect: address, by: null };
}

/**
 * host2's address on a device of its own beside the wire: not under the MAC of the wire's end, whose kernel stack may
 * see the same frames as a switch above or below it, and would take those for host2 a second time.
 */
export function endBesideWire({ host2 }: Wire): WireEnd {
  return { ...host2, mac: host2.mac.replace(/..$/, '04') };
}

/** The NIC of a guest on the wire's own subnet, with host1 and host2's end as static neighbours. */
export function l2Nic({ wire, guestMac, guestAddress }: PlanContext, host2: WireEnd): GuestNic {
  return {
    mac: guestMac,
    address: guestAddress,
    prefix: wire.prefix,
    routes: [],
    neighbours: [wire.host1, host2].map(({ address, mac }) => ({ address, mac })),
  };
}

/** The devices that a request passes on the wire, to host1 and from there. */
export function wireProof({
  host1,
  host2,
}: Wire): Record<typeof GUEST_TO_HOST1 | typeof HOST1_TO_GUEST, readonly ProofPoint[]> {
  return {
    [GUEST_TO_HOST1]: [
      { host: HOST2, device: host2.device, requests: 'tx' },
      { host: HOST1, device: host1.device, requests: 'rx' },
    ],
    [HOST1_TO_GUEST]: [
      { host: HOST1, device: host1.device, requests: 'tx' },
      { host: HOST2, device: host2.device, requests: 'rx' },
    ],
  };
}

/** The devices that a path over a tap and the wire passes; `toHost2` are those behind the tap on the way to host2. */
export function tapProof(
  tap: string,
  wire: Wire,
  toHost2: readonly ProofPoint[],
): Record<Direction, readonly ProofPoint[]> {
  const crossed = wireProof(wire);
  return {
    [GUEST_TO_HOST1]: [{ host: HOST2, device: tap, requests: 'rx' }, ...crossed[GUEST_TO_HOST1]],
    [HOST1_TO_GUEST]: [...crossed[HOST1_TO_GUEST], { host: HOST2, device: tap, requests: 'tx' }],
    [GUEST_TO_HOST2]: [{ host: HOST2, device: tap, requests: 'rx' }, ...toHost2],
  };
}
