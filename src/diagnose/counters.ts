// SPDX-License-Identifier: GPL-2.0-only
/** Counters of the network stack by nstat's names, and what moved between two looks. */

import { z } from 'zod';
import type { Counter } from '../model/evidence.ts';
import type { Place } from '../model/place.ts';

/**
 * /proc/net/snmp, /proc/net/netstat (a line of names, a line of values) and /proc/net/snmp6 (a name and a value a line):
 * "TcpInCsumErrors", "TcpExtListenDrops", "Ip6InReceives".
 */
export function parseProcNet(place: Place, text: string): Counter[] {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const pair = /^([A-Za-z0-9]+)\s+(\d+)$/.exec(line);
    if (pair?.[1] !== undefined) counters.set(pair[1], Number(pair[2]));
    const [group = '', ...names] = line.split(/\s+/);
    const [again = '', ...values] = (lines[i + 1] ?? '').split(/\s+/);
    if (!group.endsWith(':') || group !== again || /^-?\d/.test(names[0] ?? '')) continue;
    for (const [j, name] of names.entries()) counters.set(`${group.slice(0, -1)}${name}`, Number(values[j] ?? 0));
  }
  return [...counters].map(([key, value]) => ofKernel(place, null, key, value));
}

/** What the kernel of a place counts, of a device or of its stack. */
export function ofKernel(place: Place, device: string | null, key: string, value: number): Counter {
  return { place, by: 'kernel', bridge: null, device, key, value };
}

const qdiscSchema = z.array(
  z.object({
    kind: z.string(),
    dev: z.string().optional(),
    drops: z.number().default(0),
    backlog: z.number().default(0),
  }),
);

/** Of `tc -s -j qdisc`: "qdisc fq_codel drops" of its device. */
export function parseQdiscs(place: Place, json: string): Counter[] {
  const qdiscs = qdiscSchema.parse(JSON.parse(json.trim() === '' ? '[]' : json));
  return qdiscs.flatMap(({ kind, dev, drops }) =>
    dev === undefined ? [] : [ofKernel(place, dev, `qdisc ${kind} drops`, drops)],
  );
}

/** Gauges and timestamps among the counters: their difference says nothing. */
const NO_COUNTERS = /(CurrEstab|RtoAlgorithm|RtoMin|RtoMax|MaxConn|DefaultTTL|Forwarding|carrier_changes)$/;

/** What moved, and nothing else. A counter that is new counts from 0. */
export function deltasOf(before: readonly Counter[], after: readonly Counter[]): Counter[] {
  const known = new Map(before.map((counter) => [nameOf(counter), counter.value]));
  // A device with two qdiscs of one kind has one counter twice: the last stands, at both looks.
  const latest = new Map(after.map((counter) => [nameOf(counter), counter]));
  return [...latest]
    .map(([name, counter]) => ({ ...counter, value: counter.value - (known.get(name) ?? 0) }))
    .filter(({ key, value }) => value !== 0 && !NO_COUNTERS.test(key));
}

/** What tells one counter from all others. */
function nameOf({ place, by, bridge, device, key }: Counter): string {
  return JSON.stringify([place, by, bridge, device, key]);
}
