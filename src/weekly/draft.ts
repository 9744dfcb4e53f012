// SPDX-License-Identifier: GPL-2.0-only
/** The draft of a week out of the mail before it: step by step, each a list of changes with their reasons. */
import type { Holiday } from './calendar.ts';
import { dropNews, markAge, settleQuiet } from './carry.ts';
import { type Change, type Edits, joinSteps } from './edits.ts';
import { widthOfMail } from './entry-style.ts';
import type { Facts } from './facts.ts';
import { dayFirstIn } from './find-dates.ts';
import { settleFootnotes, unmarkedNotes } from './footnotes.ts';
import { joinLines } from './mail-line.ts';
import type { Mail } from './mail-tree.ts';
import { moveDates } from './move-dates.ts';
import { parseLines, parseMail } from './parse-mail.ts';
import type { PatchFact } from './patch-facts.ts';
import { QuietWords } from './quiet.ts';
import { factsOfCards } from './run-cards.ts';
import type { Settings } from './settings.ts';
import { updateChecklists } from './update-checklists.ts';
import { updateEvents } from './update-events.ts';
import { dropMerged, updatePatches } from './update-patches.ts';
import { updateTables } from './update-tables.ts';
import { type Day, type Span, weekOf } from './week.ts';

/** What is known of a week besides the mail before it. */
export interface WeekFacts {
  readonly facts: Facts;
  readonly patches: readonly PatchFact[];
  readonly events: readonly Holiday[];
}

export interface DraftSource {
  /** The last report, and the day that it is of. */
  readonly last: { readonly text: string; readonly day: Day };
  /** Older ones, the newest first: what a writer says where nothing is new. */
  readonly earlier: readonly string[];
  readonly span: Span;
  readonly settings: Settings;
  readonly known: WeekFacts;
}

export interface Draft {
  readonly text: string;
  readonly changes: readonly Change[];
}

export function makeDraft({ last, earlier, span, settings, known }: DraftSource): Draft {
  const first = parseMail(last.text, last.day);
  const quiet = new QuietWords([first, ...earlier.map((text) => parseMail(text))]);
  const notes = unmarkedNotes(first);
  const dates = { near: span.to, dayFirst: dayFirstIn(last.text) };
  const age = { quiet, week: weekOf(last.day) };
  const width = widthOfMail(first);
  const done: Edits['steps'][number][] = [];
  const placesOf = (about: RegExp) => new Set(done.filter(({ why }) => about.test(why)).map(({ place }) => place));
  const steps: readonly ((mail: Mail) => Edits)[] = [
    (mail) => moveDates(mail, { from: last.day, to: span.to, context: { ...dates, near: last.day } }),
    (mail) => dropNews(mail, age),
    (mail) => markAge(mail, age),
    dropMerged,
    (mail) => updatePatches(mail, known.patches, { dates, width }),
    (mail) => updateEvents(mail, { from: span.from, events: known.events, dates }),
    (mail) => updateChecklists(mail, factsOfCards(mail, known.facts, settings), width),
    (mail) => updateTables(mail, factsOfCards(mail, known.facts, settings), width),
    (mail) => settleQuiet(mail, { quiet, told: placesOf(/^(?:run|diagnosis) /), aged: placesOf(/^new last week$/) }),
    (mail) => settleFootnotes(mail, notes),
  ];
  let mail = first;
  for (const step of steps) {
    const edits = step(mail);
    mail = parseLines(edits.apply(mail.lines), span.to);
    done.push(...edits.steps);
  }
  return { text: joinLines(mail.lines), changes: joinSteps(done) };
}
