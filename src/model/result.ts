// SPDX-License-Identifier: GPL-2.0-only
/** What a run says: the summaries and comparisons computed from its blocks. */
import { z } from 'zod';
import { failedSchema } from './block.ts';
import { machineSchema } from './machine-line.ts';
import { probeSpecSchema } from './probe-spec.ts';
import { runHeaderSchema } from './run-header.ts';
import type { Shape } from './shape.ts';
import { otherUnits } from './unit.ts';

const count = z.number().int().nonnegative();
const time = z.number().nonnegative();
const text = z.string();

const intervalSchema = z.object({ low: z.number(), high: z.number() });
export type Interval = Shape<typeof intervalSchema>;

/** A backend of the default set that cannot run on this machine. */
export const unavailableSchema = z.object({ path: text, backend: text, reason: text, hint: text });
export type UnavailablePath = Shape<typeof unavailableSchema>;

export const warningSchema = z.object({
  /** tcg, scheduling, not-proven, load, steal, few-draws, vhost, twin-failed, losses, ... */
  kind: text,
  text,
});
export type Warning = Shape<typeof warningSchema>;

/** One row of the table of a probe that measures time, in ns of the *service* time unless named otherwise. */
const latencyCellSchema = z
  .object({
    path: text,
    backend: text,
    /** null for a path of its own. */
    twinOf: text.nullable().describe('The path that this one is the A/A control of.'),
    probe: text,
    k: count.describe('How many paths rotated with it, itself included.'),
    n: count.describe('Usable transactions: what every figure of this row is made of.'),
    lost: count,
    discarded: count.describe('Marked and left out: a time did not fit its field.'),
    preempted: count.describe('Among n: the client was switched out against its will.'),
    retransmitted: count.describe('Among n: the connection retransmitted.'),
    skippedSlots: count.describe("The client's paced slots that passed while a transaction was under way."),
    minNs: time,
    meanNs: time,
    p50Ns: time,
    p50Interval: intervalSchema
      .nullable()
      .describe('95 %, bootstrap over groups, in ns; for this plugging of the NICs alone.'),
    p90Ns: time,
    p99Ns: time,
    p999Ns: time.nullable().describe('From 10,000 transactions; null below.'),
    maxNs: time,
    stddevNs: time,
    transactionsPerSecond: z
      .number()
      .nonnegative()
      .describe("Back to back: 1e9 / meanNs. Paced: usable transactions over the path's share of the time."),
    /** null without a host path. */
    ratioToHost: z.number().nullable().describe('p50 over the p50 of the path without a guest, under the same probe.'),
    /** Back to back they equal the service time. */
    response: z
      .object({ p50Ns: time, p99Ns: time })
      .nullable()
      .describe('From the intended start instead of the actual one; null back to back.'),
    /** 0 to 1; null without stamps. */
    wakeupShare: z
      .number()
      .nullable()
      .describe("Median share of the round trip between the kernel's receive stamp and the client's return."),
    /** null without stamps. */
    serverP50Ns: time.nullable().describe("Median of the server's own residence."),
    proven: z.boolean().describe('Whether interface counters show that the transactions took this path.'),
    unit: z.never().exactOptional(),
  })
  .describe('One path under one probe in the overview; service times, whole round trips, in ns.');
export type LatencyCell = Shape<typeof latencyCellSchema>;

const rate = z.number().nonnegative();

/** One row of the table of a probe that measures a rate. */
const rateCellSchema = latencyCellSchema
  .pick({
    ...{ path: true, backend: true, twinOf: true, probe: true, k: true, n: true, lost: true, discarded: true },
    ...{ preempted: true, retransmitted: true, skippedSlots: true, ratioToHost: true, proven: true },
  })
  .extend({
    unit: z.enum(otherUnits()),
    min: rate,
    mean: rate,
    p50: rate,
    p50Interval: intervalSchema
      .nullable()
      .describe('95 %, bootstrap over groups; for this plugging of the NICs alone.'),
    max: rate,
    stddev: rate,
    own: z
      .record(text, z.number().nullable())
      .exactOptional()
      .describe('Further figures of the kind of probe, each in the unit that its column says.'),
  })
  .describe('One path under one probe in the overview; a rate, in `unit`.');
export type RateCell = Shape<typeof rateCellSchema>;

/** One row of the table, whatever its probe measures. */
export const cellSchema = z.union([latencyCellSchema, rateCellSchema]);
export type CellSummary = Shape<typeof cellSchema>;

/** A ratio, whatever the probe measures. */
const drawRatioSchema = z.object({
  draw: count,
  guest: count,
  reversed: z.boolean().describe('Whether the slots were swapped.'),
  logRatio: z.number().describe('ln(candidate / reference), Hodges-Lehmann over groups.'),
  /** Signed-rank. */
  withinInterval: intervalSchema.describe('Within this draw: for calibration, never a result.'),
  groups: count,
});
export type DrawRatio = Shape<typeof drawRatioSchema>;

const latencyLevelsSchema = z.object({
  referenceP50Ns: time,
  candidateP50Ns: time,
  referenceP50: z.never().exactOptional(),
});
/** A draw's medians of both paths, where the probe measures time. */
export type LatencyLevels = Shape<typeof latencyLevelsSchema>;
const rateLevelsSchema = z.object({ referenceP50: rate, candidateP50: rate });
/** The same in the unit of the comparison, where the probe measures a rate. */
type RateLevels = Shape<typeof rateLevelsSchema>;
export type Levels = LatencyLevels | RateLevels;

/** The effect of one draw: a ratio, and the medians of both paths. */
const drawEffectSchema = z.union([
  drawRatioSchema.extend(latencyLevelsSchema.shape),
  drawRatioSchema.extend(rateLevelsSchema.shape),
]);
export type DrawEffect = DrawRatio & Levels;

/** Never two: what is too noisy to tell is neither a difference nor the absence of one. */
export const OUTCOMES = ['different', 'equivalent', 'inconclusive'] as const;
export const outcomeSchema = z
  .enum(OUTCOMES)
  .describe(
    'different: the interval excludes 0, and the estimate is beyond the margin; equivalent: the whole interval lies within ' +
      'the margin; inconclusive: neither, or too few draws for a claim.',
  );
export type Outcome = z.infer<typeof outcomeSchema>;
export const directionSchema = z
  .enum(['slower', 'faster'])
  .nullable()
  .describe('Of a difference; null where none is claimed.');
/** Whether a difference is claimed; of a twin that means that the control failed. */
export function isDifferent({ outcome }: { readonly outcome: Outcome }): boolean {
  return outcome === 'different';
}

/** Candidate, seen from the reference; null where they are not shown to differ. */
export type Tendency = z.infer<typeof directionSchema>;

export const VALIDITIES = ['valid', 'not-controlled', 'invalid'] as const;
export const validitySchema = z
  .enum(VALIDITIES)
  .describe(
    'valid: the A/A control is equivalent; not-controlled: there is none, or it is inconclusive; invalid: it found a ' +
      'difference that is not there. Of the control itself: not-controlled where it is inconclusive, else valid.',
  );
/** Whether the outcome may be relied on at all. */
export type Validity = z.infer<typeof validitySchema>;

/** An indication may well come out otherwise tomorrow. */
export const standingSchema = z.enum(['verdict', 'indication']);
/** How far a comparison may be relied on by its number of draws and guests alone. */
export type Standing = z.infer<typeof standingSchema>;

/** Why no more draws were added, of one comparison and of a run. */
export const ENDINGS = ['settled', 'precise', 'control', 'draws', 'time', 'interrupted', 'failed'] as const;
const endingSchema = z
  .enum(ENDINGS)
  .nullable()
  .describe(
    'settled: different or equivalent; precise: the half-width was reached; control: the A/A control failed; draws, time: ' +
      'that budget was spent; interrupted; failed: it could no longer be measured; null: still under way.',
  );
export type Ending = z.infer<typeof endingSchema>;

/** Of a comparison to which draws were added until they sufficed. */
const sequentialSchema = z
  .object({
    looks: z.array(count).describe('The number of draws at each look.'),
    maxDraws: count.describe('The most draws there might have been: the error is spent over these.'),
    nominalLevel: z.number().describe('Two-sided error of the interval as if this had been the only look.'),
    spent: z.number().describe('Of the error of 5 %, what this look and those before have spent.'),
    ended: endingSchema,
  })
  .describe(
    'Present where draws were added until they sufficed: interval and p value are then those of a group-sequential test, ' +
      'and hold whenever it ended.',
  );

/** Candidate against reference under one probe that measures time. */
export const latencyComparisonSchema = z
  .object({
    candidate: text,
    reference: text,
    probe: text,
    k: count,
    draws: z.array(drawEffectSchema),
    guests: count,
    n: count.describe('Transactions of each path in complete groups, over all draws.'),
    /** exp(mean of the draws' logRatio) - 1. */
    relative: z.number().describe('candidate / reference - 1, mean over draws.'),
    /** Student's t. */
    relativeInterval: intervalSchema.nullable().describe('95 % over draws; null with fewer than 2.'),
    /** In ns of the reference's p50. */
    differenceNs: z.number(),
    differenceIntervalNs: intervalSchema.nullable(),
    pValue: z.number().nullable(),
    /** The twin's is not counted. */
    holmPValue: z.number().nullable().describe("After Holm's correction over the run's comparisons."),
    marginRelative: z.number().describe('Differences up to this size are not claimed.'),
    isTwin: z.boolean().describe('The A/A control: the same backend twice.'),
    outcome: outcomeSchema,
    direction: directionSchema,
    validity: validitySchema,
    /** See `drawsToSettle`. */
    moreDraws: count
      .nullable()
      .describe('Of an inconclusive one: draws that would probably settle it; null = over 1,000.'),
    standing: standingSchema.describe('A verdict needs 8 draws in 2 guests; everything else is an indication.'),
    because: text.describe(
      'What weakens or voids it beside the number of draws and guests, for people; empty where nothing does.',
    ),
    lost: count,
    discarded: count,
    slots: z.enum(['reversed in pairs', 'fixed']),
    /** Absent: the number of draws was fixed. */
    sequential: sequentialSchema.exactOptional(),
    unit: z.never().exactOptional(),
  })
  .describe('One path against another under one probe, over draws.');
type LatencyComparison = Shape<typeof latencyComparisonSchema>;
/** Candidate minus reference, where the probe measures time. */
export type LatencyDifference = Pick<LatencyComparison, 'differenceNs' | 'differenceIntervalNs'>;

/** The same of a probe that measures a rate. */
const rateComparisonSchema = latencyComparisonSchema.omit({ differenceNs: true, differenceIntervalNs: true }).extend({
  unit: z.enum(otherUnits()),
  difference: z.number().describe("In `unit`, of the reference's p50."),
  differenceInterval: intervalSchema.nullable(),
});
type RateComparison = Shape<typeof rateComparisonSchema>;
type RateDifference = Pick<RateComparison, 'unit' | 'difference' | 'differenceInterval'>;
export type Difference = LatencyDifference | RateDifference;

/** Candidate against reference under one probe, whatever it measures. */
export const comparisonSchema = z.union([latencyComparisonSchema, rateComparisonSchema]);
export type Comparison = Shape<typeof comparisonSchema>;
/** A comparison without its difference. */
export type DrawnComparison<Draw extends DrawRatio = DrawRatio> = Omit<
  LatencyComparison,
  'draws' | 'unit' | keyof LatencyDifference
> & { readonly draws: readonly Draw[] };

export const probeReportSchema = z.object({
  probe: probeSpecSchema,
  k: count,
  cells: z.array(cellSchema),
  comparisons: z.array(comparisonSchema),
});
export type ProbeReport = Shape<typeof probeReportSchema>;

/** The rule of a run whose draws were added until they sufficed. */
const untilReportSchema = z
  .object({
    halfWidth: z.number().describe('What the half-width of every interval was to reach, as a share of the RTT.'),
    maxDraws: count,
    maxTimeNs: time.nullable().describe('For the whole run; null: no limit.'),
    ended: endingSchema,
  })
  .describe('Present where draws were added until they sufficed.');
export type UntilReport = Shape<typeof untilReportSchema>;

/** Everything that the renderers show; built from a run folder without root. Written as results.json. */
export const runReportSchema = z.object({
  schema: z.literal(2),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  run: runHeaderSchema,
  reference: text.nullable(),
  probes: z.array(probeReportSchema),
  unavailable: z.array(unavailableSchema),
  failed: z.array(failedSchema),
  warnings: z.array(warningSchema),
  machine: machineSchema,
  until: untilReportSchema.exactOptional(),
});
export type Report = Shape<typeof runReportSchema>;
