// SPDX-License-Identifier: GPL-2.0-only
/** What a path's Open vSwitch says of itself: addresses, ports, rules and what it dropped. */

import { z } from 'zod';
import type { Counter } from '../../model/evidence.ts';
import type { FdbEntry, FdbFill } from '../../model/network-state.ts';
import { HOST2 } from '../../model/place.ts';
import type { BackendPlan } from '../../model/plan.ts';
import type { AttachContext, BackendEvidence } from '../backend.ts';
import { appctlOf, bridgeOf, dumpOf, vsctlOf } from './daemons.ts';

/** Prints name and number of every port as JSON. */
const LIST_NUMBERS = ['--format=json', '--columns=name,ofport', 'list', 'Interface'] as const;

export async function observeOvs({ look }: Pick<AttachContext, 'look'>, plan: BackendPlan): Promise<BackendEvidence> {
  const bridge = bridgeOf(plan);
  // One after the other: each answer takes ovs-vswitchd's main thread, which also forwards.
  const ports = parsePorts(await look(vsctlOf(plan, ...LIST_NUMBERS)));
  const names = { bridge, ports };
  const fdb = parseFdb(await look(appctlOf(plan, 'fdb/show', bridge)), names);
  const fill = parseFill(await look(appctlOf(plan, 'fdb/stats-show', bridge)), bridge);
  // Not the database's statistics: those are up to 5 s old (stats-update-interval).
  const packets = parsePackets(await look(dumpOf(plan, 'dump-ports')), names);
  const flows = parseFlows(await look(dumpOf(plan, 'dump-flows')), bridge);
  const drops = parseDrops(await look(appctlOf(plan, 'coverage/show')));
  return { captures: [], fdb, fdbFill: fill, xdp: [], counters: [...packets, ...flows, ...drops] };
}

/** Names of ports by OpenFlow's number, which is all that most answers have. */
type SwitchPorts = ReadonlyMap<string, string>;

interface SwitchNames {
  readonly bridge: string;
  readonly ports: SwitchPorts;
}

/** The rows of `LIST_NUMBERS`; a port that the switch did not take has an empty set for its number. */
const listingSchema = z.object({ data: z.array(z.tuple([z.string(), z.unknown()])) });

function parsePorts(listing: string): SwitchPorts {
  return new Map(listingSchema.parse(JSON.parse(listing)).data.map(([name, number]) => [String(number), name]));
}

/** The bridge's own device is LOCAL. */
function nameOf(port: string, { bridge, ports }: SwitchNames): string {
  return port === 'LOCAL' ? bridge : (ports.get(port) ?? port);
}

/** `ovs-ofctl dump-ports`: "port 1: rx pkts=2, ..., drop=0, ... tx pkts=3, ..."; only what has moved, bytes left out. */
function parsePackets(text: string, names: SwitchNames): Counter[] {
  const counters: Counter[] = [];
  for (const [, port = '', rx = '', tx = ''] of text.matchAll(/^\s*port\s+(\S+): rx (.*)\n\s*tx (.*)$/gm)) {
    for (const [side, list] of Object.entries({ rx, tx })) {
      for (const [, key = '', value] of list.matchAll(/(\w+)=(\d+)/g)) {
        if (key === 'bytes' || Number(value) === 0) continue;
        counters.push(counted({ bridge: names.bridge, device: nameOf(port, names) }, `${side} ${key}`, value));
      }
    }
  }
  return counters;
}

/** `ovs-appctl fdb/show`: port, VLAN, MAC, age in seconds or "static". */
function parseFdb(text: string, names: SwitchNames): FdbEntry[] {
  const rows = [...text.matchAll(/^\s*(\S+)\s+(\d+)\s+((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s+(\S+)/gm)];
  return rows.map(([, port = '', vlan = '0', mac = '', age]) => ({
    place: HOST2,
    bridge: names.bridge,
    port: nameOf(port, names),
    mac,
    vlan: Number(vlan),
    fixed: age === 'static',
  }));
}

/** `ovs-appctl fdb/stats-show`: "Current/maximum MAC entries in the table: 2/8192", "Total number of evicted ...: 0". */
function parseFill(text: string, bridge: string): FdbFill[] {
  const fill = /Current\/maximum MAC entries in the table\s*: (\d+)\/(\d+)/.exec(text);
  const evicted = /evicted MAC entries\s*: (\d+)/.exec(text);
  if (fill === null) return [];
  return [
    { place: HOST2, bridge, entries: Number(fill[1]), size: Number(fill[2]), evicted: Number(evicted?.[1] ?? 0) },
  ];
}

/** `ovs-ofctl dump-flows`: "cookie=..., n_packets=3, ..., priority=0 actions=NORMAL" -> "flow ... actions=NORMAL": 3. */
function parseFlows(text: string, bridge: string): Counter[] {
  const rows = [...text.matchAll(/n_packets=(\d+),.*?n_bytes=\d+,(?: \w+_age=\d+,)* (.*actions=.*)$/gm)];
  return rows.map(([, packets, rule = '']) => counted({ bridge, device: null }, `flow ${rule.trim()}`, packets));
}

/** The counters of `ovs-appctl coverage/show` that are drops: "drop_action_of_pipeline ... total: 12". */
function parseDrops(text: string): Counter[] {
  const rows = [...text.matchAll(/^(\S*drop\S*)\s.*total: (\d+)$/gm)];
  return rows
    .map(([, name = '', total]) => counted({ bridge: null, device: null }, name, total))
    .filter(({ value }) => value > 0);
}

/** What ovs-vswitchd counts: of a port, of a bridge, or of all of them. */
function counted(of: Pick<Counter, 'bridge' | 'device'>, key: string, value: string | undefined): Counter {
  return { place: HOST2, by: 'switch', ...of, key, value: Number(value) };
}
