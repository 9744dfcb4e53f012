// SPDX-License-Identifier: GPL-2.0-only
/** A kind of check: rows that are data, columns that are opened, and how one is asked the other. */
import type { CheckColumn, CheckRow, CheckVerdict } from '../model/check.ts';
import type { Requirement } from '../model/requirement.ts';

/** What came of a row in a column. */
export type Finding = Pick<CheckVerdict, 'outcome' | 'found' | 'words' | 'evidence'>;

export interface Check {
  /** The word of the command line: "firmware". */
  readonly name: string;
  /** What it asks, for help. */
  readonly summary: string;
  /** What a column is, as a noun: "build". */
  readonly subject: string;
  /** The word for columns in the usage: "BUILD". */
  readonly word: string;
  /** What the words may be, for help and errors. */
  readonly wordMeans: string;
  /** Where none is named. */
  readonly defaults: readonly string[];
  /** Data; probed before anything is started. */
  readonly requires: readonly Requirement[];
  /** Fetches what its defaults are made of, where that is not there; absent = nothing is fetched. Throws SETUP_FAILED. */
  readonly prepare?: (context: OpenContext) => Promise<void>;
  readonly rows: readonly CheckRow[];
  /** How many rows of a subject are asked at the same time, and the ids of those that are asked alone, because they time something. */
  readonly atOnce: { readonly most: number; readonly alone: readonly string[] };
  /** A column for each word, in their order. Throws USAGE, SETUP_FAILED. */
  open(words: readonly string[], context: OpenContext): Promise<readonly CheckSubject[]>;
}

export interface OpenContext {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** A column that can be asked. */
export interface CheckSubject {
  readonly column: CheckColumn;
  /** Throws where it cannot be asked: that becomes could-not-look. */
  ask(row: string, context: AskContext): Promise<Finding>;
}

export interface AskContext {
  readonly signal: AbortSignal;
  /** A file of the run folder for what is said meanwhile. */
  readonly logPath: (name: string) => string;
}
