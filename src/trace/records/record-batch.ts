// SPDX-License-Identifier: GPL-2.0-only
/** Some records of a file as columns of numbers, and how bytes become them. */
import { RECORD } from './record-layout.ts';

/** Columns of equal capacity, of which `length` rows are valid. The decoder fills the same batch again and again. */
export interface RecordBatch {
  length: number;
  /** ns after the file's origin. */
  readonly timeNs: Float64Array;
  /** IPv4 as a number whose lowest byte is the first of the address. */
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  readonly sourcePort: Uint16Array;
  readonly destinationPort: Uint16Array;
  readonly number: Uint32Array;
  readonly ifindex: Uint32Array;
  readonly netns: Uint32Array;
  readonly tid: Uint32Array;
  /** Bytes of the packet, or what a system call returned. */
  readonly size: Uint32Array;
  readonly point: Uint16Array;
  readonly cpu: Uint16Array;
  readonly protocol: Uint8Array;
  readonly flags: Uint8Array;
  readonly payload: Uint16Array;
  readonly auxLow: Uint32Array;
  readonly auxHigh: Uint32Array;
}

/** Rows that are decoded at once: few enough that the columns stay in the cache. */
export const BATCH_ROWS = 4096;

export function createBatch(rows = BATCH_ROWS): RecordBatch {
  return {
    length: 0,
    timeNs: new Float64Array(rows),
    source: new Uint32Array(rows),
    destination: new Uint32Array(rows),
    sourcePort: new Uint16Array(rows),
    destinationPort: new Uint16Array(rows),
    number: new Uint32Array(rows),
    ifindex: new Uint32Array(rows),
    netns: new Uint32Array(rows),
    tid: new Uint32Array(rows),
    size: new Uint32Array(rows),
    point: new Uint16Array(rows),
    cpu: new Uint16Array(rows),
    protocol: new Uint8Array(rows),
    flags: new Uint8Array(rows),
    payload: new Uint16Array(rows),
    auxLow: new Uint32Array(rows),
    auxHigh: new Uint32Array(rows),
  };
}

export interface RecordRange {
  /** Offset of the first record in the view. */
  readonly at: number;
  readonly count: number;
  readonly originNs: bigint;
}

/**
 * Fills the batch from `count` records. The 64-bit time is taken as two halves relative to the origin, since a double
 * holds 104 days of nanoseconds exactly and a machine may be up for longer.
 */
export function fillBatch(batch: RecordBatch, view: DataView, { at: start, count, originNs }: RecordRange): void {
  const { timeNs, source, destination, sourcePort, destinationPort, number, ifindex, netns, tid, size } = batch;
  const { point, cpu, protocol, flags, payload, auxLow, auxHigh } = batch;
  const originLow = Number(originNs & 0xffffffffn);
  const originHigh = Number(originNs >> 32n);
  for (let i = 0, at = start; i < count; i++, at += RECORD.size) {
    const low = view.getUint32(at + RECORD.timeNs, true);
    const high = view.getUint32(at + RECORD.timeNs + 4, true);
    timeNs[i] = (high - originHigh) * 0x1_0000_0000 + (low - originLow);
    source[i] = view.getUint32(at + RECORD.source, true);
    destination[i] = view.getUint32(at + RECORD.destination, true);
    sourcePort[i] = view.getUint16(at + RECORD.sourcePort, true);
    destinationPort[i] = view.getUint16(at + RECORD.destinationPort, true);
    number[i] = view.getUint32(at + RECORD.number, true);
    ifindex[i] = view.getUint32(at + RECORD.ifindex, true);
    netns[i] = view.getUint32(at + RECORD.netns, true);
    tid[i] = view.getUint32(at + RECORD.tid, true);
    size[i] = view.getUint32(at + RECORD.length, true);
    point[i] = view.getUint16(at + RECORD.point, true);
    cpu[i] = view.getUint16(at + RECORD.cpu, true);
    protocol[i] = view.getUint8(at + RECORD.protocol);
    flags[i] = view.getUint8(at + RECORD.flags);
    payload[i] = view.getUint16(at + RECORD.payload, true);
    auxLow[i] = view.getUint32(at + RECORD.aux, true);
    auxHigh[i] = view.getUint32(at + RECORD.aux + 4, true);
  }
  batch.length = count;
}
