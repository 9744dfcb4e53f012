/** The published shape of `hoplab compare --json`: a schema that parses it, and the JSON schema made from it. */
import { z } from 'zod';
import { type ComparisonReport, STATISTICS, UNLIKE_KEYS } from '../model/compare.ts';
import type { Mutable, Same } from '../results/run/schema.ts';
import { probeSchema } from '../run-store/schemas.ts';

const count = z.number().int().nonnegative();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();
const statistic = z.enum(STATISTICS);

const runSchema = z.object({
  id: z.string(),
  folder: z.string(),
  label: z.string().nullable(),
  startedAt: z.string(),
  state: z.enum(['running', 'finished', 'interrupted', 'failed']),
  toolVersion: z.string(),
  accel: z.enum(['kvm', 'tcg']).nullable(),
  busy: z.boolean().nullable().describe('The load was above the number of CPUs before the run.'),
  damage: z.array(z.string()).describe('What of it could not be read; what could be is compared.'),
});

const sideSchema = z.object({
  name: z.string().describe('As it was typed.'),
  path: z.string().nullable().describe('The one path that was chosen; null = each under its own name.'),
  runs: z.array(runSchema).min(1),
});

const unlikeSchema = z.object({
  key: z.enum(UNLIKE_KEYS).describe('What --allow takes.'),
  level: z.enum(['refused', 'flagged']),
  allowed: z.boolean(),
  candidate: count.nullable(),
  path: z.string().nullable(),
  baselineValues: z.array(z.string()),
  candidateValues: z.array(z.string()),
  why: z.string(),
});

const accountSchema = z
  .object({
    sent: count,
    used: count,
    warmup: count,
    lost: count,
    discarded: count,
    outsideGroups: count.describe('Among the used: in incomplete groups, which the p50 of paired rows does not take.'),
    blocksLeftOut: count.describe('Unreadable blocks: nothing of them is in any other number.'),
  })
  .describe('sent = used + warmup + lost + discarded.');

const within = z.enum(['draws', 'rotation', 'rounds']);
const basisSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absolute') }),
  z.object({ kind: z.literal('relative'), to: z.string(), within }),
  z.object({ kind: z.literal('direct'), within }),
]);

const pair = z.object({ baseline: count, candidate: count });

const effectSchema = z
  .object({
    statistic,
    basis: basisSchema,
    primary: z.boolean().describe('What the verdict, the correction and --fail-if are about.'),
    baselineNs: z.number().nonnegative(),
    candidateNs: z.number().nonnegative(),
    baselineRatio: z.number().nullable(),
    candidateRatio: z.number().nullable(),
    relative: z.number().describe('candidate / baseline of what is compared, minus 1.'),
    relativeInterval: interval.describe('95 %.'),
    differenceNs: z.number(),
    differenceIntervalNs: interval,
    pValue: z.number().nullable(),
    holmPValue: z.number().nullable(),
    marginRelative: z.number(),
    unit: z.enum(['runs', 'draws', 'blocks', 'groups']).describe('What the interval was taken over.'),
    units: pair,
    n: pair.describe('Usable transactions that it is made of.'),
    k: z.object({ baseline: z.array(count), candidate: z.array(count) }).describe('Paths in rotation.'),
    degreesOfFreedom: z.number().nullable(),
    assumedRunStddev: z
      .number()
      .nullable()
      .describe('In ln units: assumed between runs and part of the interval; null = the runs show it.'),
    method: z.string(),
    verdict: z.enum(['slower', 'faster', 'no-difference', 'unresolved', 'too-few-draws', 'invalid']),
    standing: z.enum(['verdict', 'indication']),
    because: z.string(),
    equivalent: z.boolean().nullable().describe('The whole interval lies within the margin.'),
  })
  .describe('Candidate against baseline for one statistic of one path under one probe; whole round trips, in ns.');

const cellSchema = z.object({
  candidate: count.describe('Index into candidates.'),
  probe: probeSchema,
  candidateProbe: probeSchema,
  path: z.string(),
  candidatePath: z.string(),
  backend: z.string(),
  twinOf: z.string().nullable(),
  effects: z.array(effectSchema),
  baselineSamples: accountSchema,
  candidateSamples: accountSchema,
});

const outcome = z.enum(['held', 'exceeded', 'unsure', 'missing']);

export const comparisonReportSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('comparison'),
  tool: z.object({ name: z.literal('hoplab'), version: z.string() }),
  baseline: sideSchema,
  candidates: z.array(sideSchema),
  setAside: z.array(z.object({ run: z.string(), code: z.string(), reason: z.string() })),
  unlike: z.array(unlikeSchema),
  refused: z.boolean(),
  cells: z.array(cellSchema),
  missing: z.array(z.object({ candidate: count.nullable(), probe: z.string(), path: z.string(), reason: z.string() })),
  thresholds: z.array(
    z.object({
      expression: z.string(),
      outcome,
      cells: z.array(
        z.object({ candidate: count, probe: z.string(), path: z.string(), statistic, outcome, text: z.string() }),
      ),
    }),
  ),
}) satisfies z.ZodType<ComparisonReport>;

/** Fails to compile when the model and the schema part. */
export const SCHEMA_IS_COMPARISON: Same<
  Mutable<z.infer<typeof comparisonReportSchema>>,
  Mutable<ComparisonReport>
> = true;

/** The content of schema/compare.schema.json. */
export function compareJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(comparisonReportSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'A comparison of runs (hoplab compare --json)', ...schema }, null, 2)}\n`;
}
