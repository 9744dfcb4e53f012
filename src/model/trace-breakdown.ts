// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a breakdown: where the time of one path goes, how far that holds, and what it cost to see it. */
import { z } from 'zod';
import type { Shape } from './shape.ts';
import { refusedSchema } from './trace-file.ts';
import { sideSchema, stepSchema } from './trace-timelines.ts';
import { tracedMachineSchema } from './traced-machine.ts';

const count = z.number().int().nonnegative();
const time = z.number().nonnegative().describe('ns');
const difference = z.number().describe('ns');
const share = z.number().describe('0 to 1.');
const text = z.string();
const machine = tracedMachineSchema;

/** One way that transactions took: the sequence of their steps. */
const shapeSchema = z.object({
  /** Indices into the timelines' steps. */
  steps: z.array(count),
  transactions: count,
  /** Of the usable transactions. */
  share,
});
export type PathShape = Shape<typeof shapeSchema>;

const segmentSchema = z
  .object({
    from: stepSchema,
    to: stepSchema,
    minNs: time,
    p50Ns: time,
    p99Ns: time,
    meanNs: time,
    share: share.describe('Of the mean of the whole.'),
    /** All transactions alike, in either direction. null = both ends are on one clock. */
    boundNs: time.nullable().describe('Of a crossing between two clocks: the most that it may be wrong by; else null.'),
    /** They are not shown alone, because a crossing among them is smaller than its bound. */
    merged: z.array(stepSchema).describe('Steps inside it that the clocks cannot resolve.'),
  })
  .describe('What lies between two steps that follow each other.');
export type Segment = Shape<typeof segmentSchema>;

/** Mean times of the segments over the transactions around a quantile of the total; quantiles do not add, these do. */
const waterfallSchema = z.object({
  /** Rank of the centre as a probability: 0.5, 0.99. */
  quantile: share,
  transactions: count,
  totalNs: time,
  /** One a segment of the breakdown; their sum is `totalNs`. */
  segmentNs: z.array(time),
});
export type Waterfall = Shape<typeof waterfallSchema>;

/** The segments of the transactions of one shape, or of the steps that several shapes share. */
const tableSchema = z.object({
  transactions: count,
  /** Of the usable transactions. */
  share,
  shapes: count,
  segments: z.array(segmentSchema),
  /** What a diff is made of. */
  steps: z.array(z.object({ step: stepSchema, meanAtNs: time })).describe('Mean time after the first step, unmerged.'),
  total: z.object({ minNs: time, p50Ns: time, p99Ns: time, meanNs: time }).describe('First step to last.'),
  waterfalls: z
    .array(waterfallSchema)
    .describe('Means over the transactions around a quantile of the whole: they add up, quantiles do not.'),
});
export type ShapeBreakdown = Shape<typeof tableSchema>;

/** rttNs - (last step - first step), per transaction. */
const remainderSchema = z.object({
  /** Transactions that have both. */
  transactions: count,
  meanNs: difference,
  p50Ns: difference,
  p99Ns: difference,
  /** Mean remainder as a share of the mean RTT; below 0: the steps cover more than the prober's own stamps. */
  share: z.number(),
  meanRttNs: time,
  p50RttNs: time,
});
export type Remainder = Shape<typeof remainderSchema>;

/** A step that a backend's list expects; an absent key = any. */
const expectedSchema = z.object({
  point: text,
  machine,
  place: text.exactOptional(),
  device: text.exactOptional(),
  side: sideSchema.exactOptional(),
});
export type ExpectedStep = Shape<typeof expectedSchema>;

const coverageSchema = z.object({
  asked: z.array(z.object({ machine, point: text })),
  refused: z.array(refusedSchema.extend({ machine })),
  /** `share`: of the usable transactions, those in which it was seen. */
  expected: z.array(expectedSchema.extend({ share })),
  /** Those of `expected` that no transaction has. */
  missing: z.array(expectedSchema),
  /** Of the usable transactions. */
  gaps: z
    .array(expectedSchema.extend({ after: text.nullable(), transactions: count }))
    .describe('What some transactions lack, and how many; after: only where that point came before it.'),
});
export type Coverage = Shape<typeof coverageSchema>;

/** Where the time of one path in one block goes. */
export const breakdownSchema = z.object({
  /** What statistics are made of. */
  transactions: count.describe('Whole ones, in which nothing was sent again.'),
  shapes: z.array(shapeSchema).describe('The sequences of steps that transactions took, the most frequent first.'),
  coveredShare: share.describe('Of the transactions, those whose shapes are in the tables.'),
  /** One a covered shape, the largest first. */
  byShape: z.array(tableSchema),
  /** In order; null = they share fewer than two. */
  common: tableSchema.nullable().describe('Over all covered shapes: the steps that they share.'),
  /** null = no samples were given. */
  remainder: remainderSchema.nullable().describe("The client's own round trip less what the steps cover."),
  coverage: coverageSchema,
});
export type Breakdown = Shape<typeof breakdownSchema>;

/** What tracing itself costs. */
export const costSchema = z.object({
  pairs: count,
  ratio: z.number().positive().describe('traced / untraced p50, geometric mean over pairs of blocks.'),
  /** null with fewer than two. */
  interval: z.object({ low: z.number(), high: z.number() }).nullable().describe('95 % over pairs.'),
});
export type TraceCost = Shape<typeof costSchema>;
