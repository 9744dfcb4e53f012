// SPDX-License-Identifier: GPL-2.0-only
/** Reads the kernel's tables as the tools print them: neighbours, forwarding databases, addresses, sysctls. */

import { z } from 'zod';
import type { DeviceAddress, Fact, FdbEntry, Neighbour, PortVlan } from '../model/network-state.ts';
import type { Place } from '../model/place.ts';

const list = <T extends z.ZodType>(item: T, json: string): z.infer<T>[] =>
  z.array(item).parse(JSON.parse(json.trim() === '' ? '[]' : json));

/** Of `ip -j neigh`. */
export function parseNeighbours(place: Place, json: string): Neighbour[] {
  const schema = z.object({
    dst: z.string().default(''),
    dev: z.string().default(''),
    lladdr: z.string().default(''),
    state: z.array(z.string()).default([]),
  });
  return list(schema, json).map(({ dst, dev, lladdr, state }) => ({
    place,
    device: dev,
    address: dst,
    mac: lladdr,
    state: state.join(' '),
  }));
}

/** Of `bridge -j fdb`: the entries of bridges alone. */
export function parseFdb(place: Place, json: string): FdbEntry[] {
  const schema = z.object({
    mac: z.string(),
    ifname: z.string().default(''),
    master: z.string().optional(),
    vlan: z.number().default(0),
    state: z.string().default(''),
  });
  return list(schema, json).flatMap(({ mac, ifname, master, vlan, state }) =>
    master === undefined ? [] : [{ place, bridge: master, port: ifname, mac, vlan, fixed: state !== '' }],
  );
}

/** Of `bridge -j vlan`: the VLANs of the ports that are asked for. */
export function parseVlans(place: Place, json: string, isPort: (name: string) => boolean): PortVlan[] {
  const schema = z.object({
    ifname: z.string(),
    vlans: z.array(z.object({ vlan: z.number(), vlanEnd: z.number().optional() })).default([]),
  });
  return list(schema, json)
    .filter(({ ifname }) => isPort(ifname))
    .flatMap(({ ifname: port, vlans }) =>
      vlans.flatMap(({ vlan, vlanEnd = vlan }) =>
        Array.from({ length: vlanEnd - vlan + 1 }, (_, i) => ({ place, port, vlan: vlan + i })),
      ),
    );
}

/** Of `ip -j addr`. */
export function parseAddresses(place: Place, json: string): DeviceAddress[] {
  const schema = z.object({
    ifname: z.string().default(''),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number().default(0) })).default([]),
  });
  return list(schema, json).flatMap(({ ifname, addr_info: addresses }) =>
    addresses.flatMap(({ local, prefixlen }) =>
      local === undefined ? [] : [{ place, device: ifname, address: local, prefix: prefixlen }],
    ),
  );
}

/** Of `ip route` and `ip rule`, a line each. */
export function parseRoutes(place: Place, key: 'route' | 'rule', text: string): Fact[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ place, key, value: line.trim() }));
}

/** Of `sysctl key...`: "net.ipv4.ip_forward" -> "0". */
export function parseSysctls(place: Place, text: string): Fact[] {
  return text.split('\n').flatMap((line) => {
    const [, key, value = ''] = /^(\S+)\s*=\s*(.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [{ place, key, value: value.trim() }];
  });
}
