/** Backend `passt`: user-mode networking in a process of its own; the guest has host2's address. */
import { z } from 'zod';
import type { Backend } from '../backend.ts';
import { guestNicHop, nicOption, notThroughNat, reach, vmmHop, wireHops } from '../common.ts';

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
        {
          do: ['ip', '-n', 'host2', 'address', 'add', `${address}/${wire.prefix}`, 'dev', device],
          undo: ['ip', '-n', 'host2', 'address', 'del', `${address}/${wire.prefix}`, 'dev', device],
        },
        {
          do: ['ip', '-n', 'host2', 'link', 'set', device, 'up'],
          undo: ['ip', '-n', 'host2', 'link', 'set', device, 'down'],
        },
        {
          // passt passes echo requests on through ping sockets, which the kernel gives to these groups alone.
          do: ['ip', 'netns', 'exec', 'host2', 'sysctl', '-q', '-w', 'net.ipv4.ping_group_range=0 0'],
          undo: null,
        },
      ],
      services: [
        {
          name: `passt-${path}`,
          host: 'host2',
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
        'guest-to-host1': reach('guest', 'host1', wire.host1.address),
        'host1-to-guest': {
          kind: 'reachable',
          client: 'host1',
          server: 'guest',
          listen: address,
          connect: address,
          by: `passt forwards ${address}:${port} to the guest`,
        },
        'guest-to-host2': {
          kind: 'reachable',
          client: 'guest',
          server: 'host2',
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
          where: 'host2',
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
      legsAlike: ['host1-to-guest'],
      proof: {
        'guest-to-host1': [
          { host: 'host2', device, requests: 'tx' },
          { host: 'host1', device: wire.host1.device, requests: 'rx' },
        ],
        'host1-to-guest': [
          { host: 'host1', device: wire.host1.device, requests: 'tx' },
          { host: 'host2', device, requests: 'rx' },
        ],
        'guest-to-host2': [{ host: 'host2', device: 'lo', requests: 'tx' }],
      },
      notCarried: notThroughNat('passt', {
        'guest-to-host1': { 'udp-large': FRAGMENTS },
        'host1-to-guest': { 'udp-large': FRAGMENTS },
        'guest-to-host2': {
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
