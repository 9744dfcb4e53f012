// SPDX-License-Identifier: GPL-2.0-only
/** Backend `tap`: a tap of the guest's NIC and the wire as ports of a Linux bridge. */

import { z } from 'zod';
import { HOST2 } from '../../model/place.ts';
import type { Hop, Step } from '../../model/plan.ts';
import type { Backend } from '../backend.ts';
import {
  decideVhost,
  deviceName,
  deviceUp,
  guestNicHop,
  l2Nic,
  l2Reach,
  nicOption,
  TUN_DEVICE,
  tapHop,
  tapProof,
  vhostOption,
  vhostRequirements,
  vmmHop,
  wireHops,
} from '../common.ts';

const options = z.strictObject({
  vhost: vhostOption,
  extraBridges: z
    .int()
    .min(0)
    .max(8)
    .default(0)
    .describe('Further bridges between the tap and the wire, joined by veth pairs: a known additional delay'),
  nic: nicOption,
});

export const tap: Backend<z.infer<typeof options>> = {
  kind: 'tap',
  summary: 'tap + Linux bridge, vhost-net where the machine has it',
  options,
  guest: true,

  requires: ({ vhost }) => [
    TUN_DEVICE,
    { kind: 'link-type', type: 'bridge', module: 'bridge' },
    ...vhostRequirements(vhost),
  ],

  plan(context, { vhost: choice, extraBridges, nic }) {
    const { wire } = context;
    const tapDevice = deviceName('t', context);
    const { vhost, notes } = decideVhost(choice, context.facts);
    const bridges = Array.from({ length: extraBridges + 1 }, (_, i) => deviceName(i === 0 ? 'b' : `b${i}`, context));
    const firstBridge = bridges[0] ?? '';
    const links = bridges.slice(1).map((_, i) => ({
      from: deviceName(`x${i}`, context),
      to: deviceName(`y${i}`, context),
    }));
    const lastBridge = bridges[bridges.length - 1] ?? firstBridge;
    const steps: Step[] = [
      {
        on: HOST2,
        do: ['ip', 'tuntap', 'add', 'dev', tapDevice, 'mode', 'tap'],
        undo: ['ip', 'link', 'del', tapDevice],
      },
      ...bridges.map((bridge) => ({
        on: HOST2,
        do: [
          ...['ip', 'link', 'add', bridge, 'type', 'bridge'],
          // No STP delay, and no snooping queries between the transactions.
          ...['stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'],
        ],
        undo: ['ip', 'link', 'del', bridge],
      })),
      ...links.map(({ from, to }) => ({
        on: HOST2,
        do: ['ip', 'link', 'add', from, 'type', 'veth', 'peer', 'name', to],
        undo: ['ip', 'link', 'del', from],
      })),
      join(tapDevice, firstBridge),
      ...links.flatMap(({ from, to }, i) => [
        join(from, bridges[i] ?? firstBridge),
        join(to, bridges[i + 1] ?? firstBridge),
      ]),
      join(wire.host2.device, lastBridge),
      {
        on: HOST2,
        do: ['ip', 'address', 'add', `${wire.host2.address}/${wire.prefix}`, 'dev', firstBridge],
        undo: null,
      },
      ...[...links.flatMap(({ from, to }) => [from, to]), wire.host2.device, tapDevice, ...bridges].map(deviceUp),
    ];
    // The bridge answers for host2: its address is the wire end's on every other backend.
    const bridgeMac = wire.host2.mac;
    steps.push({
      on: HOST2,
      do: ['ip', 'link', 'set', firstBridge, 'address', bridgeMac],
      undo: null,
    });
    return {
      steps,
      services: [],
      attachment: { kind: 'tap', device: tapDevice, vhost },
      nicOptions: nic,
      nic: l2Nic(context, wire.host2),
      reach: l2Reach(context),
      hops: [
        guestNicHop(context.guestMac),
        vmmHop(context, vhost),
        tapHop(tapDevice),
        ...bridges.map((device, i) => bridgeHop(device, links[i - 1])),
        ...wireHops(wire),
      ],
      proof: tapProof(tapDevice, wire, []),
      notes,
    };
  },

  async attach(context, plan) {
    for (const step of plan.steps) await context.apply(step);
    return { openFiles: [] };
  },
};

/** A bridge, with the veth pair that leads to it from the one before; a bridge forwards in the softirq that received. */
function bridgeHop(device: string, link: { readonly from: string; readonly to: string } | undefined): Hop {
  if (link === undefined) return { name: 'bridge', where: HOST2, device };
  const crossed = ['dev_queue', 'dev_xmit', 'netif_rx', 'netif_receive'];
  const points = { toHost1: crossed, toGuest: crossed };
  return { name: 'bridge', where: HOST2, device, devices: [link.from, link.to], points };
}

function join(device: string, bridge: string): Step {
  return {
    on: HOST2,
    do: ['ip', 'link', 'set', device, 'master', bridge],
    undo: ['ip', 'link', 'set', device, 'nomaster'],
  };
}
