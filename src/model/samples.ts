// SPDX-License-Identifier: GPL-2.0-only
/** One block's transactions as columns: what the prober recorded, in the order in which it was recorded. */

export const SAMPLE_FLAGS = {
  /** No response within the time-out; rttNs is the time waited. */
  lost: 1 << 0,
  /** Started later than intended by more than the probe's tolerance (paced probes only). */
  late: 1 << 1,
  /** A time did not fit its 32-bit field and is clipped. */
  saturated: 1 << 2,
  /** Sent before measuring began; never part of a statistic. */
  warmup: 1 << 3,
  /** kernelReceiveNs is valid. */
  kernelStamp: 1 << 4,
  /** serverNs is valid. */
  serverStamp: 1 << 5,
  /** The client was switched out against its will during this sample's round. */
  preempted: 1 << 6,
  /** The TCP connection retransmitted during this sample's round. */
  retransmit: 1 << 7,
} as const;

/** Columns of equal length; index = order of sending over all paths of the block. */
export interface Samples {
  readonly length: number;
  /** Order of sending in the block, from 0, warm-up included. */
  readonly seq: Uint32Array;
  /** Index into the block's list of paths. */
  readonly path: Uint8Array;
  readonly flags: Uint8Array;
  /** Number of the group of this path's consecutive transactions (groups of `groupSize`), warm-up not counted. */
  readonly group: Uint16Array;
  /** Intended start, since the block's start. */
  readonly schedNs: BigInt64Array;
  /** Actual minus intended start. */
  readonly lateNs: Uint32Array;
  /** Service time: from the send call to the return of the receive call. Response time = rttNs + lateNs. */
  readonly rttNs: Uint32Array;
  /** From the send call to the kernel's receive stamp; 0 unless flagged. */
  readonly kernelReceiveNs: Uint32Array;
  /** The server's own residence, from its receive to its send; 0 unless flagged. */
  readonly serverNs: Uint32Array;
}

/** Columns of `length` samples, all zero. */
export function emptySamples(length: number): Samples {
  return {
    length,
    seq: new Uint32Array(length),
    path: new Uint8Array(length),
    flags: new Uint8Array(length),
    group: new Uint16Array(length),
    schedNs: new BigInt64Array(length),
    lateNs: new Uint32Array(length),
    rttNs: new Uint32Array(length),
    kernelReceiveNs: new Uint32Array(length),
    serverNs: new Uint32Array(length),
  };
}
