// SPDX-License-Identifier: GPL-2.0-only
/** What the steps of a draft look at besides the mail that they change. */
import type { Holiday } from './calendar.ts';
import type { Edits } from './edits.ts';
import type { Facts } from './facts.ts';
import type { DateContext } from './find-dates.ts';
import type { Mail } from './mail-tree.ts';
import type { PatchFact } from './patch-facts.ts';
import type { QuietWords } from './quiet.ts';
import type { Settings } from './settings.ts';
import type { Day, Span } from './week.ts';

export interface DraftSource {
  /** The last report, and the day that it is of. */
  readonly last: { readonly text: string; readonly day: Day };
  /** Older ones, the newest first: what a writer says where nothing is new. */
  readonly earlier: readonly string[];
  readonly span: Span;
  readonly settings: Settings;
  /** What is known of a week besides the mail before it. */
  readonly known: {
    readonly facts: Facts;
    readonly patches: readonly PatchFact[];
    readonly events: readonly Holiday[];
  };
}

export interface DraftContext extends DraftSource {
  /** The last report, before any step. */
  readonly first: Mail;
  readonly quiet: QuietWords;
  /** Of dates in the mail, whose year is that of the new one. */
  readonly dates: DateContext;
  /** How long its lines may become. */
  readonly width: number;
  /** What the steps before this one changed. */
  readonly done: Edits['steps'];
}
