// SPDX-License-Identifier: GPL-2.0-only
/** Reads `ip -d -s -s -j link`: devices as the rules see them, and their counters. */

import { z } from 'zod';
import type { Counter } from '../model/evidence.ts';
import type { DeviceView, FdbFill } from '../model/network-state.ts';
import type { Place } from '../model/place.ts';
import { ofKernel } from './counters.ts';

const countersSchema = z.record(z.string(), z.number());

/** Only what is used, and nothing that an older iproute2 leaves out is asked for. */
const linkSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()).default([]),
  mtu: z.number().default(0),
  master: z.string().optional(),
  promiscuity: z.number().default(0),
  allmulti: z.number().default(0),
  address: z.string().default(''),
  link_type: z.string().default(''),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_data: z
        .looseObject({
          vlan_filtering: z.number().optional(),
          stp_state: z.number().optional(),
          forward_delay: z.number().optional(),
          fdb_n_learned: z.number().optional(),
          fdb_max_learned: z.number().optional(),
        })
        .optional(),
      info_slave_data: z
        .object({ state: z.string().optional(), forward_delay_timer: z.number().optional() })
        .optional(),
    })
    .optional(),
  xdp: z
    .object({ mode: z.number().default(0), attached: z.array(z.object({ mode: z.number() })).default([]) })
    .optional(),
  stats64: z.object({ rx: countersSchema, tx: countersSchema }).optional(),
});

type Link = z.infer<typeof linkSchema>;

/** IFLA_XDP_ATTACHED's values (linux/if_link.h). */
const XDP_DRIVER = 1;
const XDP_GENERIC = 2;

export interface ReadLinks {
  readonly devices: readonly DeviceView[];
  /** Bridges that filter by VLAN. */
  readonly filtering: readonly string[];
  /** Of bridges whose number of learned addresses is bounded (Linux 6.7). */
  readonly fdbFill: readonly FdbFill[];
  /** "tx_dropped" of a device; packets and bytes too. */
  readonly counters: readonly Counter[];
}

/** Offloads are not in it: they come from ethtool. Throws a plain Error for what is no list of links. */
export function parseLinks(place: Place, json: string): ReadLinks {
  const links = z.array(linkSchema).parse(JSON.parse(json.trim() === '' ? '[]' : json));
  return {
    devices: links.map((link) => ({
      place,
      name: link.ifname,
      kind: link.linkinfo?.info_kind ?? link.link_type,
      mac: link.address,
      mtu: link.mtu,
      up: link.flags.includes('UP'),
      carrier: link.flags.includes('LOWER_UP') && !link.flags.includes('NO-CARRIER'),
      master: link.master ?? null,
      portState: link.linkinfo?.info_slave_data?.state ?? null,
      promiscuous: link.promiscuity > 0,
      allMulticast: link.allmulti > 0,
      xdp: xdpMode(link.xdp),
      offloads: {},
      ...stpOf(link, links),
    })),
    filtering: links.filter(({ linkinfo }) => linkinfo?.info_data?.vlan_filtering === 1).map(({ ifname }) => ifname),
    fdbFill: links.flatMap(({ ifname, linkinfo }) => {
      const { fdb_n_learned: entries, fdb_max_learned: size } = linkinfo?.info_data ?? {};
      return entries === undefined || size === undefined || size === 0
        ? []
        : [{ place, bridge: ifname, entries, size, evicted: 0 }];
    }),
    counters: links.flatMap(({ ifname, stats64 }) =>
      (['rx', 'tx'] as const).flatMap((way) =>
        Object.entries(stats64?.[way] ?? {}).map(([name, value]) => ofKernel(place, ifname, `${way}_${name}`, value)),
      ),
    ),
  };
}

/** What STP, where the port's bridge runs it, makes the port wait: listening and learning take a forward delay each. */
function stpOf({ master, linkinfo }: Link, links: readonly Link[]): Pick<DeviceView, 'stp'> {
  const bridge = links.find(({ ifname }) => ifname === master)?.linkinfo?.info_data;
  const { state, forward_delay_timer: timer = 0 } = linkinfo?.info_slave_data ?? {};
  if (state === undefined || (bridge?.stp_state ?? 0) === 0) return {};
  // In hundredths of a second, whatever the kernel's HZ.
  const forwardDelayMs = (bridge?.forward_delay ?? 0) * 10;
  const left = state === 'listening' ? timer * 1000 + forwardDelayMs : state === 'learning' ? timer * 1000 : 0;
  return { stp: { forwardDelayMs, leftMs: Math.round(left) } };
}

function xdpMode(xdp: Link['xdp']): DeviceView['xdp'] {
  const modes = xdp === undefined ? [] : [xdp.mode, ...xdp.attached.map(({ mode }) => mode)];
  if (modes.includes(XDP_DRIVER)) return 'native';
  return modes.includes(XDP_GENERIC) ? 'generic' : null;
}
