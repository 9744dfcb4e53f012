/** The published shape of `hoplab trend --json`: a schema that parses it, and the JSON schema made from it. */
import { z } from 'zod';
import { STATISTICS, UNLIKE_KEYS } from '../model/compare.ts';
import type { TrendReport } from '../model/trend.ts';
import type { Mutable, Same } from '../results/run/schema.ts';
import { probeSchema } from '../run-store/schemas.ts';

const count = z.number().int().nonnegative();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();

const changeSchema = z.object({
  key: z.enum(UNLIKE_KEYS),
  path: z.string().nullable(),
  before: z.string(),
  after: z.string(),
});

const pointSchema = z.object({
  run: z.string(),
  folder: z.string(),
  label: z.string().nullable(),
  startedAt: z.string(),
  state: z.enum(['running', 'finished', 'interrupted', 'failed']),
  toolVersion: z.string(),
  value: z.number().describe('ns, or a ratio where the series is relative.'),
  n: count,
  lost: count,
  load1: z.number().nullable().describe('Load of the machine before the run.'),
  changes: z.array(changeSchema).describe('What changed since the point before it.'),
});

const seriesSchema = z.object({
  path: z.string(),
  backend: z.string(),
  probe: probeSchema,
  k: count,
  statistic: z.enum(STATISTICS),
  relativeTo: z.string().nullable(),
  within: z.enum(['overview', 'draws']),
  unit: z.enum(['ns', 'ratio']),
  points: z.array(pointSchema),
  segments: z.array(
    z.object({ first: count, last: count, level: z.number(), interval: interval.describe('95 % over its runs.') }),
  ),
  changePoints: z.array(
    z.object({
      index: count.describe('The first point at the new level.'),
      run: z.string(),
      startedAt: z.string(),
      before: z.number(),
      after: z.number(),
      relative: z.number(),
      relativeInterval: interval,
      pValue: z.number().describe('Of the permutation test.'),
      withinMargin: z.boolean(),
      changes: z.array(changeSchema),
    }),
  ),
  moreRunsNeeded: count,
  runStddev: z.number().nullable().describe('Of a run around its level, in ln units.'),
  method: z.string(),
});

export const trendReportSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('trend'),
  tool: z.object({ name: z.literal('hoplab'), version: z.string() }),
  runs: count,
  series: z.array(seriesSchema),
  setAside: z.array(z.object({ run: z.string(), reason: z.string() })),
}) satisfies z.ZodType<TrendReport>;

/** Fails to compile when the model and the schema part. */
export const SCHEMA_IS_TREND: Same<Mutable<z.infer<typeof trendReportSchema>>, Mutable<TrendReport>> = true;

/** The content of schema/trend.schema.json. */
export function trendJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(trendReportSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'A trend over runs (hoplab trend --json)', ...schema }, null, 2)}\n`;
}
