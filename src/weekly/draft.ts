// SPDX-License-Identifier: GPL-2.0-only
/** The draft of a week out of the mail before it: step by step, each a list of changes with their reasons. */
import { dropNews, markAge, settleQuiet } from './carry.ts';
import type { DraftContext, DraftSource } from './draft-context.ts';
import { Edits, joinSteps } from './edits.ts';
import { dayFirstIn } from './find-dates.ts';
import { settleFootnotes } from './footnotes.ts';
import { joinLines } from './mail-line.ts';
import { moveDates } from './move-dates.ts';
import { widthOfMail } from './new-lines.ts';
import { parseLines, parseMail } from './parse-mail.ts';
import { QuietWords } from './quiet.ts';
import { updateChecklists, updateTables } from './update-cards.ts';
import { dropMerged, updateEvents, updatePatches } from './update-entries.ts';

export type Draft = ReturnType<typeof makeDraft>;

const STEPS: readonly ((edits: Edits, context: DraftContext) => void)[] = [
  moveDates,
  dropNews,
  markAge,
  dropMerged,
  updatePatches,
  updateEvents,
  updateChecklists,
  updateTables,
  settleQuiet,
  settleFootnotes,
];

/** With what each step changed in the last mail. */
export function makeDraft(source: DraftSource) {
  const { last, earlier, span } = source;
  const first = parseMail(last.text, last.day);
  const context: DraftContext = {
    ...source,
    first,
    quiet: new QuietWords([first, ...earlier.map((text) => parseMail(text))]),
    dates: { near: span.to, dayFirst: dayFirstIn(last.text) },
    width: widthOfMail(first),
    done: [],
  };
  let mail = first;
  for (const step of STEPS) {
    const edits = new Edits(mail);
    step(edits, context);
    mail = parseLines(edits.apply(), span.to);
    context.done.push(...edits.steps);
  }
  return { text: joinLines(mail.lines), changes: joinSteps(context.done) };
}
