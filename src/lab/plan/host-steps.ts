// SPDX-License-Identifier: GPL-2.0-only
/** The two hosts, as commands. */
import { DEFAULT_MACHINE } from '../../machines/index.ts';
import { HOSTS } from '../../model/place.ts';
import type { Step } from '../../model/plan.ts';

/** Settings that keep both hosts silent between the transactions. */
const QUIET: readonly string[] = [
  // No neighbour discovery, no router solicitations.
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  // No ARP probes of a neighbour that answered before, for the length of any run.
  'net.ipv4.neigh.default.base_reachable_time_ms=7200000',
];

/** Both hosts, quiet. */
export function planHosts(): Step[] {
  return HOSTS.flatMap((host) => [
    ...DEFAULT_MACHINE.place(host),
    // -e: a kernel without IPv6 has no such keys.
    { on: host, do: ['sysctl', '-q', '-e', '-w', ...QUIET], undo: null },
  ]);
}
