// SPDX-License-Identifier: GPL-2.0-only
/** Backend `user`: the VMM's built-in user-mode network (slirp): NAT in the VMM, no privileges. */

import { z } from 'zod';
import { GUEST_TO_HOST1, GUEST_TO_HOST2, HOST1, HOST1_TO_GUEST, HOST2 } from '../../model/place.ts';
import type { Hop } from '../../model/plan.ts';
import type { Backend, PlanContext } from '../backend.ts';
import { guestNicHop, nicOption, notThroughNat, reach, wireEndUp, wireHops, wireProof } from '../common.ts';

const options = z.strictObject({
  forward: z
    .boolean()
    .default(true)
    .describe("Forward the path's port to the guest; false: nothing reaches it from outside"),
  nic: nicOption,
});

/** The VMM's main loop takes a frame from the ring and sends what was in it on a socket of its own, and back. */
const slirpHop = ({ vmm }: Pick<PlanContext, 'vmm'>): Hop => ({
  name: 'VMM and NAT',
  where: 'vmm',
  device: `${vmm} (slirp)`,
  points: {
    toHost1: ['kick', 'waking', 'switch_in', 'vmm_out'],
    toGuest: ['data_ready', 'waking', 'switch_in', 'vmm_in'],
  },
});

export const user: Backend<z.infer<typeof options>> = {
  kind: 'user',
  summary: 'user-mode network (slirp): NAT in the VMM',
  options,
  guest: true,

  requires: () => [],

  plan(context, { forward, nic }) {
    const { wire, port, index } = context;
    const subnet = `10.98.${index}`;
    const gateway = `${subnet}.2`;
    const guest = `${subnet}.15`;
    const forwards = (['tcp', 'udp'] as const).map((protocol) => ({
      protocol,
      address: wire.host2.address,
      port,
      guest,
    }));
    return {
      steps: wireEndUp(wire),
      services: [],
      attachment: { kind: 'nat', subnet: `${subnet}.0/24`, gateway, forwards: forward ? forwards : [] },
      nicOptions: nic,
      nic: {
        mac: context.guestMac,
        address: guest,
        prefix: 24,
        routes: [{ destination: `${wire.host1.address}/32`, gateway }],
        neighbours: [{ address: gateway, mac: slirpMac([10, 98, index, 2]) }],
      },
      reach: {
        [GUEST_TO_HOST1]: reach('guest', HOST1, wire.host1.address),
        [HOST1_TO_GUEST]: {
          kind: 'reachable',
          client: HOST1,
          server: 'guest',
          listen: guest,
          connect: wire.host2.address,
          by: forward
            ? `NAT hides the guest: slirp forwards ${wire.host2.address}:${port} to it (hostfwd)`
            : 'NAT hides the guest, and no port is forwarded to it',
        },
        [GUEST_TO_HOST2]: {
          kind: 'reachable',
          client: 'guest',
          server: HOST2,
          listen: '127.0.0.1',
          connect: gateway,
          by: `the gateway ${gateway} is host2's loopback`,
        },
      },
      hops: [guestNicHop(context.guestMac), slirpHop(context), ...wireHops(wire)],
      proof: { ...wireProof(wire), [GUEST_TO_HOST2]: [{ host: HOST2, device: 'lo', requests: 'tx' }] },
      notCarried: notThroughNat('slirp', {
        [GUEST_TO_HOST2]: { icmp: 'slirp itself answers for its gateway' },
      }),
      notes: forward ? [] : ['no port is forwarded: nothing reaches the guest from outside'],
      cures: {
        'nat-without-forwarding': [
          {
            what: `forward the port: hostfwd=tcp:${wire.host2.address}:${port}-${guest}:${port}`,
            cost: 'one port of host2 for each port of the guest',
            touches: 'own',
            action: { kind: 'path', options: { forward: true } },
          },
        ],
      },
    };
  },

  attach: async (context, plan) => {
    for (const step of plan.steps) await context.apply(step);
    return { openFiles: [] };
  },
};

/** slirp's own MAC for one of its IPv4 addresses: 52:55 and the address (libslirp, `special_ethaddr`). */
function slirpMac(address: readonly number[]): string {
  return ['52', '55', ...address.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
