// SPDX-License-Identifier: GPL-2.0-only
/** The interface of a kind of probe: what is sent, how the prober is told, and what is made of what it recorded. */
import type { z } from 'zod';
import type { Block, BlockCounts, Granted } from '../model/block.ts';
import type { Measure } from '../model/measure.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { CellSummary } from '../model/result.ts';
import type { Samples } from '../model/samples.ts';
import type { Unit } from '../model/unit.ts';
import type { SampleCounts } from '../stats/usable.ts';
import type { ProbeColumn } from './column.ts';
import type { ProcessPlacement } from './prober/prober-plan.ts';

/** A word of the lab file's `protocol`, with what the rest of hoplab must know of it. */
export interface ProbeProtocol {
  /** [a-z]+(_[a-z]+)*: "udp_rr". */
  readonly word: string;
  readonly transport: 'tcp' | 'udp';
  /** Whether all transactions of a path share one socket: a trace then ties them together by it. */
  readonly keepsSocket: boolean;
}

/** One block as the prober is to run it. */
export interface BlockOrder {
  readonly probe: ProbeSpec;
  /** In the order of the samples' path index. */
  readonly paths: readonly { readonly port: number; readonly listen: string; readonly connect: string }[];
  /** Measured transactions per path; warm-up comes before them. */
  readonly count: number;
  readonly warmup: number;
  readonly groupSize: number;
  readonly seed: number;
}

export interface ClientOrder extends BlockOrder {
  readonly placement: ProcessPlacement;
  /** Where timers are too late for spinning to help. */
  readonly inGuest: boolean;
  /** Take the kernel's stamps of what is sent too. */
  readonly stampsSent: boolean;
  /** By how much longer than usual an answer is waited for. */
  readonly patience: number;
}

export interface ServerOrder extends BlockOrder {
  readonly placement: ProcessPlacement;
}

/** What client and server left behind. */
export interface RawBlock {
  /** The block, for errors. */
  readonly name: string;
  readonly probe: ProbeSpec;
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

export interface DecodedBlock {
  readonly samples: Samples;
  readonly counts: BlockCounts;
  readonly client: Granted;
  readonly server: Granted;
  /** Transactions of each path that were answered, warm-up included: what the interfaces' counters must show. */
  readonly answered: readonly number[];
  /** Paths that left the rotation, or never joined it, by index, and why. */
  readonly lost: readonly { readonly index: number; readonly reason: string }[];
  /** The block's file of samples in the run folder. */
  encode(block: Block): Buffer;
}

/** A kind's own keys in the lab file, beside name, protocol, direction, pace, wait, count, duration and compare. */
export interface ProbeKeys {
  readonly shape: Readonly<Record<string, z.ZodType>>;
  /** What the keys' values come to; `file` holds those of other kinds too. */
  sends(file: Readonly<Record<string, unknown>>): {
    readonly sent: Pick<ProbeSpec, 'requestBytes' | 'responseBytes' | 'own'>;
    /** Its part of the probe's name, [a-z0-9-]+: "64x1024"; null = what is the plainest. */
    readonly word: string | null;
  };
}

/** One path's samples of one part of a run. */
export interface PathOfBlock {
  readonly probe: ProbeSpec;
  readonly samples: Samples;
  /** Path index in the samples. */
  readonly path: number;
  /** Wall time of the measured part of the block. */
  readonly wallNs: number;
  /** Seed of the bootstrap: the same samples and seed give the same interval. */
  readonly seed: number;
}

/** What the core knows of a row beside its samples. */
type KnownOfRow = 'path' | 'backend' | 'twinOf' | 'probe' | 'k' | 'skippedSlots' | 'ratioToHost' | 'proven';

/** The figures of a row; a path without a usable sample has counts, and no figures. */
export type SummaryOutcome<Cell extends CellSummary = CellSummary> =
  | { readonly kind: 'summary'; readonly summary: Cell extends unknown ? Omit<Cell, KnownOfRow> : never }
  | { readonly kind: 'empty'; readonly counts: SampleCounts };

export interface Probe {
  /** The folder's name. */
  readonly kind: string;
  /** What it sends, behind its words: "request and response". */
  readonly summary: string;
  readonly protocols: readonly ProbeProtocol[];
  readonly keys: ProbeKeys;
  /** What the prober reads on stdin. */
  readonly orders: { client(order: ClientOrder): string; server(order: ServerOrder): string };
  /** Throws SAMPLES_CORRUPT at any damage. */
  decode(raw: RawBlock): DecodedBlock;
  /** Of all its figures. */
  readonly unit: Unit;
  /** What two paths are compared by, under this probe of the kind. */
  measure(probe: ProbeSpec): Measure;
  summarize(path: PathOfBlock): SummaryOutcome;
  /** Kinds of one unit stand in one table; columns that are the same value are one column there. */
  readonly columns: readonly ProbeColumn[];
}
