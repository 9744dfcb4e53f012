// SPDX-License-Identifier: GPL-2.0-only
/** What an interface is on its machine before a lab borrows it, and what uses it, from what ip, ss and ethtool print. Pure. */
import { z } from 'zod';

const links = z.array(
  z.object({
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.number(),
    address: z.string().optional(),
    master: z.string().optional(),
    link: z.string().optional(),
    addr_info: z
      .array(
        z.object({
          family: z.string().optional(),
          local: z.string().optional(),
          prefixlen: z.number().optional(),
          broadcast: z.string().optional(),
          scope: z.string().optional(),
        }),
      )
      .optional(),
  }),
);

export interface NicState {
  readonly up: boolean;
  readonly mtu: number;
  readonly mac: string | null;
  readonly master: string | null;
  /** What stands on it: vlans, macvlans. */
  readonly upper: readonly string[];
  readonly addresses: readonly NicAddress[];
  /** Words of `ip route add` without the device; those that the kernel makes by itself are not among them. */
  readonly routes: readonly { readonly family: '-4' | '-6'; readonly words: readonly string[] }[];
  /** Switches that may be turned, as they are. */
  readonly offloads: readonly (readonly [name: string, on: boolean])[];
  readonly uses: readonly NicUse[];
}

interface NicAddress {
  readonly address: string;
  readonly prefix: number;
  readonly broadcast: string | null;
  /** The kernel makes it when the interface comes up. */
  readonly automatic: boolean;
}

/** `session`: the very line that we work over; it is never given away. */
interface NicUse {
  readonly kind: 'session' | 'other';
  readonly words: string;
}

export interface NicOutput {
  /** ip -j -d address show */
  readonly links: string;
  /** ip -4 and -6 route show table all dev DEVICE */
  readonly routes: Readonly<Record<'-4' | '-6', string>>;
  /** ss -tnH state established */
  readonly sockets: string;
  /** ethtool -k DEVICE; empty where it says nothing. */
  readonly offloads: string;
  /** The other end of our own session with the machine, as the machine sees it; null where that is no network. */
  readonly session: string | null;
}

/** Null where there is no such interface. */
export function readNicState(device: string, output: NicOutput): NicState | null {
  const all = links.parse(JSON.parse(output.links));
  const link = all.find(({ ifname }) => ifname === device);
  if (link === undefined) return null;
  const addresses = (link.addr_info ?? []).flatMap(({ family, local, prefixlen, broadcast, scope }) =>
    local === undefined || prefixlen === undefined
      ? []
      : [
          {
            ...{ address: local, prefix: prefixlen, broadcast: broadcast ?? null },
            automatic: family === 'inet6' && scope === 'link',
          },
        ],
  );
  const routes = (['-4', '-6'] as const).flatMap((family) =>
    linesOf(output.routes[family])
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => !['local', 'broadcast', 'anycast', 'multicast'].includes(words[0] ?? ''))
      .map((words) => ({ family, words: words.filter((word) => !['linkdown', 'dead'].includes(word)) })),
  );
  const upper = all.filter((other) => other.link === device).map(({ ifname }) => ifname);
  const carried = all.filter(({ ifname }) => carriedBy(device, all).has(ifname));
  return {
    ...{ up: link.flags.includes('UP'), mtu: link.mtu, mac: link.address ?? null, master: link.master ?? null, upper },
    addresses,
    routes: routes.filter(({ words }) => !isOfKernel(words)),
    offloads: offloadsOf(output.offloads),
    uses: usesOf(output, { master: link.master, upper, routes, own: carried.flatMap(localAddresses) }),
  };
}

type Link = z.infer<typeof links>[number];

function localAddresses({ addr_info: info = [] }: Link): string[] {
  return info.flatMap(({ local }) => (local === undefined ? [] : [local]));
}

/** The interface, and all whose frames go over it: its bridge or bond, vlans on either, and what they are ports of. */
function carriedBy(device: string, all: readonly Link[]): ReadonlySet<string> {
  const found = new Set([device]);
  // A set takes what is added while it is walked.
  for (const name of found)
    for (const { ifname, master, link } of all) {
      if (ifname === name && master !== undefined) found.add(master);
      if (link === name) found.add(ifname);
    }
  return found;
}

function isOfKernel(words: readonly string[]): boolean {
  return ['kernel', 'ra'].includes(words[words.indexOf('proto') + 1] ?? '') && words.includes('proto');
}

function offloadsOf(text: string): (readonly [string, boolean])[] {
  return linesOf(text).flatMap((line) => {
    const [, name, state] = /^\s*([a-z0-9-]+): (on|off)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, state === 'on'] as const];
  });
}

/** What a port of the other end or of ours says of a connection. */
const STORAGE: Readonly<Record<string, string>> = {
  2049: 'an NFS mount',
  3260: 'an iSCSI session',
  4420: 'NVMe over TCP',
};

interface Found {
  readonly master: string | undefined;
  readonly upper: readonly string[];
  readonly routes: readonly { readonly words: readonly string[] }[];
  readonly own: readonly string[];
}

function usesOf({ sockets, session }: NicOutput, { master, upper, routes, own }: Found): NicUse[] {
  const other = (words: string): NicUse => ({ kind: 'other', words });
  const uses: NicUse[] = [
    ...(master === undefined ? [] : [other(`it is a port of ${master}`)]),
    ...upper.map((name) => other(`${name} stands on it`)),
    ...(routes.some(({ words }) => words[0] === 'default') ? [other('the default route goes over it')] : []),
  ];
  const seen = new Set<string>();
  for (const line of linesOf(sockets)) {
    const [from, to] = line.trim().split(/\s+/).slice(-2).map(endOf);
    if (from === undefined || to === undefined || !own.includes(from.address)) continue;
    const isOurs = session !== null && to.address === session;
    const storage = STORAGE[to.port] ?? STORAGE[from.port];
    const what = storage ?? (from.port === '22' || to.port === '22' ? 'an ssh session' : 'a connection');
    const words = isOurs
      ? `our own ssh session with ${to.address} goes over it`
      : `${what} with ${to.address} goes over it`;
    if (seen.has(words)) continue;
    seen.add(words);
    uses.push(isOurs ? { kind: 'session', words } : other(words));
  }
  return uses;
}

/** "10.0.0.1:22", "[fe80::1%eth0]:22", "[::ffff:10.0.0.1]:22". */
function endOf(text: string): { readonly address: string; readonly port: string } {
  const at = text.lastIndexOf(':');
  const address = text
    .slice(0, at)
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/^::ffff:/, '');
  return { address, port: text.slice(at + 1) };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
