// SPDX-License-Identifier: GPL-2.0-only
/** What of this machine uses an interface: addresses, routes, the way to the ssh peer, and devices above it, to the top. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { run } from '../system/exec.ts';
import type { Use } from './nic.ts';
import type { Sysfs } from './sysfs.ts';

/** What `ip -j` says; the kernel's own link-local addresses and routes are nobody's use. */
const addressesSchema = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.number().optional(), scope: z.string().optional() }))
      .optional(),
  }),
);
const routesSchema = z.array(
  z.object({
    dst: z.string(),
    dev: z.string().optional(),
    table: z.union([z.string(), z.number()]).optional(),
    nexthops: z.array(z.object({ dev: z.string().optional() })).optional(),
  }),
);

/** Addresses, routes and the ssh session of the machine, by interface. */
export interface NetworkUse {
  /** Interface -> "address 192.0.2.7/24", "route default". */
  readonly byDevice: ReadonlyMap<string, readonly string[]>;
}

export async function readNetworkUse(signal: AbortSignal): Promise<NetworkUse> {
  const ask = async (...words: readonly string[]) =>
    (await run(['ip', '-j', ...words], { signal, what: 'see what uses the NICs' })).stdout;
  const peer = await sshPeer();
  const [addresses, v4, v6, towards] = await Promise.all([
    ask('address', 'show'),
    ask('-4', 'route', 'show', 'table', 'all'),
    // A kernel without IPv6 has no such routes, and says so by an error.
    ask('-6', 'route', 'show', 'table', 'all').catch(() => '[]'),
    peer === null ? '[]' : ask('route', 'get', peer).catch(() => '[]'),
  ]);
  return networkUse({ addresses, routes: [v4, v6], peer, towards });
}

interface Told {
  readonly addresses: string;
  readonly routes: readonly string[];
  /** The address of whoever is logged in by ssh, and the route there. */
  readonly peer: string | null;
  readonly towards: string;
}

/** Pure: what `ip -j` printed. Throws LAB_FAILED for what cannot be read. */
export function networkUse({ addresses, routes, peer, towards }: Told): NetworkUse {
  const byDevice = new Map<string, string[]>();
  const add = (device: string | undefined, what: string) => {
    if (device === undefined) return;
    byDevice.set(device, [...(byDevice.get(device) ?? []), what]);
  };
  for (const { dev } of parsed(routesSchema, towards)) add(dev, `the ssh session from ${peer}`);
  for (const { ifname, addr_info = [] } of parsed(addressesSchema, addresses))
    for (const { local, prefixlen, scope } of addr_info)
      if (local !== undefined && scope !== 'link') add(ifname, `address ${local}/${prefixlen}`);
  for (const text of routes)
    for (const { dst, dev, table, nexthops = [] } of parsed(routesSchema, text)) {
      if (table === 'local' || /^(fe80:|ff)/.test(dst)) continue;
      const where = table === undefined ? '' : ` of table ${table}`;
      for (const device of [dev, ...nexthops.map((hop) => hop.dev)]) add(device, `route ${dst}${where}`);
    }
  return { byDevice };
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text === '' ? '[]' : text));
  } catch (error) {
    throw new HoplabError({
      code: 'LAB_FAILED',
      message: `read what ip -j says of addresses and routes: ${reasonOf(error)}`,
      hint: 'ip -V shows its version; 5.0 or later is needed',
      cause: error,
    });
  }
}

/** What uses an interface, and each device above it up to the top, through bonds, bridges and VLANs. */
export async function usesOf(
  device: string,
  { sysfs, network }: { sysfs: Sysfs; network: NetworkUse },
): Promise<Use[]> {
  const uses: Use[] = [];
  const seen = new Set<string>();
  const walk = async (at: string): Promise<void> => {
    if (seen.has(at)) return;
    seen.add(at);
    uses.push(...(network.byDevice.get(at) ?? []).map((what) => ({ what, device: at })));
    const master = await sysfs.link(`class/net/${at}/master`);
    if (master !== null) uses.push({ what: `master ${master}`, device: at });
    for (const name of await sysfs.names(`class/net/${at}`)) {
      if (!name.startsWith('upper_')) continue;
      const upper = name.slice('upper_'.length);
      if (upper !== master) uses.push({ what: `${upper} on top of it`, device: at });
      await walk(upper);
    }
    if (master !== null) await walk(master);
  };
  await walk(device);
  return uses;
}

/** Address of whoever is logged in by ssh: sudo drops the variable, and a process further up still has it. */
async function sshPeer(): Promise<string | null> {
  for (let pid = process.pid; pid > 1; ) {
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    const [environment, stat] = await Promise.all([read('environ'), read('stat')]);
    const peer = /(?:^|\0)SSH_CONNECTION=(\S+) /.exec(environment)?.[1];
    if (peer !== undefined) return peer;
    // The fields behind the name, which is in parentheses and may hold anything.
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return null;
}
