/** The two hosts and their wires, as commands. */
import type { Host, Step, Wire } from '../../model/plan.ts';

const HOSTS: readonly Host[] = ['host1', 'host2'];

/** Settings that keep both hosts silent between the transactions. */
const QUIET: readonly string[] = [
  // No neighbour discovery, no router solicitations.
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  // No ARP probes of a neighbour that answered before, for the length of any run.
  'net.ipv4.neigh.default.base_reachable_time_ms=7200000',
];

/** Network namespaces host1 and host2 inside the lab. */
export function planHosts(): Step[] {
  return HOSTS.flatMap((host) => [
    { do: ['ip', 'netns', 'add', host], undo: ['ip', 'netns', 'del', host] },
    { do: ['ip', '-n', host, 'link', 'set', 'lo', 'up'], undo: null },
    // -e: a kernel without IPv6 has no such keys.
    { do: ['ip', 'netns', 'exec', host, 'sysctl', '-q', '-e', '-w', ...QUIET], undo: null },
  ]);
}

/** A veth pair with host1's end configured; host2's end belongs to the backend. */
export function planWire({ host1, host2, prefix }: Wire): Step[] {
  return [
    {
      do: [
        ...['ip', 'link', 'add', host1.device, 'netns', 'host1', 'address', host1.mac, 'type', 'veth'],
        ...['peer', 'name', host2.device, 'netns', 'host2', 'address', host2.mac],
      ],
      undo: ['ip', '-n', 'host1', 'link', 'del', host1.device],
    },
    {
      do: ['ip', '-n', 'host1', 'address', 'add', `${host1.address}/${prefix}`, 'dev', host1.device],
      undo: null,
    },
    { do: ['ip', '-n', 'host1', 'link', 'set', host1.device, 'up'], undo: null },
  ];
}
