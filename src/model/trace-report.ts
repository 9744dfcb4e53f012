// SPDX-License-Identifier: GPL-2.0-only
/** What the report of a trace shows; built from a run folder without root. Written as results.json of such a run. */
import type { FailedCell } from './block.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { MachineLine, UnavailablePath, Warning } from './result.ts';
import type { RunHeader } from './run-header.ts';
import type { Breakdown, TraceCost } from './trace-breakdown.ts';
import type { ClockMethod } from './trace-clock.ts';
import type { TraceDiff } from './trace-diff.ts';
import type { PassedOver } from './trace-mechanism.ts';
import type { TraceProfile } from './trace-profile.ts';
import type { SlowTransaction } from './trace-slow.ts';
import type { TracedMachine } from './trace-timelines.ts';

export interface TraceReport {
  readonly schema: 1;
  readonly kind: 'trace';
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  readonly run: RunHeader;
  readonly profile: TraceProfile;
  readonly probe: ProbeSpec;
  /** How many paths rotated in a block with a guest. */
  readonly k: number;
  readonly paths: readonly TracedPath[];
  /** Every path with a guest against the first one. */
  readonly diffs: readonly TracedDiff[];
  readonly unavailable: readonly UnavailablePath[];
  readonly failed: readonly FailedCell[];
  readonly warnings: readonly Warning[];
  readonly machine: MachineLine;
}

/** Where the difference of two paths is made: B - A. */
export interface TracedDiff {
  readonly a: string;
  readonly b: string;
  /** null = they have no two steps in common, or no block of both can be used. */
  readonly diff: TraceDiff | null;
}

export interface TracedPath {
  readonly path: string;
  readonly backend: string;
  readonly blocks: readonly TracedBlock[];
  /** Over all traced blocks that are used; null = there is none. */
  readonly breakdown: Breakdown | null;
  readonly cost: TraceCost | null;
  /** p50 of the round trips of traced and of untraced blocks, as the prober measured them. */
  readonly tracedP50Ns: number | null;
  readonly plainP50Ns: number | null;
  /** The server's own time from its receive to its send, where the times are those of the client's sockets; else null. */
  readonly serverNs: { readonly p50: number; readonly p99: number } | null;
  /** The slowest transactions, kept whole; empty unless they were asked for. */
  readonly slow: readonly SlowTransaction[];
}

/** One traced block, as far as it is of this path. */
export interface TracedBlock {
  readonly id: string;
  readonly pair: number;
  /** Why its records are in no figure; null = they are. */
  readonly unused: string | null;
  readonly machines: readonly TracedMachineState[];
  /** Machines of which there is no record, and why. */
  readonly without: readonly { readonly machine: TracedMachine; readonly why: string }[];
  /** Better mechanisms than the one that was used, and why they were not. */
  readonly passedOver: readonly (PassedOver & { readonly machine: TracedMachine })[];
  /** The most that a crossing between the clocks of guest and host may be wrong by; null = one clock alone. */
  readonly clockBoundNs: number | null;
  /** How the guest's clock was joined to the host's; null = one clock alone. */
  readonly clockMethod: ClockMethod | null;
  /** Why a guest under KVM was not joined by its counter; null = it was, or it is not under KVM. */
  readonly withoutTsc: string | null;
}

interface TracedMachineState {
  readonly machine: TracedMachine;
  /** "bpf", "tracefs" or "timestamping". */
  readonly mechanism: string;
  readonly records: number;
  readonly lost: number;
  readonly damage: string | null;
}
