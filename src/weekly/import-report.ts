// SPDX-License-Identifier: GPL-2.0-only
/** Writes what an old report says into a notebook: cards, notes by date, states, footnotes, events. Twice adds nothing. */
import { basename, join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { HoplabError } from '../model/errors.ts';
import { type Block, oneLine } from './block.ts';
import { addCard } from './import-card.ts';
import { addNotes } from './note-edit.ts';
import { fileNameOf, type Holiday, type Notebook, SECTION_TITLES, SECTIONS, type SentReport } from './notebook.ts';
import { appendTo, NotebookFiles, namesIn } from './notebook-files.ts';
import { MOST_CHARACTERS } from './notebook-schema.ts';
import type { ParsedReport, ParsedSection, UnplacedLine } from './parse-report.ts';
import { NOTEBOOK_FILES, readNotebook, readSent } from './read-notebook.ts';
import { weekName } from './report-head.ts';
import { sentName } from './sent.ts';
import type { Day } from './week.ts';

export interface Imported {
  readonly name: string;
  readonly day: Day;
  readonly week: string;
  readonly newCards: readonly string[];
  /** Blocks, states and events that were not there before. */
  readonly added: number;
  readonly unplaced: readonly UnplacedLine[];
  /** Where they are kept, relative to the notebook; null where there are none. */
  readonly unplacedFile: string | null;
}

export interface ReportToImport {
  /** As it is named to the user. */
  readonly name: string;
  readonly text: string;
  readonly report: ParsedReport;
}

/** Makes the notebook where there is none. Throws REPORT_UNREADABLE for a report without a date, and for one without content. */
export async function importReport(folder: string, { name, text, report: read }: ReportToImport): Promise<Imported> {
  const report = shortened(read);
  const { day } = report.head;
  if (day === null) {
    throw new HoplabError({
      code: 'REPORT_UNREADABLE',
      message: `import the report ${name}: nothing in it says its date`,
      hint: 'hoplab weekly import --date 2022-03-04 FILE',
    });
  }
  if (report.cards.length === 0 && report.sections.length === 0) {
    throw new HoplabError({
      code: 'REPORT_UNREADABLE',
      message: `import the report ${name}: it has neither a === section === nor a [CARD-1] heading`,
      hint: 'docs/weekly.md shows the layout that is read',
    });
  }
  const files = new NotebookFiles(folder);
  const notebook = openNotebook(files, report);
  const footnotes = new Map([...report.footnotes].map(([number, note]) => [String(number), note]));
  const newCards: string[] = [];
  let added = addPrograms(files, report);
  for (const card of report.cards) {
    if (!notebook.cards.some(({ id }) => id === card.id) && !newCards.includes(card.id)) newCards.push(card.id);
    added += addCard(files, notebook, card, day, footnotes);
  }
  for (const section of report.sections) added += addSection(files, section, day, footnotes);
  added += addEvents(
    files,
    notebook,
    report.sections.flatMap(({ events }) => events),
  );
  const week = weekName(day);
  keepSent(files, readSent(folder), week, text);
  const unplacedFile = keepUnplaced(files, report.unplaced, name, week);
  await files.write();
  return { name, day, week, newCards, added, unplaced: report.unplaced, unplacedFile };
}

/** Names as long as a notebook takes them; the whole of them is in sent/. */
function shortened(report: ParsedReport): ParsedReport {
  const cut = (text: string): string =>
    oneLine(
      Array.from(text)
        .slice(0, MOST_CHARACTERS / 2)
        .join(''),
    );
  return {
    ...report,
    sections: report.sections.map((section) => ({
      ...section,
      title: cut(section.title),
      key: section.key.startsWith('program:') ? `program:${cut(section.title)}` : section.key,
      events: section.events.map((event) => ({ ...event, what: cut(event.what) })),
    })),
    cards: report.cards.map((card) => ({
      ...card,
      title: card.title === null ? null : cut(card.title),
      program: cut(card.program),
      links: card.links.map(cut),
      states: card.states.map((state) => ({ ...state, name: cut(state.name) })),
    })),
  };
}

/** What is there, or a new one whose head is that of the report. */
function openNotebook(files: NotebookFiles, report: ParsedReport): Pick<Notebook, 'cards' | 'holidays'> {
  if (files.read(NOTEBOOK_FILES.notebook) !== null) return readNotebook(files.folder);
  const { fields, timeZone, day } = report.head;
  const week = day === null ? '' : weekName(day);
  const list = (name: string) =>
    (fields.get(name) ?? '')
      .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
      .map(oneLine)
      .filter((each) => each !== '');
  const titles = report.sections.filter(({ key }) => SECTIONS.some((name) => name === key));
  const sections = Object.fromEntries(
    SECTIONS.map((name) => [name, titles.find(({ key }) => key === name)?.title ?? SECTION_TITLES[name]]),
  );
  const subject = (fields.get('subject') ?? '').replaceAll(week === '' ? '{week}' : week, '{week}');
  const head = {
    ...(fields.has('from') ? { from: fields.get('from') } : {}),
    ...(fields.has('to') ? { to: list('to') } : {}),
    ...(fields.has('cc') ? { cc: list('cc') } : {}),
    ...(subject === ''
      ? {}
      : { subject: /\{week\}/.test(subject) || report.head.isOurs ? subject : `${subject}, {week}` }),
    ...(timeZone === null ? {} : { timezone: timeZone }),
    programs: [],
    sections,
  };
  files.put(
    NOTEBOOK_FILES.notebook,
    `# Made by hoplab weekly import; docs/weekly.md describes every key.\n${stringify(head, { lineWidth: 0 })}`,
  );
  return { cards: [], holidays: [] };
}

function addPrograms(files: NotebookFiles, { sections }: ParsedReport): number {
  const document = parseDocument(files.read(NOTEBOOK_FILES.notebook) ?? '');
  const known = namesIn(document, 'programs');
  const wanted = [...new Set(sections.filter(({ key }) => key.startsWith('program:')).map(({ title }) => title))];
  const missing = wanted.filter((name) => !known.includes(name));
  appendTo(document, 'programs', missing);
  if (missing.length > 0) files.put(NOTEBOOK_FILES.notebook, document.toString({ lineWidth: 0 }));
  return missing.length;
}

function addSection(
  files: NotebookFiles,
  { key, title, blocks }: ParsedSection,
  day: Day,
  footnotes: ReadonlyMap<string, string>,
): number {
  if (blocks.length === 0) return 0;
  const name = SECTIONS.find((each) => each === key);
  const path =
    name === undefined ? join(NOTEBOOK_FILES.programs, `${fileNameOf(title)}.md`) : NOTEBOOK_FILES.sections[name];
  const text = files.read(path) ?? `# ${title}\n`;
  const edited = addNotes(text, { day, blocks: blocks as readonly Block[], states: [], footnotes });
  files.put(path, edited.text);
  return edited.added;
}

function addEvents(files: NotebookFiles, { holidays }: Pick<Notebook, 'holidays'>, events: readonly Holiday[]): number {
  const key = ({ from, to, what }: Holiday) => JSON.stringify([from, to, what.toLowerCase()]);
  const known = new Set(holidays.map(key));
  const missing = events.filter((event) => !known.has(key(event)));
  if (missing.length === 0) return 0;
  const entries = missing.map(({ from, to, what }) => (from === to ? { date: from, what } : { from, to, what }));
  const text = files.read(NOTEBOOK_FILES.events) ?? '';
  files.put(
    NOTEBOOK_FILES.events,
    `${text.replace(/\s*$/, text.trim() === '' ? '' : '\n')}${stringify(entries, { lineWidth: 0 })}`,
  );
  return missing.length;
}

/** An old report was sent: what it says is no news in later ones. */
function keepSent(files: NotebookFiles, sent: readonly SentReport[], week: string, text: string): void {
  const plain = `${text.replace(/\r\n?/g, '\n').replace(/\s+$/, '')}\n`;
  const same = sent.filter((report) => report.week === week);
  if (same.some((report) => report.text === plain)) return;
  files.put(join(NOTEBOOK_FILES.sent, `${sentName(week, same.length)}.txt`), plain);
}

function keepUnplaced(
  files: NotebookFiles,
  unplaced: readonly UnplacedLine[],
  name: string,
  week: string,
): string | null {
  if (unplaced.length === 0) return null;
  const path = join(NOTEBOOK_FILES.unplaced, `${week}-${fileNameOf(basename(name))}.txt`);
  files.put(path, `${unplaced.map(({ line, text }) => `${line}: ${text}`).join('\n')}\n`);
  return path;
}
