// SPDX-License-Identifier: GPL-2.0-only
/** Packet counters of the lab's interfaces, and what they prove about the way of the transactions. */

import type { PathProof } from '../../model/block.ts';
import { HoplabError } from '../../model/errors.ts';
import { type Direction, type Host, towardsGuest } from '../../model/place.ts';
import type { PathPlan, ProofPoint } from '../../model/plan.ts';

export interface Packets {
  readonly rx: number;
  readonly tx: number;
}

/** "host1 w-tap" -> its packets; the guest's NICs as "guest MAC". */
export type Counters = ReadonlyMap<string, Packets>;

/** Parses `ip -s -j link`. */
export function parseCounters(host: Host, json: string): [string, Packets][] {
  const links: unknown = JSON.parse(json);
  if (!Array.isArray(links)) throw unreadable(host, json);
  return links.map((link: unknown) => {
    const parsed = parseLink(link);
    if (parsed === null) throw unreadable(host, JSON.stringify(link));
    return [`${host} ${parsed.name}`, parsed.packets];
  });
}

function parseLink(link: unknown): { name: string; packets: Packets } | null {
  if (typeof link !== 'object' || link === null) return null;
  const { ifname, stats64 } = link as { ifname?: unknown; stats64?: { rx?: unknown; tx?: unknown } };
  const rx = packetsOf(stats64?.rx);
  const tx = packetsOf(stats64?.tx);
  return typeof ifname === 'string' && rx !== null && tx !== null ? { name: ifname, packets: { rx, tx } } : null;
}

function packetsOf(side: unknown): number | null {
  if (typeof side !== 'object' || side === null || !('packets' in side)) return null;
  return typeof side.packets === 'number' ? side.packets : null;
}

function unreadable(host: Host, text: string): HoplabError {
  return new HoplabError({
    code: 'LAB_FAILED',
    message: `read the packet counters of ${host}: ip said ${text.slice(0, 200)}`,
    hint: 'ip -V must be 5.0 or newer (JSON statistics)',
  });
}

export interface ProofInput {
  readonly direction: Direction;
  /** Transactions of each path of the block, warm-up included. */
  readonly transactions: ReadonlyMap<string, number>;
  readonly before: Counters;
  readonly after: Counters;
  readonly paths: readonly PathPlan[];
}

/** Packets that may pass on a path that carries nothing: connection set-up of others, ARP. */
const STRAY_PACKETS = 40;

/**
 * A path is proven when each of its devices, the guest's NIC included, counted at least one packet a transaction
 * in both directions, and no wire of a path outside the block carried more than stray packets.
 */
export function proveBlock(input: ProofInput): PathProof[] {
  const strays = findStrays(input);
  return [...input.transactions].map(([name, transactions]) => {
    const plan = input.paths.find((path) => path.name === name);
    if (plan === undefined) throw new Error(`no plan of path ${name}`);
    const points = pointsOf(plan, input.direction).map((point) => ({
      ...point,
      requests: moved(input, point.device, point.requests),
      responses: moved(input, point.device, point.requests === 'rx' ? 'tx' : 'rx'),
    }));
    const short = points.filter(({ requests, responses }) => Math.min(requests, responses) < transactions);
    const shown = short.length > 0 ? short : points;
    return {
      path: name,
      proven: points.length > 0 && short.length === 0 && strays.length === 0,
      evidence: [
        ...shown.map(
          ({ device, requests, responses }) =>
            `${device}: ${requests} packets of requests and ${responses} of responses for ${transactions} transactions`,
        ),
        ...strays,
      ],
    };
  });
}

interface NamedPoint {
  readonly device: string;
  readonly requests: 'rx' | 'tx';
}

function pointsOf({ backendPlan }: PathPlan, direction: Direction): NamedPoint[] {
  const named = backendPlan.proof[direction].map((point: ProofPoint) => ({
    device: `${point.host} ${point.device}`,
    requests: point.requests,
  }));
  if (backendPlan.nic === null) return named;
  const nic = {
    device: `guest ${backendPlan.nic.mac}`,
    requests: towardsGuest(direction) ? ('rx' as const) : ('tx' as const),
  };
  return towardsGuest(direction) ? [...named, nic] : [nic, ...named];
}

function moved({ before, after }: ProofInput, device: string, side: 'rx' | 'tx'): number {
  return (after.get(device)?.[side] ?? 0) - (before.get(device)?.[side] ?? 0);
}

/** Wires that should have been silent and were not. */
function findStrays(input: ProofInput): string[] {
  return input.paths
    .filter(({ name }) => !input.transactions.has(name))
    .flatMap(({ name, wire }) => {
      const device = `host1 ${wire.host1.device}`;
      const packets = moved(input, device, 'rx') + moved(input, device, 'tx');
      return packets > STRAY_PACKETS ? [`${packets} packets on the wire of ${name}, which was not measured`] : [];
    });
}
