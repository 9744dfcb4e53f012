// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of two paths side by side: between which steps their difference is made. */
import { z } from 'zod';
import type { Shape } from './shape.ts';
import { stepSchema } from './trace-timelines.ts';

const time = z.number().nonnegative().describe('ns');
const share = z.number().describe('0 to 1.');
const difference = z.number().describe('ns');

const totalSchema = z.object({
  from: stepSchema,
  to: stepSchema,
  /** Means over draws. */
  meanANs: time,
  meanBNs: time,
  /** B - A, mean over draws. */
  differenceNs: difference,
  /** Student's t; null with fewer than two draws. */
  interval: z.object({ lowNs: difference, highNs: difference }).nullable().describe('95 % over draws.'),
  /** Two-sided; null with fewer than two draws. */
  pValue: share.nullable().describe("After Holm's correction over all segments."),
});

/** The difference of two paths between two steps that both have. */
const segmentSchema = totalSchema.extend({
  /** Steps in between that only one path has. */
  onlyA: z.array(stepSchema),
  onlyB: z.array(stepSchema),
  /** null where the whole difference is 0. */
  share: z.number().nullable().describe('Of the whole difference.'),
});
export type SegmentDiff = Shape<typeof segmentSchema>;

export const diffSchema = z.object({
  draws: z.number().int().nonnegative(),
  segments: z.array(segmentSchema),
  /** First step to last that both have. */
  total: totalSchema,
});
export type TraceDiff = Shape<typeof diffSchema>;
