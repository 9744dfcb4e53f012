// SPDX-License-Identifier: GPL-2.0-only
/** The notes of a notebook once they are read: what was noted on which day. */
import type { Block } from './block.ts';
import type { Day } from './week.ts';

/** What was noted on one day. */
export interface Note {
  readonly day: Day;
  /** Of its heading in the file, from 1. */
  readonly line: number;
  readonly blocks: readonly Block[];
  /** "a. tap + bridge: OK": what somebody says of a configuration. */
  readonly states: readonly NotedState[];
}

/** A lettered line of a note. */
export interface NotedState {
  readonly letter: string;
  readonly text: string;
  readonly line: number;
}

export interface NoteFile {
  /** Oldest first; one entry a heading. */
  readonly notes: readonly Note[];
  /** "1" -> its text. */
  readonly footnotes: ReadonlyMap<string, string>;
  /** The text before the first dated heading, which is not reported. */
  readonly preamble: string;
}

export interface NoteProblem {
  readonly line: number;
  readonly text: string;
}
