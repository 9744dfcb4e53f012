// SPDX-License-Identifier: GPL-2.0-only
/** What a weekly report says, before it is a mail, a page or JSON. */
import type { StateWord } from './config-state.ts';
import type { Day, Span } from './week.ts';

/** A block whose texts are those of the mail: footnotes are [1], addresses are in the footnotes. */
export type ReportBlock =
  | { readonly kind: 'item'; readonly text: string; readonly children: readonly ReportBlock[] }
  /** Lines as they are: a table of figures, or code. */
  | { readonly kind: 'verbatim'; readonly lines: readonly string[] }
  | {
      readonly kind: 'grid';
      readonly rows: readonly (readonly string[])[];
      readonly align: readonly ('left' | 'right')[];
    };

export interface ReportState {
  readonly letter: string;
  readonly name: string;
  readonly word: StateWord;
  /** Behind the word: ": reason (2026-W46) [1]", or nothing. */
  readonly more: string;
}

export interface ReportCard {
  readonly id: string;
  readonly title: string;
  readonly owner: string | null;
  /** " [1] [2]", or nothing. */
  readonly marks: string;
  readonly states: readonly ReportState[];
  /** Empty together with `states`: "(no update)". */
  readonly blocks: readonly ReportBlock[];
}

export interface ReportSection {
  readonly title: string;
  /** Empty together with `cards`: "No progress". */
  readonly blocks: readonly ReportBlock[];
  readonly cards: readonly ReportCard[];
}

export interface WeeklyReport {
  readonly schema: 1;
  /** "2026-W47". */
  readonly week: string;
  readonly span: Span;
  readonly timeZone: string;
  /** "UTC+01:00" on the last day. */
  readonly offset: string;
  readonly from: string | null;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  /** Day of the mail. */
  readonly date: Day;
  readonly sections: readonly ReportSection[];
  /** The first is [1]. */
  readonly footnotes: readonly string[];
  /** What the writer should know, and the readers need not: a label without runs. */
  readonly notices: readonly string[];
}
