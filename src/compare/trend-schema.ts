// SPDX-License-Identifier: GPL-2.0-only
/**
 * What `hoplab trend` says and writes as JSON: a path's latency over many runs, where its level changed, and what else
 * changed there. The schema, the types that it gives, and the published JSON schema.
 */
import { z } from 'zod';
import { STATISTICS, UNLIKE_KEYS } from '../model/compare.ts';
import { runHeaderSchema } from '../model/run-header.ts';
import type { Shape } from '../model/shape.ts';
import { otherUnits } from '../model/unit.ts';
import { probeSchema } from '../run-store/schemas.ts';

const count = z.number().int().nonnegative();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();

/** One thing of the environment that is not as it was in the run before. */
const changeSchema = z.object({
  key: z.enum(UNLIKE_KEYS),
  /** The path that it is of; null = of the machine or of the whole run. */
  path: z.string().nullable(),
  before: z.string(),
  after: z.string(),
});
export type EnvironmentChange = Shape<typeof changeSchema>;

/** One run's value. */
const pointSchema = z.object({
  run: z.string(),
  folder: z.string(),
  label: z.string().nullable(),
  startedAt: z.string(),
  state: runHeaderSchema.shape.state,
  toolVersion: z.string(),
  value: z.number().describe('In the unit of the series: ns, a rate, or a ratio where the series is relative.'),
  /** Transactions it is made of. */
  n: count,
  lost: count,
  /** Never the same twice, and so no change of the environment. null = not recorded. */
  load1: z.number().nullable().describe('Load of the machine before the run.'),
  /** Empty for the first. */
  changes: z.array(changeSchema).describe('What changed since the point before it.'),
});
export type TrendPoint = Shape<typeof pointSchema>;

/** A stretch of runs at one level: points from `first` to `last`, both included. */
const segmentSchema = z.object({
  first: count,
  last: count,
  /** Geometric mean. */
  level: z.number(),
  /** null with one run. */
  interval: interval.describe('95 % over its runs.'),
});
export type TrendSegment = Shape<typeof segmentSchema>;

/** A place where the level changed. */
const changePointSchema = z.object({
  index: count.describe('The first point at the new level.'),
  run: z.string(),
  startedAt: z.string(),
  before: z.number(),
  after: z.number(),
  /** after / before - 1. */
  relative: z.number(),
  /** 95 %, Welch over the runs of the two segments; optimistic, because the place was chosen by the same data. */
  relativeInterval: interval,
  pValue: z.number().describe('Of the permutation test.'),
  /** Differences up to the margin are shown, and not called changes. */
  withinMargin: z.boolean(),
  /** What the environment of the point before it had otherwise. */
  changes: z.array(changeSchema),
});
export type ChangePoint = Shape<typeof changePointSchema>;

/** One path under one probe over the runs that have it. */
const seriesSchema = z.object({
  path: z.string(),
  backend: z.string(),
  probe: probeSchema,
  /** Of the overview's rotation; 2 where the comparisons' draws are taken. */
  k: count,
  statistic: z.enum(STATISTICS),
  /** The path whose latency each point is divided by; null = absolute. */
  relativeTo: z.string().nullable(),
  /** Where a relative value comes from. */
  within: z.enum(['overview', 'draws']),
  unit: z.enum(['ns', 'ratio', ...otherUnits()]),
  points: z.array(pointSchema),
  segments: z.array(segmentSchema),
  changePoints: z.array(changePointSchema),
  /** Before any change can be seen; 0 = enough. */
  moreRunsNeeded: count,
  /** null with fewer than 3 points. */
  runStddev: z.number().nullable().describe('Of a run around its level, in ln units.'),
  method: z.string(),
});
export type TrendSeries = Shape<typeof seriesSchema>;

/** A run that has no point, and why. */
const setAsideSchema = z.object({ run: z.string(), reason: z.string() });
export type TrendSetAside = Shape<typeof setAsideSchema>;

/** All that the renderers show; written by `hoplab trend --json`. */
export const trendReportSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('trend'),
  tool: z.object({ name: z.literal('hoplab'), version: z.string() }),
  /** How many runs were looked at. */
  runs: count,
  series: z.array(seriesSchema),
  setAside: z.array(setAsideSchema),
});
export type TrendReport = Shape<typeof trendReportSchema>;

/** The content of schema/trend.schema.json. */
export function trendJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(trendReportSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'A trend over runs (hoplab trend --json)', ...schema }, null, 2)}\n`;
}
