/** What a comparison of runs says: which runs, what they differ by, and every effect with its interval and its method. */
import type { ProbeSpec } from './probe-spec.ts';
import type { Interval, RunState, Standing, Verdict } from './result.ts';

/** The statistics of a round trip that runs can be compared by. */
export const STATISTICS = ['p50', 'p90', 'p99', 'p99.9', 'mean'] as const;
export type StatisticName = (typeof STATISTICS)[number];

/** What can make two runs unlike; `--allow` takes these words. The table in src/compare/unlike-table.ts says more of each. */
export const UNLIKE_KEYS = [
  'probe',
  'pace',
  'k',
  'window',
  'accel',
  'cpu',
  'isolation',
  'governor',
  'clocksource',
  'scheduling',
  'guest-size',
  'nic',
  'vhost',
  'offloads',
  'state',
  'load',
  'proof',
  'options',
  'kernel',
  'command-line',
  'os',
  'qemu',
  'guest-kernel',
  'guest-command-line',
  'tools',
  'tool-version',
  'machine',
] as const;
export type UnlikeKey = (typeof UNLIKE_KEYS)[number];

/** One thing in which the runs differ. */
export interface Unlikeness {
  readonly key: UnlikeKey;
  /** refused: not compared unless it is allowed; flagged: compared, and said. */
  readonly level: 'refused' | 'flagged';
  /** Named with --allow. */
  readonly allowed: boolean;
  /** The candidate that differs from the baseline, by its number; null = runs of one side differ among themselves. */
  readonly candidate: number | null;
  /** The path that it is of; null = of the machine or of the whole run. */
  readonly path: string | null;
  /** The distinct values of each side, in words. */
  readonly baselineValues: readonly string[];
  readonly candidateValues: readonly string[];
  /** Why it matters, in a sentence. */
  readonly why: string;
}

/** A run that takes part. */
export interface ComparedRun {
  readonly id: string;
  readonly folder: string;
  readonly label: string | null;
  readonly startedAt: string;
  readonly state: RunState;
  readonly toolVersion: string;
  /** What ran the guest's CPU: an emulated one limits every figure. null = no guest, or not recorded. */
  readonly accel: 'kvm' | 'tcg' | null;
  /** The load was above the number of CPUs before the run: its latencies hold other work. null = not recorded. */
  readonly busy: boolean | null;
  /** What of it could not be read, a sentence each; what could be is compared. */
  readonly damage: readonly string[];
}

/** A run that was meant and could not be used. */
export interface SetAsideRun {
  /** As it was typed, or the run's id. */
  readonly run: string;
  readonly code: string;
  readonly reason: string;
}

/** One side of a comparison: a run, or a group of runs that stand for the same thing. */
export interface ComparedSide {
  /** As it was typed: "before", "latest", "nightly since 2026-11-20". */
  readonly name: string;
  /** The one path that was chosen; null = every path, under its own name. */
  readonly path: string | null;
  readonly runs: readonly ComparedRun[];
}

/** What became of the transactions of one path on one side: sent = used + warmup + lost + discarded, always. */
export interface SampleAccount {
  readonly sent: number;
  readonly used: number;
  readonly warmup: number;
  readonly lost: number;
  /** A time did not fit its field and is clipped. */
  readonly discarded: number;
  /** Among the used: in groups with too many losses, or cut short, which the p50 of paired rows does not take. */
  readonly outsideGroups: number;
  /** Blocks that could not be read or contradict themselves: nothing of them is in any other number. */
  readonly blocksLeftOut: number;
}

/** What an effect is made of. */
export type Basis =
  /** The latency itself. */
  | { readonly kind: 'absolute' }
  /** Inside each run the path over another one, and that ratio compared between the runs. */
  | { readonly kind: 'relative'; readonly to: string; readonly within: 'draws' | 'rotation' | 'rounds' }
  /** Two paths inside the same runs. */
  | { readonly kind: 'direct'; readonly within: 'draws' | 'rotation' | 'rounds' };

/** What was averaged over: the replicate that the interval knows. */
export type EffectUnit = 'runs' | 'draws' | 'blocks' | 'groups';

/** Candidate against baseline for one statistic of one path under one probe. */
export interface Effect {
  readonly statistic: StatisticName;
  readonly basis: Basis;
  /** The one of its statistic that the verdict, Holm's correction and --fail-if are about; the others are beside it. */
  readonly primary: boolean;
  /** Levels in ns: geometric means over each side's units; for a relative basis still the path's own latency. */
  readonly baselineNs: number;
  readonly candidateNs: number;
  /** What is compared: level in ns for `absolute`, else the ratio to the other path on each side; null for `direct`. */
  readonly baselineRatio: number | null;
  readonly candidateRatio: number | null;
  /** candidate / baseline of what is compared, minus 1. */
  readonly relative: number;
  /** 95 %; null where there is nothing to take one from. */
  readonly relativeInterval: Interval | null;
  /** The same in ns of the baseline's level. */
  readonly differenceNs: number;
  readonly differenceIntervalNs: Interval | null;
  readonly pValue: number | null;
  /** After Holm's correction over the primary effects of the whole report; null for one beside it, and for a control. */
  readonly holmPValue: number | null;
  readonly marginRelative: number;
  readonly unit: EffectUnit;
  /** How many units each side has. */
  readonly units: { readonly baseline: number; readonly candidate: number };
  /** Usable transactions of the path that it is made of, on each side. */
  readonly n: { readonly baseline: number; readonly candidate: number };
  /** How many paths rotated in those blocks. */
  readonly k: { readonly baseline: readonly number[]; readonly candidate: readonly number[] };
  readonly degreesOfFreedom: number | null;
  /**
   * Standard deviation between two runs of the same set-up, in ln units, that was assumed and is in the interval, because
   * one run a side cannot show it; null = the runs themselves show it.
   */
  readonly assumedRunStddev: number | null;
  /** How it was computed, in one sentence for people. */
  readonly method: string;
  readonly verdict: Verdict;
  readonly standing: Standing;
  /** What weakens or voids it; empty where nothing does. */
  readonly because: string;
  /** The whole interval lies within the margin: shown to be the same, not only not shown to differ. null = no interval. */
  readonly equivalent: boolean | null;
}

/** One path under one probe, on both sides. */
export interface ComparedCell {
  /** Index into `candidates`. */
  readonly candidate: number;
  readonly probe: ProbeSpec;
  /** Differs from `probe` only in what --allow accepted. */
  readonly candidateProbe: ProbeSpec;
  readonly path: string;
  readonly candidatePath: string;
  readonly backend: string;
  /** The path that it is the A/A control of: its effect should be none. */
  readonly twinOf: string | null;
  readonly effects: readonly Effect[];
  readonly baselineSamples: SampleAccount;
  readonly candidateSamples: SampleAccount;
}

/** A path or probe that only some runs have, or that could not be computed. */
export interface MissingCell {
  readonly candidate: number | null;
  readonly probe: string;
  readonly path: string;
  /** "not measured in 20261125-...: server died". */
  readonly reason: string;
}

/** A threshold of --fail-if with what came of it. */
export interface CheckedThreshold {
  /** As it was typed. */
  readonly expression: string;
  /** exceeded: the run fails; unsure: the estimate is beyond it, but the interval reaches back; missing: nothing to check. */
  readonly outcome: 'held' | 'exceeded' | 'unsure' | 'missing';
  readonly cells: readonly ThresholdCell[];
}

export interface ThresholdCell {
  readonly candidate: number;
  readonly probe: string;
  readonly path: string;
  readonly statistic: StatisticName;
  readonly outcome: 'held' | 'exceeded' | 'unsure' | 'missing';
  /** "p99 +7.2 % [+5.4, +9.1] % against 1.05x". */
  readonly text: string;
}

/** All that the renderers show; written by `hoplab compare --json`. */
export interface ComparisonReport {
  readonly schema: 1;
  readonly kind: 'comparison';
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  readonly baseline: ComparedSide;
  readonly candidates: readonly ComparedSide[];
  readonly setAside: readonly SetAsideRun[];
  readonly unlike: readonly Unlikeness[];
  /** True: a refused unlikeness was not allowed, and `cells` is empty. */
  readonly refused: boolean;
  readonly cells: readonly ComparedCell[];
  readonly missing: readonly MissingCell[];
  readonly thresholds: readonly CheckedThreshold[];
}
