// SPDX-License-Identifier: GPL-2.0-only
/** Reads the reports that were sent before: what they told is no news. */
import type { SentReport } from './notebook.ts';
import { parseReport } from './parse-report.ts';
import { type Earlier, Told } from './told.ts';
import { addDays, parseWeek, type Span, showWeek, sundayOf, weekOf } from './week.ts';

/** `sent` may hold reports of any week; only those before the report's own count. */
export function earlierReports(sent: readonly SentReport[], span: Span): Earlier {
  const own = showWeek(weekOf(span.from));
  const before = sent.filter(({ week }) => week < own);
  const last = showWeek(weekOf(addDays(span.from, -7)));
  const lastSent = before.filter(({ week }) => week === last);
  const newsFrom = lastSent.length === 0 ? span.from : addDays(span.from, -7);
  const parsed = before.map(({ text, week }) => parseReport(text, sundayOf(parseWeek(week) ?? weekOf(span.from))));
  return {
    span,
    newsFrom,
    isNews(day, name) {
      if (day < newsFrom || day > span.to) return false;
      return day >= span.from || !lastSent.some(({ text }) => text.includes(name));
    },
    told(key, notes) {
      const told = new Told();
      for (const report of parsed) {
        for (const card of report.cards) if (card.id === key) told.add(card.blocks);
        for (const section of report.sections) if (section.key === key) told.add(section.blocks);
      }
      for (const note of notes.notes) if (note.day < newsFrom) told.add(note.blocks);
      return told;
    },
  };
}
