// SPDX-License-Identifier: GPL-2.0-only
/** Reads /proc/net/arp and /proc/net/route (proc(5)), for a machine that has no iproute2: the guest. */

import type { Fact, Neighbour } from '../model/network-state.ts';
import type { Place } from '../model/place.ts';

/** ATF_COM, ATF_PERM (linux/if_arp.h). */
const COMPLETE = 0x2;
const PERMANENT = 0x4;

export function parseArpTable(place: Place, text: string): Neighbour[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [address, , flags = '0', mac = '', , device] = line.trim().split(/\s+/);
      if (address === undefined || address === '' || device === undefined) return [];
      const bits = Number(flags);
      const state = bits & PERMANENT ? 'PERMANENT' : bits & COMPLETE ? 'REACHABLE' : 'FAILED';
      return [{ place, device, address, mac: bits & (COMPLETE | PERMANENT) ? mac : '', state }];
    });
}

/** As `ip route` says it: "10.99.0.0/24 via 10.99.0.1 dev eth0". */
export function parseRouteTable(place: Place, text: string): Fact[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination, gateway, , , , , mask] = line.trim().split(/\s+/);
      if (device === undefined || destination === undefined || gateway === undefined || mask === undefined) return [];
      const prefix = bitsOf(mask);
      const to = prefix === 0 ? 'default' : `${dotted(destination)}/${prefix}`;
      const via = Number.parseInt(gateway, 16) === 0 ? '' : ` via ${dotted(gateway)}`;
      return [{ place, key: 'route', value: `${to}${via} dev ${device}` }];
    });
}

/** The kernel prints the address as a hexadecimal number in the machine's order: little-endian on all that we know. */
function dotted(hex: string): string {
  return (hex.match(/../g) ?? [])
    .map((byte) => Number.parseInt(byte, 16))
    .reverse()
    .join('.');
}

function bitsOf(hexMask: string): number {
  return [...Number.parseInt(hexMask, 16).toString(2)].filter((bit) => bit === '1').length;
}
