// SPDX-License-Identifier: GPL-2.0-only
/** Adds what an old report says of a card to the card's file. */
import { basename, join } from 'node:path';
import { type Document, parseDocument, stringify } from 'yaml';
import { oneLine } from './block.ts';
import { configurationOf, splitState } from './config-state.ts';
import { addNotes } from './note-edit.ts';
import { letterOf, type Notebook } from './notebook.ts';
import { appendTo, type NotebookFiles } from './notebook-files.ts';
import type { ParsedCard } from './parse-report.ts';
import { NOTEBOOK_FILES, splitFrontMatter } from './read-notebook.ts';
import { type Day, parseWeek, sundayOf } from './week.ts';

/** A card's file: its front matter grows, and its notes. */
export function addCard(
  files: NotebookFiles,
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
