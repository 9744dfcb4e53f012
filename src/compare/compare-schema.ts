// SPDX-License-Identifier: GPL-2.0-only
/** What `hoplab compare` says and writes as JSON: the schema, the types that it gives, and the published JSON schema. */

import { z } from 'zod';
import { STATISTICS, UNLIKE_KEYS } from '../model/compare.ts';
import { directionSchema, outcomeSchema, standingSchema, validitySchema } from '../model/result.ts';
import { runHeaderSchema } from '../model/run-header.ts';
import type { Shape } from '../model/shape.ts';
import { otherUnits } from '../model/unit.ts';
import { probeSchema } from '../run-store/schemas.ts';

const count = z.number().int().nonnegative();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();
const statistic = z.enum(STATISTICS);

/** A run that takes part. */
const runSchema = z.object({
  id: z.string(),
  folder: z.string(),
  label: z.string().nullable(),
  startedAt: z.string(),
  state: runHeaderSchema.shape.state,
  toolVersion: z.string(),
  /** What ran the guest's CPU: an emulated one limits every figure. null = no guest, or not recorded. */
  accel: z.enum(['kvm', 'tcg']).nullable(),
  /** Its latencies hold other work. null = not recorded. */
  busy: z.boolean().nullable().describe('The load was above the number of CPUs before the run.'),
  /** A sentence each. */
  damage: z.array(z.string()).describe('What of it could not be read; what could be is compared.'),
  until: z
    .object({ halfWidth: z.number(), maxDraws: count })
    .exactOptional()
    .describe('Present where draws were added until they sufficed: the half-width that ended it, and the most draws.'),
});
export type ComparedRun = Shape<typeof runSchema>;

/** One side of a comparison: a run, or a group of runs that stand for the same thing. */
const sideSchema = z.object({
  /** "before", "latest", "nightly since 2026-11-20". */
  name: z.string().describe('As it was typed.'),
  path: z.string().nullable().describe('The one path that was chosen; null = each under its own name.'),
  runs: z.array(runSchema).min(1),
});
export type ComparedSide = Shape<typeof sideSchema>;

/** A run that was meant and could not be used. */
const setAsideSchema = z.object({
  /** As it was typed, or the run's id. */
  run: z.string(),
  code: z.string(),
  reason: z.string(),
});
export type SetAsideRun = Shape<typeof setAsideSchema>;

/** One thing in which the runs differ. */
const unlikeSchema = z.object({
  key: z.enum(UNLIKE_KEYS).describe('What --allow takes.'),
  /** refused: not compared unless it is allowed; flagged: compared, and said. */
  level: z.enum(['refused', 'flagged']),
  /** Named with --allow. */
  allowed: z.boolean(),
  /** The candidate that differs from the baseline, by its number; null = runs of one side differ among themselves. */
  candidate: count.nullable(),
  /** The path that it is of; null = of the machine or of the whole run. */
  path: z.string().nullable(),
  /** The distinct values of each side, in words. */
  baselineValues: z.array(z.string()),
  candidateValues: z.array(z.string()),
  /** Why it matters, in a sentence. */
  why: z.string(),
});
export type Unlikeness = Shape<typeof unlikeSchema>;

/** What became of the transactions of one path on one side. */
const accountSchema = z
  .object({
    sent: count,
    used: count,
    warmup: count,
    lost: count,
    /** A time did not fit its field and is clipped. */
    discarded: count,
    /** With too many losses, or cut short. */
    outsideGroups: count.describe('Among the used: in incomplete groups, which the p50 of paired rows does not take.'),
    blocksLeftOut: count.describe('Unreadable blocks: nothing of them is in any other number.'),
  })
  .describe('sent = used + warmup + lost + discarded.');
export type SampleAccount = Shape<typeof accountSchema>;

const within = z.enum(['draws', 'rotation', 'rounds']);
/** What an effect is made of. */
const basisSchema = z.discriminatedUnion('kind', [
  /** The latency itself. */
  z.object({ kind: z.literal('absolute') }),
  /** Inside each run the path over another one, and that ratio compared between the runs. */
  z.object({ kind: z.literal('relative'), to: z.string(), within }),
  /** Two paths inside the same runs. */
  z.object({ kind: z.literal('direct'), within }),
]);
export type Basis = Shape<typeof basisSchema>;

const pair = z.object({ baseline: count, candidate: count });

const latencyEffectSchema = z
  .object({
    statistic,
    basis: basisSchema,
    /** The one of its statistic; the others are beside it. */
    primary: z.boolean().describe('What the outcome, the correction and --fail-if are about.'),
    /** Levels in ns: geometric means over each side's units; for a relative basis still the path's own latency. */
    baselineNs: z.number().nonnegative(),
    candidateNs: z.number().nonnegative(),
    /** What is compared: level in ns for `absolute`, else the ratio to the other path; null for `direct`. */
    baselineRatio: z.number().nullable(),
    candidateRatio: z.number().nullable(),
    relative: z.number().describe('candidate / baseline of what is compared, minus 1.'),
    /** null where there is nothing to take one from. */
    relativeInterval: interval.describe('95 %.'),
    /** The same in ns of the baseline's level. */
    differenceNs: z.number(),
    differenceIntervalNs: interval,
    pValue: z.number().nullable(),
    holmPValue: z
      .number()
      .nullable()
      .describe(
        'After Holm over the primary effects of the whole report, controls included; else over those beside them.',
      ),
    marginRelative: z.number(),
    unit: z.enum(['runs', 'draws', 'blocks', 'groups']).describe('What the interval was taken over.'),
    /** How many units each side has. */
    units: pair,
    n: pair.describe('Usable transactions that it is made of.'),
    /** In those blocks. */
    k: z.object({ baseline: z.array(count), candidate: z.array(count) }).describe('Paths in rotation.'),
    degreesOfFreedom: z.number().nullable(),
    /** Standard deviation between two runs of the same set-up; one run a side cannot show it. */
    assumedRunStddev: z
      .number()
      .nullable()
      .describe('In ln units: assumed between runs and part of the interval; null = the runs show it.'),
    /** How it was computed, in one sentence for people. */
    method: z.string(),
    outcome: outcomeSchema,
    direction: directionSchema,
    validity: validitySchema,
    holds: z
      .boolean()
      .nullable()
      .describe(
        'Of a control: it lies within the margin, what is assumed between runs left aside. null = no interval.',
      ),
    moreRuns: count.nullable().describe('Of an inconclusive one over runs: runs a side that would probably settle it.'),
    standing: standingSchema,
    /** What weakens or voids it; empty where nothing does. */
    because: z.string(),
    measuredIn: z.never().exactOptional(),
  })
  .describe('Candidate against baseline for one statistic of one path under one probe; whole round trips, in ns.');
export type LatencyEffect = Shape<typeof latencyEffectSchema>;

/** The same of a probe that measures a rate. */
const rateEffectSchema = latencyEffectSchema
  .omit({ baselineNs: true, candidateNs: true, differenceNs: true, differenceIntervalNs: true })
  .extend({
    measuredIn: z.enum(otherUnits()),
    baselineLevel: z.number().nonnegative(),
    candidateLevel: z.number().nonnegative(),
    difference: z.number(),
    differenceInterval: interval,
  })
  .describe('Candidate against baseline for one statistic of one path under one probe; a rate in `measuredIn`.');
export type RateEffect = Shape<typeof rateEffectSchema>;

/** An effect, whatever its probe measures. */
const effectSchema = z.union([latencyEffectSchema, rateEffectSchema]);
export type Effect = Shape<typeof effectSchema>;
/** What was averaged over: the replicate that the interval knows. */
export type EffectUnit = Effect['unit'];

/** One path under one probe, on both sides. */
const cellSchema = z.object({
  candidate: count.describe('Index into candidates.'),
  probe: probeSchema,
  /** Differs from `probe` only in what --allow accepted. */
  candidateProbe: probeSchema,
  path: z.string(),
  candidatePath: z.string(),
  backend: z.string(),
  /** The path that it is the A/A control of: its effect should be none. */
  twinOf: z.string().nullable(),
  effects: z.array(effectSchema),
  baselineSamples: accountSchema,
  candidateSamples: accountSchema,
});
export type ComparedCell = Shape<typeof cellSchema>;

/** A path or probe that only some runs have, or that could not be computed. */
const missingSchema = z.object({
  candidate: count.nullable(),
  probe: z.string(),
  path: z.string(),
  /** "not measured in 20261125-...: server died". */
  reason: z.string(),
});
export type MissingCell = Shape<typeof missingSchema>;

/** held: the whole interval is on this side of the limit; not-checked: whatever was measured cannot tell, which fails too. */
const outcome = z.enum(['held', 'exceeded', 'not-checked']);

const thresholdCellSchema = z.object({
  candidate: count,
  probe: z.string(),
  path: z.string(),
  statistic,
  outcome,
  /** "p99 +7.2 % [+5.4, +9.1] % against 1.05x". */
  text: z.string(),
});
export type ThresholdCell = Shape<typeof thresholdCellSchema>;

/** A threshold of --fail-if, as it was typed, with what came of it. */
const thresholdSchema = z.object({ expression: z.string(), outcome, cells: z.array(thresholdCellSchema) });
export type CheckedThreshold = Shape<typeof thresholdSchema>;

/** All that the renderers show; written by `hoplab compare --json`. */
export const comparisonReportSchema = z.object({
  schema: z.literal(2),
  kind: z.literal('comparison'),
  tool: z.object({ name: z.literal('hoplab'), version: z.string() }),
  baseline: sideSchema,
  candidates: z.array(sideSchema),
  setAside: z.array(setAsideSchema),
  unlike: z.array(unlikeSchema),
  /** True: a refused unlikeness was not allowed, and `cells` is empty. */
  refused: z.boolean(),
  cells: z.array(cellSchema),
  missing: z.array(missingSchema),
  thresholds: z.array(thresholdSchema),
});
export type ComparisonReport = Shape<typeof comparisonReportSchema>;

/** The content of schema/compare.schema.json. */
export function compareJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(comparisonReportSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'A comparison of runs (hoplab compare --json)', ...schema }, null, 2)}\n`;
}
