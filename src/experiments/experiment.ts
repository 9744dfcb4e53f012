// SPDX-License-Identifier: GPL-2.0-only
/** What a kind of recorded work is to everything that reads folders: lists, reports, pages, comparisons. */
import type { z } from 'zod';
import type { Report } from '../model/result.ts';
import type { CsvRow } from '../render/formats/csv.ts';
import type { Families } from '../render/formats/metric-families.ts';
import type { PageForm } from '../render/html/page-form.ts';
import type { TextOptions } from '../render/text/style.ts';
import type { TraceSource } from '../results/trace/source.ts';
import type { Run } from '../run-store/read-run.ts';
import type { Shelf } from '../run-store/shelf.ts';
import type { Lacks } from './ability.ts';
import type { IndexedRun } from './indexed-run.ts';

/**
 * A kind of recorded work. This half of it is pure: it reads a folder, on any machine and without root. What plans and records
 * such a folder is a file of lab/ and a command, which end by showing the folder through this half.
 *
 * What a kind cannot do is an absent member here or in what it reads; ability.ts says so in words.
 */
export interface Experiment {
  /** In the head of a run folder, in lists and filters: "trace". */
  readonly name: string;
  readonly shelf: Shelf;
  /** Of its JSON form. */
  readonly schema: z.ZodType;
  /** How a list shows one of its folders; null = there is none of ours. Reads a few small files, and never throws. */
  entry(folder: string): IndexedRun | null;
  /** Throws where there is nothing that can be shown: RUN_NOT_FOUND, RUN_TOO_NEW, RUN_DAMAGED, NO_DATA. */
  read(folder: string, wanted: Wanted): Promise<Recorded>;
  /** Blocks of transactions that can be compared with those of another folder. */
  blocks?(folder: string): Promise<Run>;
  /** Latencies that nothing beside the measuring has slowed: those of a trend. */
  figures?(run: Run, version: string): Report;
  /** Why it lacks what it lacks, where the bare word is not enough. */
  readonly lacks?: Lacks;
}

export interface Wanted {
  /** Of the hoplab that reads. */
  readonly version: string;
  /** Whether samples are to be drawn: a second pass over all of them. */
  readonly pictures: boolean;
}

/** A folder that was read, in every form that its kind has. */
export interface Recorded {
  /** Name of its experiment. */
  readonly kind: string;
  /** What it is called in a list: the id of a run holds its label. */
  readonly id: string;
  /** How many of its parts failed: for the exit code of the command that recorded it. */
  readonly failed: number;
  /** Of the shape of the experiment's schema; 64 bits are bigint. */
  readonly json: object;
  /** Ends with a newline. */
  text(look: TextOptions): string;
  /** Parts of a document, a newline at the end of each. */
  markdown?(): readonly string[];
  csv?(): readonly CsvRow[];
  metrics?(families: Families): void;
  readonly page?: PageForm;
  /** The run whose transactions are rows of a table. */
  readonly samples?: Run;
  /** The run whose transactions may stand in one histogram. */
  readonly histogram?: Run;
  /** What an export of a trace is made of. */
  readonly records?: TraceSource;
  readonly lacks?: Lacks;
}
