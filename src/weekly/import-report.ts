/** Writes what an old report says into a notebook: cards, notes by date, states, footnotes, events. Twice adds nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, isSeq, parseDocument, stringify } from 'yaml';
import { HoplabError } from '../model/errors.ts';
import { makeFolders, ownerBehindSudo, writeAtomic } from '../run-store/write-atomic.ts';
import { type Block, oneLine } from './block.ts';
import { configurationOf, splitState } from './config-state.ts';
import { addNotes } from './note-edit.ts';
import {
  fileNameOf,
  type Holiday,
  letterOf,
  type Notebook,
  SECTION_TITLES,
  SECTIONS,
  type SentReport,
} from './notebook.ts';
import { MOST_CHARACTERS } from './notebook-schema.ts';
import type { ParsedCard, ParsedReport, ParsedSection, UnplacedLine } from './parse-report.ts';
import { NOTEBOOK_FILES, readNotebook, readSent, splitFrontMatter } from './read-notebook.ts';
import { weekName } from './report-head.ts';
import { sentName } from './sent.ts';
import { type Day, parseWeek, sundayOf } from './week.ts';

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
  const files = new Files(folder);
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

/** Files of the notebook as they will be: written at the end, and only what has changed. */
class Files {
  readonly folder: string;
  readonly #texts = new Map<string, string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  read(path: string): string | null {
    const file = join(this.folder, path);
    return this.#texts.get(path) ?? (existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : null);
  }

  put(path: string, text: string): void {
    if (this.read(path) !== text) this.#texts.set(path, text);
  }

  async write(): Promise<void> {
    const owner = ownerBehindSudo();
    for (const [path, text] of this.#texts) {
      const file = join(this.folder, path);
      await makeFolders(join(file, '..'), owner);
      await writeAtomic(file, text, owner);
    }
  }
}

/** What is there, or a new one whose head is that of the report. */
function openNotebook(files: Files, report: ParsedReport): Pick<Notebook, 'cards' | 'holidays'> {
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

function addPrograms(files: Files, { sections }: ParsedReport): number {
  const document = parseDocument(files.read(NOTEBOOK_FILES.notebook) ?? '');
  const known = namesIn(document, 'programs');
  const wanted = [...new Set(sections.filter(({ key }) => key.startsWith('program:')).map(({ title }) => title))];
  const missing = wanted.filter((name) => !known.includes(name));
  appendTo(document, 'programs', missing);
  if (missing.length > 0) files.put(NOTEBOOK_FILES.notebook, document.toString({ lineWidth: 0 }));
  return missing.length;
}

function namesIn(document: Document, key: string): string[] {
  const list = document.get(key);
  return isSeq(list) ? list.items.map((each) => oneLine(String(document.createNode(each).toJSON()))) : [];
}

function appendTo(document: Document, key: string, values: readonly unknown[]): void {
  if (values.length === 0) return;
  const list = document.get(key);
  if (isSeq(list)) {
    // [a, b] on one line grows without end.
    list.flow = false;
    for (const value of values) list.add(document.createNode(value));
  } else document.set(key, document.createNode(values));
}

/** A card's file: its front matter grows, and its notes. */
function addCard(
  files: Files,
  notebook: Pick<Notebook, 'cards'>,
  card: ParsedCard,
  day: Day,
  footnotes: ReadonlyMap<string, string>,
): number {
  const known = notebook.cards.find(({ id }) => id === card.id);
  const path =
    known === undefined
      ? join(NOTEBOOK_FILES.cards, `${card.id}.md`)
      : join(NOTEBOOK_FILES.cards, basename(known.file));
  const text = files.read(path) ?? newCard(card, day);
  const parts = splitFrontMatter(text);
  if (parts === null) throw new Error(`a card without front matter: ${path}`);
  const document = parseDocument(parts.yaml);
  const before = document.toString({ lineWidth: 0 });
  const names = configurationNames(document);
  const all = [...names];
  for (const { name } of card.states) if (!all.some((each) => same(each, name))) all.push(name);
  appendTo(document, 'configurations', all.slice(names.length));
  const links = namesOrOne(document, 'links');
  const newLinks = card.links.filter((link) => !links.includes(link));
  if (newLinks.length > 0) document.set('links', document.createNode([...links, ...newLinks]));
  if (card.title !== null && (known === undefined || known.notes.notes.every((note) => note.day <= day)))
    document.set('title', card.title);
  const since = document.get('since');
  if (typeof since === 'string' && since > day) document.set('since', day);
  const after = document.toString({ lineWidth: 0 });
  let body = parts.body;
  let added = 0;
  for (const [date, states] of statesByDay(card, all, day)) {
    const edited = addNotes(body, { day: date, blocks: date === day ? card.blocks : [], states, footnotes });
    body = edited.text;
    added += edited.added;
  }
  files.put(
    path,
    `---\n${after === before ? parts.yaml : after}---\n${body.startsWith('\n') || body === '' ? '' : '\n'}${body}`,
  );
  return added;
}

function newCard(card: ParsedCard, day: Day): string {
  const head = {
    id: card.id,
    title: card.title ?? card.id,
    program: card.program,
    ...(card.owner === null ? {} : { owner: card.owner }),
    since: day,
  };
  return `---\n${stringify(head, { lineWidth: 0 })}---\n`;
}

function configurationNames(document: Document): string[] {
  const list: unknown = document.toJS()?.configurations;
  if (!Array.isArray(list)) return [];
  return list.map((each: unknown) =>
    oneLine(typeof each === 'object' && each !== null && 'name' in each ? String(each.name) : String(each)),
  );
}

function namesOrOne(document: Document, key: string): string[] {
  const value: unknown = document.toJS()?.[key];
  return Array.isArray(value)
    ? value.map((each) => oneLine(String(each)))
    : typeof value === 'string'
      ? [oneLine(value)]
      : [];
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

type States = { readonly letter: string; readonly text: string }[];

/** The day of the report always; a state from an earlier week goes to the end of that week. */
function statesByDay(card: ParsedCard, names: readonly string[], day: Day): Map<Day, States> {
  const configurations = names.map((name, index) => ({
    letter: letterOf(index),
    name,
    path: null,
    runs: [],
    diagnosis: null,
  }));
  const byDay = new Map<Day, States>([[day, []]]);
  for (const { name, said, week } of card.states) {
    if (said === '') continue;
    const asked = week === null ? null : parseWeek(week);
    const date = asked === null ? day : sundayOf(asked);
    const letter = configurations.find((each) => same(each.name, name))?.letter ?? 'a';
    const text = `${name} ... ${said}`;
    // What would be read back as another configuration is named by its letter alone.
    const read = configurationOf({ configurations }, { letter, text, line: 0 });
    const isClear = read?.letter === letter && splitState(text, [read.name]).rest === said;
    byDay.set(date, [...(byDay.get(date) ?? []), { letter, text: isClear ? text : said }]);
  }
  return byDay;
}

function addSection(
  files: Files,
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

function addEvents(files: Files, { holidays }: Pick<Notebook, 'holidays'>, events: readonly Holiday[]): number {
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
function keepSent(files: Files, sent: readonly SentReport[], week: string, text: string): void {
  const plain = `${text.replace(/\r\n?/g, '\n').replace(/\s+$/, '')}\n`;
  const same = sent.filter((report) => report.week === week);
  if (same.some((report) => report.text === plain)) return;
  files.put(join(NOTEBOOK_FILES.sent, `${sentName(week, same.length)}.txt`), plain);
}

function keepUnplaced(files: Files, unplaced: readonly UnplacedLine[], name: string, week: string): string | null {
  if (unplaced.length === 0) return null;
  const path = join(NOTEBOOK_FILES.unplaced, `${week}-${fileNameOf(basename(name))}.txt`);
  files.put(path, `${unplaced.map(({ line, text }) => `${line}: ${text}`).join('\n')}\n`);
  return path;
}
