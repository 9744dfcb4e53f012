// SPDX-License-Identifier: GPL-2.0-only
/** The server's residence times: its dump, and how they are joined to the client's samples. */
import { Buffer } from 'node:buffer';
import type { Protocol } from '../../model/probe-spec.ts';
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import { type ContainerKind, readContainer } from './container.ts';

/** Offsets of one record, as `struct service` of the prober lays them out. */
export const SERVICE = { listener: 0, connection: 2, seq: 4, serverNs: 8, tag: 12, size: 16 } as const;

const SERVER_DUMP: ContainerKind = { magic: 'HOPLABR\n', recordBytes: SERVICE.size };
const READY_LINE = 'ready\n';
/** The leading bytes of a request that carry the path's number of the transaction. */
const TAG_BYTES = 4;

/** Columns of equal length; per listener in the order of service. */
export interface ServerTimes {
  readonly length: number;
  readonly listener: Uint16Array;
  /** Which connection (UDP: peer) of the listener, from 0; always 0 for tcp_crr. */
  readonly connection: Uint16Array;
  readonly seq: Uint32Array;
  readonly serverNs: Uint32Array;
  /** What the request's leading bytes said: the client's number of the transaction, as many low bytes as fit. */
  readonly tag: Uint32Array;
}

export interface ServerDump {
  readonly header: unknown;
  readonly times: ServerTimes;
}

/** Reads a server's whole stdout, with or without its "ready" line; damage is SAMPLES_CORRUPT. */
export function decodeServerDump(bytes: Uint8Array, name: string): ServerDump {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, READY_LINE.length)).toString(
    'latin1',
  );
  const body = start === READY_LINE ? bytes.subarray(READY_LINE.length) : bytes;
  const { header, records, count } = readContainer(body, SERVER_DUMP, name);
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const times: ServerTimes = {
    length: count,
    listener: new Uint16Array(count),
    connection: new Uint16Array(count),
    seq: new Uint32Array(count),
    serverNs: new Uint32Array(count),
    tag: new Uint32Array(count),
  };
  for (let i = 0, at = 0; i < count; i++, at += SERVICE.size) {
    times.listener[i] = view.getUint16(at + SERVICE.listener, true);
    times.connection[i] = view.getUint16(at + SERVICE.connection, true);
    times.seq[i] = view.getUint32(at + SERVICE.seq, true);
    times.serverNs[i] = view.getUint32(at + SERVICE.serverNs, true);
    times.tag[i] = view.getUint32(at + SERVICE.tag, true);
  }
  return { header, times };
}

export interface MergeOptions {
  readonly protocol: Protocol;
  readonly requestBytes: number;
  /** Of a server that served several blocks: which connection of each listener was this block's; null = its only one. */
  readonly connection: number | null;
}

/**
 * Samples with the server's residence times where they are certain; listener n served path n.
 *
 * With four bytes of number in the request each time finds its sample by that number. With fewer, times and samples are
 * joined in order, and only if there are as many of one as of the other and every number agrees as far as it goes
 * (a TCP stream may have one more: the transaction that the user stopped). Otherwise the path stays without.
 */
export function mergeServerTimes(samples: Samples, times: ServerTimes, options: MergeOptions): Samples {
  const flags = samples.flags.slice();
  const serverNs = samples.serverNs.slice();
  const served = recordsByListener(times, options);
  for (const [path, positions] of samplesByPath(samples)) {
    const records = served.get(path);
    if (records === undefined) continue;
    const byNumber = Math.min(options.requestBytes, TAG_BYTES) === TAG_BYTES;
    const pairs = byNumber
      ? pairByNumber(positions, records, times)
      : pairInOrder(positions, records, { times, options });
    for (const [position, record] of pairs) {
      const ns = times.serverNs[record] ?? 0;
      // Longer than the whole transaction: not of this sample, or of a clock that jumped.
      if (ns > (samples.rttNs[position] ?? 0)) continue;
      serverNs[position] = ns;
      flags[position] = (flags[position] ?? 0) | SAMPLE_FLAGS.serverStamp;
    }
  }
  return { ...samples, flags, serverNs };
}

type Pair = readonly [position: number, record: number];

function samplesByPath(samples: Samples): Map<number, number[]> {
  const byPath = new Map<number, number[]>();
  for (let i = 0; i < samples.length; i++) append(byPath, samples.path[i] ?? 0, i);
  return byPath;
}

/** Records of the block's own connection per listener; a listener with several unnamed ones is left out. */
function recordsByListener(times: ServerTimes, options: MergeOptions): Map<number, number[]> {
  const byListener = new Map<number, number[]>();
  const mixed = new Set<number>();
  for (let i = 0; i < times.length; i++) {
    const listener = times.listener[i] ?? 0;
    const connection = times.connection[i] ?? 0;
    if (options.connection !== null && options.protocol !== 'tcp_crr' && connection !== options.connection) continue;
    const first = byListener.get(listener)?.[0];
    if (first !== undefined && times.connection[first] !== connection) mixed.add(listener);
    append(byListener, listener, i);
  }
  for (const listener of mixed) byListener.delete(listener);
  return byListener;
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** A path's k-th sample carried the number k; a number served twice (a duplicate) is ambiguous and left out. */
function pairByNumber(positions: readonly number[], records: readonly number[], times: ServerTimes): Pair[] {
  const recordOf = new Map<number, number>();
  const twice = new Set<number>();
  for (const record of records) {
    const tag = times.tag[record] ?? 0;
    if (recordOf.has(tag)) twice.add(tag);
    recordOf.set(tag, record);
  }
  const pairs: Pair[] = [];
  positions.forEach((position, number) => {
    const record = recordOf.get(number);
    if (record !== undefined && !twice.has(number)) pairs.push([position, record]);
  });
  return pairs;
}

interface OrderContext {
  readonly times: ServerTimes;
  readonly options: MergeOptions;
}

function pairInOrder(positions: readonly number[], records: readonly number[], context: OrderContext): Pair[] {
  const { times, options } = context;
  const extra = records.length - positions.length;
  if (extra !== 0 && !(extra === 1 && options.protocol !== 'udp_rr')) return [];
  const modulus = 2 ** (8 * Math.min(options.requestBytes, TAG_BYTES));
  const pairs: Pair[] = [];
  for (const [number, position] of positions.entries()) {
    const record = records[number];
    if (record === undefined || times.tag[record] !== number % modulus) return [];
    pairs.push([position, record]);
  }
  return pairs;
}
