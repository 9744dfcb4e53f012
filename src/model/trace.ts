/** The nouns of a trace: what a capture holds, a transaction's timeline, and what is concluded from many of them. */

import type { TscPair } from './trace-clock.ts';

/** A place where a packet or a task is timestamped. */
export interface TracePoint {
  /** As in the records. */
  readonly number: number;
  readonly name: string;
  /** One line: what has just happened when the time is taken. */
  readonly meaning: string;
  /**
   * chain: on the way of a transaction, in causal order; side: runs beside it (an exit, a free) or beside all
   * transactions (interrupts), and never begins or ends a segment.
   */
  readonly role: 'chain' | 'side';
}

/** A point that was asked for and not attached, with the kernel's word. */
export interface RefusedPoint {
  readonly point: string;
  readonly why: string;
}

/** A network namespace that was traced: its inode and the name that the plan gave it. */
export interface TracedNamespace {
  readonly inode: number;
  readonly name: string;
}

/** A thread that was traced. */
export interface TracedTask {
  readonly tid: number;
  readonly name: string;
}

/** An interface by its index in a namespace. */
export interface TracedDevice {
  readonly inode: number;
  readonly ifindex: number;
  readonly name: string;
}

/** What a file of records says of itself. */
export interface TraceFileHeader {
  /** "monotonic". */
  readonly clock: string;
  /** How times were taken: "bpf", "tracefs". */
  readonly mechanism: string;
  /** Points asked for, by name. */
  readonly asked: readonly string[];
  readonly refused: readonly RefusedPoint[];
  readonly namespaces: readonly TracedNamespace[];
  readonly tasks: readonly TracedTask[];
  readonly devices: readonly TracedDevice[];
  /** Ports of the probe, either end. */
  readonly ports: readonly number[];
  /** Taken before the first record; absent = by a tracer or on a machine that has none. */
  readonly tsc?: TscPair;
}

/** What the end of a file says; null fields where the file was cut short. */
export interface TraceFileTrailer {
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
  /** Records that the kernel side had no room for, per CPU; the block counts only if all are 0. */
  readonly lost: readonly number[];
  /** Records written, per CPU; empty = not said. */
  readonly written: readonly number[];
  /** Records written, by point. */
  readonly points: Readonly<Record<string, number>>;
  /** How often each program ran and for how long in all, ns; empty unless that was asked for. */
  readonly programs: readonly { readonly name: string; readonly runs: number; readonly ns: number }[];
  /** Taken behind the last record. */
  readonly tsc?: TscPair;
}

/** What became of a file: how much was read and what was not. */
export interface TraceFileState {
  readonly header: TraceFileHeader;
  readonly trailer: TraceFileTrailer | null;
  readonly records: number;
  /** null = whole. Otherwise where it is damaged, what was found and what was lost by it. */
  readonly damage: string | null;
  /** Whole records known to be missing behind the damage; null = not known. */
  readonly recordsLost: number | null;
}

/** The machine that a file of records is of: each has a clock of its own. The host's is the reference. */
export type TracedMachine = 'host' | 'guest';

/** Which packet of the transaction an event belongs to; task: an event without a packet. */
export type TraceSide = 'request' | 'response' | 'task';

/** One step of a path: a point at a place. Events with the same step are compared with each other. */
export interface TraceStep {
  readonly machine: TracedMachine;
  /** Name of the network namespace; for an event without one, the name of its task; '' = not known. */
  readonly place: string;
  /** Name of the interface; '' = none. */
  readonly device: string;
  readonly point: string;
  readonly side: TraceSide;
}

/** Flags of one timeline. */
export const TIMELINE_FLAGS = {
  /** A payload packet of the transaction was sent again; kept apart from all statistics. */
  retransmitted: 1 << 0,
  /** A segment without payload was seen in between (counted; its own events are not part of the timeline). */
  ackOnly: 1 << 1,
} as const;

/** Whole transactions of one path in one block, as columns: the request, the response, and the tasks in between. */
export interface Timelines {
  readonly length: number;
  readonly steps: readonly TraceStep[];
  /** Time 0 of `startNs`: CLOCK_MONOTONIC of the host (or of the one machine there is), ns. */
  readonly originNs: bigint;
  /** Number of the transaction on its path, from 0, warm-up included; UDP: the prober's sequence number. */
  readonly number: Uint32Array;
  readonly flags: Uint8Array;
  /** Time of the first event, ns after `originNs`, host clock. */
  readonly startNs: Float64Array;
  /** Events of transaction i are first[i] to first[i + 1] - 1. */
  readonly first: Uint32Array;
  /** Index into `steps`, per event. */
  readonly step: Uint16Array;
  /** ns after the transaction's start, host clock, per event; never falls. */
  readonly atNs: Uint32Array;
}

/** What the join could not use, all of it counted. */
export interface JoinCounts {
  readonly records: number;
  /** Records that are part of the returned timelines. */
  readonly joined: number;
  /** Transactions whose beginning or end lies outside the capture. */
  readonly cutAtStart: number;
  readonly cutAtEnd: number;
  /** Within the capture, but without a response (or without its request). */
  readonly incomplete: number;
  /** Whole transactions with a payload packet sent more than once; in the timelines, flagged. */
  readonly retransmitted: number;
  /** Records of segments without payload, and of later segments of a message. */
  readonly ackOnlyRecords: number;
  readonly laterSegmentRecords: number;
  /** Records of points beside the way: exits, frees, interrupts, switches. */
  readonly sideRecords: number;
  /** Could not be joined: point -> number of records, with the reason. */
  readonly unjoined: readonly UnjoinedRecords[];
}

export interface UnjoinedRecords {
  readonly machine: TracedMachine;
  readonly point: string;
  readonly why:
    | 'no transaction'
    | 'between transactions'
    | 'incomplete transaction'
    | 'not of the probe'
    | 'unknown point'
    | 'unknown time';
  readonly records: number;
}

/** One way that transactions took: the sequence of their steps. */
export interface PathShape {
  /** Indices into the timelines' steps. */
  readonly steps: readonly number[];
  readonly transactions: number;
  /** Of the usable transactions, 0 to 1. */
  readonly share: number;
}

/** What lies between two steps that follow each other. Times in ns. */
export interface Segment {
  readonly from: TraceStep;
  readonly to: TraceStep;
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly meanNs: number;
  /** meanNs as a share of the mean of the whole, 0 to 1. */
  readonly share: number;
  /**
   * Of a crossing between two clocks: the most that it may be wrong by, all transactions alike, in either direction.
   * null = both ends are on one clock.
   */
  readonly boundNs: number | null;
  /** Steps inside it that are not shown alone, because a crossing among them is smaller than its bound. */
  readonly merged: readonly TraceStep[];
}

/** Mean times of the segments over the transactions around a quantile of the total; quantiles do not add, these do. */
export interface Waterfall {
  /** Rank of the centre as a probability: 0.5, 0.99. */
  readonly quantile: number;
  readonly transactions: number;
  readonly totalNs: number;
  /** One a segment of the breakdown; their sum is `totalNs`. */
  readonly segmentNs: readonly number[];
}

/** The segments of the transactions of one shape, or of the steps that several shapes share. */
export interface ShapeBreakdown {
  readonly transactions: number;
  /** Of the usable transactions, 0 to 1. */
  readonly share: number;
  readonly shapes: number;
  readonly segments: readonly Segment[];
  /** Mean time of every step after the first one, unmerged, ns: what a diff is made of. */
  readonly steps: readonly { readonly step: TraceStep; readonly meanAtNs: number }[];
  /** First step to last. */
  readonly total: {
    readonly minNs: number;
    readonly p50Ns: number;
    readonly p99Ns: number;
    readonly meanNs: number;
  };
  readonly waterfalls: readonly Waterfall[];
}

/** The prober's own round trip beside what the steps cover: rttNs - (last step - first step), per transaction. */
export interface Remainder {
  /** Transactions that have both. */
  readonly transactions: number;
  readonly meanNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** Mean remainder as a share of the mean RTT; below 0: the steps cover more than the prober's own stamps. */
  readonly share: number;
  readonly meanRttNs: number;
  readonly p50RttNs: number;
}

/** Where the time of one path in one block goes. */
export interface Breakdown {
  /** Transactions that statistics are made of: whole, nothing sent again. */
  readonly transactions: number;
  readonly shapes: readonly PathShape[];
  /** The share of transactions whose shapes the tables cover. */
  readonly coveredShare: number;
  /** One a covered shape, the largest first. */
  readonly byShape: readonly ShapeBreakdown[];
  /** One table over all covered shapes: the steps that they share, in order. null = they share fewer than two. */
  readonly common: ShapeBreakdown | null;
  /** null = no samples were given. */
  readonly remainder: Remainder | null;
  readonly coverage: Coverage;
}

/** A step that a backend's list expects, and the share of usable transactions in which it was seen. */
export interface ExpectedStep {
  readonly point: string;
  readonly machine: TracedMachine;
  /** undefined = any. */
  readonly place?: string;
  readonly device?: string;
  readonly side?: TraceSide;
}

export interface Coverage {
  readonly asked: readonly { readonly machine: TracedMachine; readonly point: string }[];
  readonly refused: readonly (RefusedPoint & { readonly machine: TracedMachine })[];
  readonly expected: readonly (ExpectedStep & { readonly share: number })[];
  /** Those of `expected` that no transaction has. */
  readonly missing: readonly ExpectedStep[];
  /** What some of the usable transactions lack, and in how many; `after`: only where that point came before it. */
  readonly gaps: readonly (ExpectedStep & { readonly after: string | null; readonly transactions: number })[];
}

/** What tracing itself costs: traced / untraced p50 over pairs of blocks. */
export interface TraceCost {
  readonly pairs: number;
  /** Geometric mean of the ratios. */
  readonly ratio: number;
  /** 95 % interval over pairs; null with fewer than two. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** The difference of two paths between two steps that both have. */
export interface SegmentDiff {
  readonly from: TraceStep;
  readonly to: TraceStep;
  /** Steps in between that only one path has. */
  readonly onlyA: readonly TraceStep[];
  readonly onlyB: readonly TraceStep[];
  /** Means over draws, ns. */
  readonly meanANs: number;
  readonly meanBNs: number;
  /** B - A, mean over draws, ns. */
  readonly differenceNs: number;
  /** 95 % interval over draws (Student's t); null with fewer than two draws. */
  readonly interval: { readonly lowNs: number; readonly highNs: number } | null;
  /** Two-sided, adjusted by Holm over all segments; null with fewer than two draws. */
  readonly pValue: number | null;
  /** Share of the whole difference; null where the whole difference is 0. */
  readonly share: number | null;
}

export interface TraceDiff {
  readonly draws: number;
  readonly segments: readonly SegmentDiff[];
  /** First step to last that both have. */
  readonly total: Omit<SegmentDiff, 'onlyA' | 'onlyB' | 'share'>;
}

/** One record of a timeline with all that is known of it. */
export interface SlowEvent {
  readonly machine: TracedMachine;
  /** ns after the transaction's start, host clock; may be below 0 for what began before it. */
  readonly atNs: number;
  readonly point: string;
  readonly place: string;
  readonly device: string;
  readonly cpu: number;
  readonly tid: number;
  readonly task: string;
  readonly aux: bigint;
  /** own: of the transaction; beside: what else ran on a CPU that it used. */
  readonly kind: 'own' | 'beside';
}

/** A transaction kept whole. */
export interface SlowTransaction {
  readonly number: number;
  readonly startNs: number;
  readonly totalNs: number;
  /** Longest gap between two of its own steps, which is where to look. */
  readonly longest: { readonly from: string; readonly to: string; readonly ns: number };
  readonly events: readonly SlowEvent[];
  /** What ran in the longest gap on its CPUs, longest first. */
  readonly beside: readonly { readonly what: string; readonly cpu: number; readonly ns: number }[];
}
