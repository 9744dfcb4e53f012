// SPDX-License-Identifier: GPL-2.0-only
/** Backend `passt`: user-mode networking in a process of its own; the guest has host2's address. */

import { z } from 'zod';
import { GUEST_TO_HOST1, GUEST_TO_HOST2, HOST1, HOST1_TO_GUEST, HOST2 } from '../../model/place.ts';
import type { Backend } from '../backend.ts';
import { guestNicHop, nicOption, notThroughNat, reach, vmmHop, wireEndUp, wireHops, wireProof } from '../common.ts';

const options = z.strictObject({ nic: nicOption });

/** passt 2023-03: of 8192 bytes that a guest sends, 1472 arrive. */
const FRAGMENTS = 'passt takes each fragment of the guest for a datagram of its own';

export const passt: Backend<z.infer<typeof options>> = {
  kind: 'passt',
  summary: 'passt: user-mode network in its own process, sockets instead of NAT',
  options,
  guest: true,

  requires: () => [{ kind: 'tool', name: 'passt', package: 'passt', minimum: null }],

  plan(context, { nic }) {
    const { wire, port, path, index } = context;
    const { address, device } = wire.host2;
    const socket = `${context.labDir}/passt-${index}.sock`;
    // Not host1's address: passt maps its gateway to host2's loopback, and host1 must stay reachable.
    const gateway = address.replace(/\d+$/, '254');
    return {
      steps: [
        ...wireEndUp(wire),
        {
          // passt passes echo requests on through ping sockets, which the kernel gives to these groups alone.
          on: HOST2,
          do: ['sysctl', '-q', '-w', 'net.ipv4.ping_group_range=0 0'],
          undo: null,
        },
      ],
      services: [
        {
          name: `passt-${path}`,
          host: HOST2,
          argv: [
            ...['passt', '--foreground', '--ipv4-only', '--runas', '0', '--socket', socket],
            ...['--interface', device, '--address', address, '--netmask', String(wire.prefix), '--gateway', gateway],
            ...['--tcp-ports', `${address}/${port}`, '--udp-ports', `${address}/${port}`],
            ...['--no-dhcp', '--no-ndp', '--no-ra', '--no-dhcpv6'],
          ],
          readySocket: socket,
        },
      ],
      attachment: { kind: 'stream', socket },
      nicOptions: nic,
      nic: {
        mac: context.guestMac,
        address,
        prefix: wire.prefix,
        routes: [],
        neighbours: [],
      },
      reach: {
        [GUEST_TO_HOST1]: reach('guest', HOST1, wire.host1.address),
        [HOST1_TO_GUEST]: {
          kind: 'reachable',
          client: HOST1,
          server: 'guest',
          listen: address,
          connect: address,
          by: `passt forwards ${address}:${port} to the guest`,
        },
        [GUEST_TO_HOST2]: {
          kind: 'reachable',
          client: 'guest',
          server: HOST2,
          listen: '127.0.0.1',
          connect: gateway,
          by: `passt maps its gateway ${gateway} to host2's loopback`,
        },
      },
      hops: [
        guestNicHop(context.guestMac),
        vmmHop(context),
        {
          name: 'passt',
          where: HOST2,
          device: 'passt',
          service: `passt-${path}`,
          points: {
            toHost1: ['waking', 'switch_in', 'vmm_in', 'vmm_out'],
            toGuest: ['data_ready', 'waking', 'switch_in', 'vmm_in', 'vmm_out'],
          },
        },
        ...wireHops(wire),
      ],
      // passt reaches the guest from the client's own address and port.
      legsAlike: [HOST1_TO_GUEST],
      proof: { ...wireProof(wire), [GUEST_TO_HOST2]: [{ host: HOST2, device: 'lo', requests: 'tx' }] },
      notCarried: notThroughNat('passt', {
        [GUEST_TO_HOST1]: { 'udp-large': FRAGMENTS },
        [HOST1_TO_GUEST]: { 'udp-large': FRAGMENTS },
        [GUEST_TO_HOST2]: {
          'udp-large': FRAGMENTS,
          icmp: 'passt maps TCP and UDP of its gateway to host2, and no echo',
        },
      }),
      notes: [],
    };
  },

  async attach(context, plan) {
    for (const step of plan.steps) await context.apply(step);
    for (const service of plan.services) await context.serve(service);
    return { openFiles: [] };
  },
};
