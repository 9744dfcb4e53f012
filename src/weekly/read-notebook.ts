// SPDX-License-Identifier: GPL-2.0-only
/** Reads a notebook folder: everything of it, or one error that lists every problem with file and line. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { z } from 'zod';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { listProblems, type PlacedProblem, problemLines } from '../schema/file-problem.ts';
import { jsonSchemaOf, knownKeys } from '../schema/json-schema.ts';
import { explainIssues } from '../schema/schema-issues.ts';
import { parseYamlText } from '../schema/yaml-text.ts';
import { oneLine } from './block.ts';
import { parseNotes } from './markdown.ts';
import type { NoteFile } from './note.ts';
import {
  type Card,
  emptyNotes,
  fileNameOf,
  type Holiday,
  letterOf,
  type Notebook,
  type Program,
  SECTIONS,
  type SentReport,
} from './notebook.ts';
import { cardSchema, eventsSchema, notebookSchema } from './notebook-schema.ts';
import { parseWeek, showWeek } from './week.ts';

/** The names of everything in a notebook folder. */
export const NOTEBOOK_FILES = {
  notebook: 'notebook.yaml',
  cards: 'cards',
  programs: 'programs',
  sections: { patches: 'patches.md', issues: 'issues.md', events: 'events.md' },
  events: 'events.yaml',
  sent: 'sent',
  unplaced: 'unplaced',
} as const;

const MOST_BYTES = 16 << 20;

/** Collects what is wrong, file by file. */
class Problems {
  readonly lines: string[] = [];

  add(file: string, problems: readonly PlacedProblem[]): void {
    this.lines.push(...problemLines(file, problems));
  }

  throwIfAny(folder: string): void {
    if (this.lines.length === 0) return;
    throw new HoplabError({
      code: 'NOTEBOOK_INVALID',
      message: `read the notebook ${folder}: ${listProblems(this.lines)}`,
      hint: 'docs/weekly.md describes every key',
    });
  }
}

/** Throws NOTEBOOK_NOT_FOUND and NOTEBOOK_INVALID. */
export function readNotebook(folder: string): Notebook {
  const root = resolve(folder);
  const problems = new Problems();
  const file = join(root, NOTEBOOK_FILES.notebook);
  if (!existsSync(file)) throw notFound(folder);
  const head = parseFile(notebookSchema, readText(file, problems) ?? '', { file, problems });
  const cards = readCards(root, problems);
  const notesOf = (path: string): NoteFile => readNotes(join(root, path), problems);
  const holidays = readEvents(root, problems);
  const names = [...new Set([...(head?.programs ?? []), ...cards.map(({ program }) => program)])];
  const programs = names.map(
    (name): Program => ({ name, notes: notesOf(join(NOTEBOOK_FILES.programs, `${fileNameOf(name)}.md`)) }),
  );
  const sections = SECTIONS.flatMap((name) => {
    const title = head?.sections[name] ?? null;
    return title === null ? [] : [{ name, title, notes: notesOf(NOTEBOOK_FILES.sections[name]) }];
  });
  problems.throwIfAny(folder);
  if (head === null) throw new Error('a notebook without a head and without a problem');
  const at = (path: string): string => pathFrom(root, path);
  return {
    folder: root,
    name: head.name,
    from: head.from ?? null,
    to: head.to,
    cc: head.cc,
    subject: head.subject,
    timeZone: head.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    runs: head.runs === undefined ? null : at(head.runs),
    programs,
    cards,
    clones: head.clones.map(({ name, path, branch = null, tags = null }) => ({ name, path: at(path), branch, tags })),
    mailboxes: head.mailboxes.map(at),
    calendars: head.holidays.map(at),
    holidays,
    columns: head.columns,
    sections,
    carryWeeks: head.carry,
    aheadWeeks: head.ahead,
  };
}

/** The reports that were sent, the oldest first. */
export function readSent(folder: string): SentReport[] {
  const root = join(folder, NOTEBOOK_FILES.sent);
  return namesIn(root).flatMap((name) => {
    const week = parseWeek(/^(\d{4}-W\d\d)(?:-\d+)?\.txt$/.exec(name)?.[1] ?? '');
    const text = week === null ? null : readText(join(root, name), new Problems());
    return week === null || text === null ? [] : [{ week: showWeek(week), file: join(root, name), text }];
  });
}

function notFound(folder: string): HoplabError {
  return new HoplabError({
    code: 'NOTEBOOK_NOT_FOUND',
    message: `read the notebook: there is no ${NOTEBOOK_FILES.notebook} in ${resolve(folder)}`,
    hint: 'hoplab weekly init makes one; --notebook DIR or HOPLAB_NOTEBOOK names one elsewhere',
  });
}

function readCards(root: string, problems: Problems): Card[] {
  const folder = join(root, NOTEBOOK_FILES.cards);
  const cards: Card[] = [];
  for (const name of namesIn(folder)) {
    if (!name.endsWith('.md')) continue;
    const file = join(folder, name);
    const text = readText(file, problems);
    const card = text === null ? null : parseCard(text, file, problems);
    if (card === null) continue;
    const twin = cards.find(({ id }) => id === card.id);
    if (twin === undefined) cards.push(card);
    else problems.add(file, [{ line: 2, column: 1, text: `id: ${card.id} is also the card of ${twin.file}` }]);
  }
  return cards.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** The lines between the first two `---`, and where the rest begins; null where there are none. */
export function splitFrontMatter(
  text: string,
): { readonly yaml: string; readonly body: string; readonly bodyLine: number } | null {
  const found = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)^---[ \t]*(?:\r?\n|$)/m.exec(text);
  if (found === null || found.index !== 0) return null;
  const yaml = found[1] ?? '';
  return { yaml, body: text.slice(found[0].length), bodyLine: yaml.split('\n').length + 2 };
}

function parseCard(text: string, file: string, problems: Problems): Card | null {
  const parts = splitFrontMatter(text);
  if (parts === null) {
    const words = 'a card begins with its front matter between two lines of ---';
    problems.add(file, [{ line: 1, column: 1, text: words }]);
    return null;
  }
  const head = parseFile(cardSchema, parts.yaml, { file, problems, firstLine: 2 });
  const notes = notesFrom(parts.body, file, problems, parts.bodyLine);
  if (head === null) return null;
  return {
    id: head.id,
    title: head.title,
    program: head.program,
    state: head.state ?? null,
    owner: head.owner ?? null,
    since: head.since ?? null,
    configurations: head.configurations.map(({ name, path = null, runs, diagnosis }, index) => ({
      letter: letterOf(index),
      name,
      path,
      runs: runs ?? head.runs,
      diagnosis: diagnosis === undefined ? null : diagnosisOf(diagnosis),
    })),
    runs: head.runs,
    patches: head.patches.map(({ series, repo = null, patches }) => ({ series, repo, patches })),
    links: head.links,
    file,
    notes,
  };
}

function diagnosisOf(text: string): { readonly lab: string | null; readonly path: string } {
  const at = text.indexOf('/');
  return at === -1 ? { lab: null, path: text } : { lab: text.slice(0, at), path: text.slice(at + 1) };
}

function readNotes(file: string, problems: Problems): NoteFile {
  if (!existsSync(file)) return emptyNotes();
  const text = readText(file, problems);
  return text === null ? emptyNotes() : notesFrom(text, file, problems, 1);
}

function notesFrom(text: string, file: string, problems: Problems, firstLine: number): NoteFile {
  const { file: notes, problems: found } = parseNotes(text, firstLine);
  problems.add(
    file,
    found.map((problem) => ({ ...problem, column: 1 })),
  );
  return notes;
}

function readEvents(root: string, problems: Problems): Holiday[] {
  const file = join(root, NOTEBOOK_FILES.events);
  if (!existsSync(file)) return [];
  const text = readText(file, problems);
  const list =
    text === null || text.replace(/^\s*(#.*)?$/gm, '').trim() === ''
      ? []
      : parseFile(eventsSchema, text, { file, problems });
  return (list ?? []).map(({ date, from = date ?? '', to = from, what, yearly }) => ({ from, to, what, yearly }));
}

interface Source {
  readonly file: string;
  readonly problems: Problems;
  readonly firstLine?: number;
}

function parseFile<T>(schema: z.ZodType<T>, text: string, { file, problems, firstLine = 1 }: Source): T | null {
  const yaml = parseYamlText(text, firstLine);
  if (yaml.kind === 'syntax') {
    problems.add(file, yaml.problems);
    return null;
  }
  const parsed = schema.safeParse(yaml.input);
  const found = parsed.success
    ? []
    : explainIssues(parsed.error.issues, {
        input: yaml.input,
        knownKeys: (path) => knownKeys(jsonSchemaOf(schema), path),
      });
  problems.add(file, [...yaml.duplicates, ...found.map(yaml.place)]);
  return parsed.success ? parsed.data : null;
}

function readText(file: string, problems: Problems): string | null {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > MOST_BYTES) throw new Error(`${stat.size} bytes, more than the ${MOST_BYTES} that are read`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.add(file, [{ line: 1, column: 1, text: oneLine(reasonOf(error)) }]);
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch {
    return []; // a notebook without cards or sent reports yet
  }
}

/** "~/Mail" and paths relative to the notebook. */
function pathFrom(root: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : join(root, path);
}
