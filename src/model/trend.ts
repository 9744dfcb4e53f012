/** What a trend says: a path's latency over many runs, where its level changed, and what else changed there. */
import type { StatisticName, UnlikeKey } from './compare.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { Interval, RunState } from './result.ts';

/** One thing of the environment that is not as it was in the run before. */
export interface EnvironmentChange {
  readonly key: UnlikeKey;
  /** The path that it is of; null = of the machine or of the whole run. */
  readonly path: string | null;
  readonly before: string;
  readonly after: string;
}

/** One run's value. */
export interface TrendPoint {
  readonly run: string;
  readonly folder: string;
  readonly label: string | null;
  readonly startedAt: string;
  readonly state: RunState;
  readonly toolVersion: string;
  /** ns, or a ratio where the series is relative. */
  readonly value: number;
  /** Transactions it is made of. */
  readonly n: number;
  readonly lost: number;
  /** Load of the machine before the run: never the same twice, and so no change of the environment. null = not recorded. */
  readonly load1: number | null;
  /** What changed since the point before it; empty for the first. */
  readonly changes: readonly EnvironmentChange[];
}

/** A stretch of runs at one level. */
export interface TrendSegment {
  /** Points from `first` to `last`, both included. */
  readonly first: number;
  readonly last: number;
  /** Geometric mean. */
  readonly level: number;
  /** 95 % of the level over its runs; null with one run. */
  readonly interval: Interval | null;
}

/** A place where the level changed. */
export interface ChangePoint {
  /** The first point at the new level. */
  readonly index: number;
  readonly run: string;
  readonly startedAt: string;
  readonly before: number;
  readonly after: number;
  /** after / before - 1. */
  readonly relative: number;
  /** 95 %, Welch over the runs of the two segments; optimistic, because the place was chosen by the same data. */
  readonly relativeInterval: Interval | null;
  /** Of the permutation test that found it. */
  readonly pValue: number;
  /** Differences up to this size are shown, and not called changes. */
  readonly withinMargin: boolean;
  /** What the environment of the point before it had otherwise. */
  readonly changes: readonly EnvironmentChange[];
}

/** One path under one probe over the runs that have it. */
export interface TrendSeries {
  readonly path: string;
  readonly backend: string;
  readonly probe: ProbeSpec;
  /** Of the overview's rotation; 2 where the comparisons' draws are taken. */
  readonly k: number;
  readonly statistic: StatisticName;
  /** The path whose latency each point is divided by; null = absolute. */
  readonly relativeTo: string | null;
  /** Where a relative value comes from. */
  readonly within: 'overview' | 'draws';
  readonly unit: 'ns' | 'ratio';
  readonly points: readonly TrendPoint[];
  readonly segments: readonly TrendSegment[];
  readonly changePoints: readonly ChangePoint[];
  /** Runs that are still needed before any change can be seen; 0 = enough. */
  readonly moreRunsNeeded: number;
  /** Standard deviation of a run around its segment's level, in ln units; null with fewer than 3 points. */
  readonly runStddev: number | null;
  readonly method: string;
}

/** A run that has no point, and why. */
export interface TrendSetAside {
  readonly run: string;
  readonly reason: string;
}

/** All that the renderers show; written by `hoplab trend --json`. */
export interface TrendReport {
  readonly schema: 1;
  readonly kind: 'trend';
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  /** How many runs were looked at. */
  readonly runs: number;
  readonly series: readonly TrendSeries[];
  readonly setAside: readonly TrendSetAside[];
}
