// SPDX-License-Identifier: GPL-2.0-only
/** What a run says: blocks as they were recorded, and the summaries and comparisons computed from them. */
import type { ProbeSpec } from './probe-spec.ts';
import type { BlockCounts, Granted } from './samples.ts';

export type Part = 'overview' | 'comparison';

/** Which draw a block belongs to; the overview has none. */
export interface DrawKey {
  /** The pair under comparison: path names, [candidate, reference]. */
  readonly pair: readonly [string, string];
  /** 0, 1, 2, ...; draws 2k and 2k+1 are a crossover pair (slots reversed). */
  readonly draw: number;
  /** Which guest of the run, from 0. */
  readonly guest: number;
  /** False: candidate in the first slot; true: reversed. */
  readonly reversed: boolean;
}

/** Counters along one path that show where the transactions went. */
export interface PathProof {
  readonly path: string;
  readonly proven: boolean;
  /** "w1-tap rx: 2612 for 2550 transactions"; for an unproven path what was missing. */
  readonly evidence: readonly string[];
}

/** One run of one client process: K paths in rotation. Its samples are in samples/<id>.hls. */
export interface Block {
  readonly id: string;
  readonly part: Part;
  readonly probe: string;
  /** Path names in the order of the samples' path index. */
  readonly paths: readonly string[];
  readonly draw: DrawKey | null;
  readonly seed: number;
  readonly startedAt: string;
  readonly warmupPerPath: number;
  readonly groupSize: number;
  readonly client: Granted;
  readonly server: Granted;
  readonly counts: BlockCounts;
  readonly proofs: readonly PathProof[];
  /** Share of the machine's CPU time taken by others (steal) during the block, 0 to 1. */
  readonly steal: number;
  /** Only in a block with a guest. */
  readonly guestClock?: GuestClockError;
  /** Only in a run that traces. */
  readonly trace?: TraceKey;
}

/**
 * By how much the guest's clock ran faster than this machine's, over the guest's life until the end of the block, in
 * millionths: surely between the two. Negative = slower. Beyond 1000 there is no block.
 */
export interface GuestClockError {
  readonly lowPpm: number;
  readonly highPpm: number;
}

/** Which of two blocks on the same plugging this is: the one with the tracer, or the one without. */
export interface TraceKey {
  readonly pair: number;
  readonly traced: boolean;
}

/** A block, or one path of one, that could not be measured: an error that is a result. */
export interface FailedCell {
  readonly part: Part;
  readonly probe: string;
  readonly path: string;
  readonly draw: DrawKey | null;
  readonly code: string;
  readonly reason: string;
  readonly hint: string | null;
}

/** A backend of the default set that cannot run on this machine. */
export interface UnavailablePath {
  readonly path: string;
  readonly backend: string;
  readonly reason: string;
  readonly hint: string;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One row of the table: one path under one probe in the overview. Times in ns of the *service* time unless named otherwise. */
export interface CellSummary {
  readonly path: string;
  readonly backend: string;
  /** The path that this one is the A/A control of; null for a path of its own. */
  readonly twinOf: string | null;
  readonly probe: string;
  /** How many paths rotated with it. */
  readonly k: number;
  readonly n: number;
  readonly lost: number;
  /** Marked and left out (saturated); never dropped silently. */
  readonly discarded: number;
  readonly preempted: number;
  readonly retransmitted: number;
  readonly skippedSlots: number;
  readonly minNs: number;
  readonly meanNs: number;
  readonly p50Ns: number;
  /** 95 % bootstrap over groups, within this draw only. */
  readonly p50Interval: Interval | null;
  readonly p90Ns: number;
  readonly p99Ns: number;
  /** Only from 10,000 samples. */
  readonly p999Ns: number | null;
  readonly maxNs: number;
  readonly stddevNs: number;
  readonly transactionsPerSecond: number;
  /** p50 over the p50 of `host` under the same probe; null without a host path. */
  readonly ratioToHost: number | null;
  /** p50 and p99 from the intended start; null for back-to-back probes, where they equal the service time. */
  readonly response: { readonly p50Ns: number; readonly p99Ns: number } | null;
  /** Median share of the RTT between the kernel's receive stamp and the client's return, 0 to 1; null without stamps. */
  readonly wakeupShare: number | null;
  /** Median residence in the server; null without stamps. */
  readonly serverP50Ns: number | null;
  readonly proven: boolean;
}

/** A draw's medians of both paths, where the probe measures time. */
export interface LatencyLevels {
  readonly referenceP50Ns: number;
  readonly candidateP50Ns: number;
}

/** Candidate minus reference, where the probe measures time: in ns of the reference's p50. */
export interface LatencyDifference {
  readonly differenceNs: number;
  readonly differenceIntervalNs: Interval | null;
}

/** The effect of one draw: a ratio, whatever the probe measures. */
export interface DrawRatio {
  readonly draw: number;
  readonly guest: number;
  readonly reversed: boolean;
  /** Hodges-Lehmann estimate of ln(candidate / reference) over the groups of this draw. */
  readonly logRatio: number;
  /** Signed-rank interval within the draw: calibration only, never a result. */
  readonly withinInterval: Interval;
  readonly groups: number;
}

export type DrawEffect = DrawRatio & LatencyLevels;

export type Verdict =
  /** Interval excludes 0 and the margin is passed. */
  | 'slower'
  | 'faster'
  /** Enough draws, and no claim above the margin. */
  | 'no-difference'
  /** The interval excludes 0 and the margin is passed, but not after Holm's correction: more draws would tell. */
  | 'unresolved'
  /** Too few draws for any claim, whatever the interval. */
  | 'too-few-draws'
  /** The twin failed, or cells are missing. */
  | 'invalid';

/** How far a comparison may be relied on by its number of draws and guests alone. */
export type Standing =
  /** At least 8 draws in at least 2 guests. */
  | 'verdict'
  /** Fewer: the same run may well come out otherwise tomorrow. */
  | 'indication';

/** Candidate against reference under one probe, over draws, whatever the probe measures. */
export interface DrawnComparison<Draw extends DrawRatio = DrawRatio> {
  readonly candidate: string;
  readonly reference: string;
  readonly probe: string;
  readonly k: number;
  readonly draws: readonly Draw[];
  readonly guests: number;
  /** Transactions of each path in complete groups, over all draws: what the effects are made of. */
  readonly n: number;
  /** Mean over draws of ln(candidate / reference), as a relative difference: exp(mean) - 1. */
  readonly relative: number;
  /** 95 % t interval over draws, as relative difference; null with fewer than 2. */
  readonly relativeInterval: Interval | null;
  readonly pValue: number | null;
  /** After Holm over the run's comparisons (the twin's not counted). */
  readonly holmPValue: number | null;
  readonly marginRelative: number;
  readonly isTwin: boolean;
  readonly verdict: Verdict;
  readonly standing: Standing;
  /** What weakens or voids it beside the number of draws and guests, for people; empty where nothing does. */
  readonly because: string;
  readonly lost: number;
  readonly discarded: number;
  readonly slots: 'reversed in pairs' | 'fixed';
}

export type Comparison = DrawnComparison<DrawEffect> & LatencyDifference;

export interface Warning {
  /** tcg, scheduling, not-proven, load, steal, few-draws, vhost, twin-failed, losses, ... */
  readonly kind: string;
  readonly text: string;
}

export interface ProbeReport {
  readonly probe: ProbeSpec;
  readonly k: number;
  readonly cells: readonly CellSummary[];
  readonly comparisons: readonly Comparison[];
}

/** Everything that the renderers show; built from a run folder without root. Written as results.json. */
export interface Report {
  readonly schema: 1;
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  readonly run: RunHeader;
  readonly reference: string | null;
  readonly probes: readonly ProbeReport[];
  readonly unavailable: readonly UnavailablePath[];
  readonly failed: readonly FailedCell[];
  readonly warnings: readonly Warning[];
  readonly machine: MachineLine;
}

/** The line under the table: what machine, kernel, guest and scheduling this was. */
export interface MachineLine {
  readonly hostname: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly kernel: string;
  readonly qemu: string | null;
  readonly guestKernel: string | null;
  readonly accel: string | null;
  readonly scheduling: string;
}

export type RunState = 'running' | 'finished' | 'interrupted' | 'failed';

/** The process that writes a run folder: a run that says "running" while this process is gone has died. */
export interface RunOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot: tells it from a later process with the same pid. */
  readonly startTicks: number;
  readonly bootId: string;
}

/** run.json: the head of a run folder. */
export interface RunHeader {
  /** Layout version of the folder, see run-store/format.md. */
  readonly format: 1;
  readonly id: string;
  readonly label: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: RunState;
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  readonly argv: readonly string[];
  /** What was recorded: "trace"; absent in a run that measures alone. */
  readonly kind?: string;
  /** Absent where the machine does not tell (no /proc). */
  readonly owner?: RunOwner;
}
