// SPDX-License-Identifier: GPL-2.0-only
/** Gathers one path's samples from all the blocks in which it was measured under one probe. */
import { emptySamples, SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';

/** One path's samples of one block. */
export interface PathSlice {
  /** This path's alone, under path index 0. */
  readonly samples: Samples;
  /** The path's part of the block's wall time: its part of the transactions that were sent, warm-up not counted. */
  readonly wallNs: number;
  /** Transactions of this path, warm-up not counted. */
  readonly sent: number;
}

/** The samples of path number `path`, copied unless the block has no others; their numbers in the block stay. */
export function slicePath(samples: Samples, path: number, blockWallNs: number): PathSlice {
  let length = 0;
  let sentByAll = 0;
  let sentHere = 0;
  for (let i = 0; i < samples.length; i++) {
    const here = samples.path[i] === path;
    if (here) length += 1;
    if (((samples.flags[i] ?? 0) & SAMPLE_FLAGS.warmup) !== 0) continue;
    sentByAll += 1;
    if (here) sentHere += 1;
  }
  const wallNs = sentByAll === 0 ? 0 : (blockWallNs * sentHere) / sentByAll;
  if (path === 0 && length === samples.length) return { samples, wallNs, sent: sentHere };
  const slice = emptySamples(length);
  let next = 0;
  for (let i = 0; i < samples.length; i++) {
    if (samples.path[i] !== path) continue;
    slice.seq[next] = samples.seq[i] ?? 0;
    slice.flags[next] = samples.flags[i] ?? 0;
    slice.group[next] = samples.group[i] ?? 0;
    slice.schedNs[next] = samples.schedNs[i] ?? 0n;
    slice.lateNs[next] = samples.lateNs[i] ?? 0;
    slice.rttNs[next] = samples.rttNs[i] ?? 0;
    slice.kernelReceiveNs[next] = samples.kernelReceiveNs[i] ?? 0;
    slice.serverNs[next] = samples.serverNs[i] ?? 0;
    next += 1;
  }
  return { samples: slice, wallNs, sent: sentHere };
}

/**
 * Joins the slices of several blocks, in their order. Group numbers go on from block to block, so that no group holds
 * transactions of two blocks: a group is one stretch of time.
 */
export function joinSlices(slices: readonly PathSlice[]): PathSlice {
  const [only, second] = slices;
  if (only !== undefined && second === undefined) return only;
  const joined = emptySamples(slices.reduce((sum, { samples }) => sum + samples.length, 0));
  let at = 0;
  let firstGroup = 0;
  for (const { samples } of slices) {
    joined.seq.set(samples.seq, at);
    joined.flags.set(samples.flags, at);
    joined.schedNs.set(samples.schedNs, at);
    joined.lateNs.set(samples.lateNs, at);
    joined.rttNs.set(samples.rttNs, at);
    joined.kernelReceiveNs.set(samples.kernelReceiveNs, at);
    joined.serverNs.set(samples.serverNs, at);
    let lastGroup = 0;
    for (let i = 0; i < samples.length; i++) {
      const group = samples.group[i] ?? 0;
      lastGroup = Math.max(lastGroup, group);
      joined.group[at + i] = firstGroup + group;
    }
    at += samples.length;
    firstGroup += lastGroup + 1;
  }
  return {
    samples: joined,
    wallNs: slices.reduce((sum, { wallNs }) => sum + wallNs, 0),
    sent: slices.reduce((sum, { sent }) => sum + sent, 0),
  };
}
