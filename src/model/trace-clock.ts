// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of two clocks: what their machines said of them, and how the guest's times become the host's. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();
/** 64-bit times come as decimal text, or as numbers where they are small enough. */
export const longTime = z.union([z.string().regex(/^\d{1,20}$/), count]).transform((value) => BigInt(value));

/** How the guest's clock was joined to the host's. */
export const CLOCK_METHODS = ['tsc-offset', 'kick bracket', 'packet bracket'] as const;
export type ClockMethod = (typeof CLOCK_METHODS)[number];

/** The CPU's counter read between two reads of CLOCK_MONOTONIC: the first at `monotonicNs`, the second `widthNs` later. */
export const tscPairSchema = z.object({ tsc: longTime, monotonicNs: longTime, widthNs: count });
export type TscPair = Shape<typeof tscPairSchema>;

const decimalNs = z.string().regex(/^\d{1,20}$/);
/** The time of day between two reads of CLOCK_MONOTONIC: the first at `monotonicNs`, the second `widthNs` later. */
export const wallPairSchema = z.object({
  /** Since the epoch; decimal, as is the next. */
  unixNs: decimalNs,
  monotonicNs: decimalNs,
  widthNs: count,
});
export type WallPair = Shape<typeof wallPairSchema>;

/** A machine's pairs before its first record and behind its last. */
export interface TscPairs {
  readonly start: TscPair;
  readonly end: TscPair;
}

/** What KVM makes of the host's counter for a guest: guest = (host * ratio >> fractionBits) + offset. */
export const tscScaleSchema = z.object({
  /** Decimal; below 0 as a rule. */
  offset: z.string().regex(/^-?\d{1,20}$/),
  /** Decimal; "1" and 0 bits where the CPU does not scale. */
  ratio: z.string().regex(/^[1-9]\d{0,19}$/),
  fractionBits: count.max(63),
});
export type TscScale = Shape<typeof tscScaleSchema>;

/** A straight line between two clocks: host = guest + offsetNs + drift * (guest - referenceNs). */
export interface ClockLine {
  readonly offsetNs: number;
  /** Without unit: 1e-6 is one part per million. */
  readonly drift: number;
}

/** All straight lines between the guest's clock and the host's that contradict no bracket. */
export interface ClockAlignment {
  /** By what its brackets were known. */
  readonly method: ClockMethod;
  /** Guest time at which offsets are given, ns. */
  readonly referenceNs: bigint;
  /** host - guest at the reference, as the whole number that offsets are relative to, ns. */
  readonly baseNs: bigint;
  /** Corners of the convex region, counter-clockwise in (drift, offset); offsets relative to `baseNs`. */
  readonly region: readonly ClockLine[];
  /** Inside the region: the centroid. */
  readonly estimate: ClockLine;
  /** Guest times of the first and the last bracket, ns after `referenceNs`. */
  readonly spanNs: readonly [number, number];
  readonly brackets: number;
  /** The most that the estimate can be wrong by at any time of the span, ns. */
  readonly boundNs: number;
  /** How far the clocks are from a straight line in the block, part of the bound; absent = not at all. */
  readonly bendNs?: number;
  /** Why the narrower brackets of kicks were left out, where they contradict each other; absent = they were not. */
  readonly withoutKicks?: string;
  /** Why the CPU's counter was left out, where packets contradict it; absent = they do not, or it is not known. */
  readonly withoutTsc?: string;
}
