// SPDX-License-Identifier: GPL-2.0-only
/** From the messages of connections to the transactions of paths. */

import { PROTOCOL } from '../records/record-layout.ts';
import type { Channel, Connection, FlowTable } from './flow-table.ts';

/** Transactions of all paths, by path and then by number. */
export interface Transactions {
  readonly length: number;
  readonly path: Uint16Array;
  readonly number: Uint32Array;
  /** Per slot of the flow table. */
  readonly ofSlot: Uint32Array;
}

const PATH_UNIT = 2 ** 32;

export function numberTransactions(flows: FlowTable): Transactions {
  const starts = startsOf(flows.connections);
  const { channels, numbers } = flows;
  const keys = new Float64Array(channels.length);
  let start = 0;
  let of: Channel | null = null;
  for (let slot = 0; slot < keys.length; slot++) {
    const channel = channels[slot];
    if (channel === undefined) continue;
    const { path, protocol } = channel.connection;
    if (channel !== of) [start, of] = [protocol === PROTOCOL.udp ? 0 : (starts.get(channel) ?? 0), channel];
    keys[slot] = path * PATH_UNIT + (numbers[slot] ?? 0) + start;
  }
  const sorted = keys.slice().sort();
  let length = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[length++] = sorted[i] ?? 0;
  const unique = sorted.subarray(0, length);
  const ofSlot = new Uint32Array(keys.length);
  for (let slot = 0; slot < keys.length; slot++) ofSlot[slot] = lastAtMost(unique, keys[slot] ?? 0);
  const [path, number] = [new Uint16Array(length), new Uint32Array(length)];
  for (let t = 0; t < length; t++) {
    const key = unique[t] ?? 0;
    path[t] = Math.floor(key / PATH_UNIT);
    number[t] = key % PATH_UNIT;
  }
  return { length, path, number, ofSlot };
}

/** What to add to a channel's numbers: connections of one leg follow each other. */
function startsOf(connections: readonly Connection[]): Map<Channel, number> {
  const starts = new Map<Channel, number>();
  for (const leg of groupLegs(connections).values()) {
    let next = 0;
    for (const connection of leg.sort((a, b) => openedNs(a) - openedNs(b))) {
      const { request, response } = connection;
      // A capture that began between a request and its response has one response too many.
      const early = startsWithResponse(connection);
      const requests = next + (early ? 1 : 0);
      if (request.base >= 0) starts.set(request, requests - request.lowest);
      if (response.base >= 0) starts.set(response, next - response.lowest);
      next = Math.max(
        request.base < 0 ? 0 : requests + lengthOf(request),
        response.base < 0 ? 0 : next + lengthOf(response),
        next,
      );
    }
  }
  return starts;
}

function groupLegs(connections: readonly Connection[]): Map<string, Connection[]> {
  const legs = new Map<string, Connection[]>();
  for (const connection of connections) {
    if (connection.protocol === PROTOCOL.udp) continue;
    // passt gives the guest the host's own address: its two legs differ in nothing but where they were seen.
    const key = `${connection.path} ${connection.leg} ${seenBeside(connection)}`;
    const known = legs.get(key);
    if (known === undefined) legs.set(key, [connection]);
    else known.push(connection);
  }
  return legs;
}

/** The machines beside the first one that have seen it. */
function seenBeside(connection: Connection): string {
  const seen = firstNsOf(connection).map((ns, at) => (Number.isFinite(ns) ? at : 0));
  return seen.filter((at) => at > 0).join(' ');
}

/** By machine: when either of its directions was first seen there. */
function firstNsOf({ request, response }: Connection): number[] {
  return request.firstNs.map((ns, at) => Math.min(ns, response.firstNs[at] ?? Number.POSITIVE_INFINITY));
}

function lengthOf({ lowest, highest }: Channel): number {
  return highest - lowest + 1;
}

/** On the first machine's clock where it was seen there. */
function openedNs(connection: Connection): number {
  return firstNsOf(connection).find((ns) => Number.isFinite(ns)) ?? 0;
}

function startsWithResponse({ request, response }: Connection): boolean {
  return request.firstNs.some(
    (ns, at) => Number.isFinite(ns) && (response.firstNs[at] ?? Number.POSITIVE_INFINITY) < ns,
  );
}

/** Index of the last value that is at most `key`, of ascending ones; -1 = none. */
export function lastAtMost(ascending: Float64Array, key: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
