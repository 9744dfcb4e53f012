/** Counters of the network stack by nstat's names, and what moved between two looks. */
import { z } from 'zod';
import type { Place } from '../model/diagnosis.ts';
import type { CounterDeltas } from '../model/evidence.ts';

export type Counters = Readonly<Record<string, number>>;

/**
 * /proc/net/snmp, /proc/net/netstat (a line of names, a line of values) and /proc/net/snmp6 (a name and a value a line):
 * "host1 TcpInCsumErrors", "host1 TcpExtListenDrops", "host1 Ip6InReceives".
 */
export function parseProcNet(place: Place, text: string): Counters {
  const counters: Record<string, number> = {};
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const pair = /^([A-Za-z0-9]+)\s+(\d+)$/.exec(line);
    if (pair?.[1] !== undefined) counters[`${place} ${pair[1]}`] = Number(pair[2]);
    const [group = '', ...names] = line.split(/\s+/);
    const [again = '', ...values] = (lines[i + 1] ?? '').split(/\s+/);
    if (!group.endsWith(':') || group !== again || /^-?\d/.test(names[0] ?? '')) continue;
    for (const [j, name] of names.entries()) counters[`${place} ${group.slice(0, -1)}${name}`] = Number(values[j] ?? 0);
  }
  return counters;
}

const qdiscSchema = z.array(
  z.object({
    kind: z.string(),
    dev: z.string().optional(),
    drops: z.number().default(0),
    backlog: z.number().default(0),
  }),
);

/** Of `tc -s -j qdisc`: "host2 t-tap qdisc fq_codel drops". */
export function parseQdiscs(place: Place, json: string): Counters {
  const qdiscs = qdiscSchema.parse(JSON.parse(json.trim() === '' ? '[]' : json));
  return Object.fromEntries(
    qdiscs.flatMap(({ kind, dev, drops }) =>
      dev === undefined ? [] : [[`${place} ${dev} qdisc ${kind} drops`, drops] as const],
    ),
  );
}

/** Gauges and timestamps among the counters: their difference says nothing. */
const NO_COUNTERS = /(CurrEstab|RtoAlgorithm|RtoMin|RtoMax|MaxConn|DefaultTTL|Forwarding|carrier_changes)$/;

/** What moved, and nothing else. A counter that is new counts from 0. */
export function deltasOf(before: Counters, after: Counters): CounterDeltas {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([name, delta]) => delta !== 0 && !NO_COUNTERS.test(name)),
  );
}
