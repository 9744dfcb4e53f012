// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a notebook: what an engineer keeps between two weekly reports. */
import type { NoteFile } from './note.ts';
import type { Day } from './week.ts';

export const CARD_STATES = ['active', 'paused', 'done'] as const;
type CardState = (typeof CARD_STATES)[number];

/** Columns that a table of figures may have; RTTs in microseconds. */
export const COLUMNS = [
  'path',
  'n',
  'lost',
  'min',
  'avg',
  'max',
  'stddev',
  'p50',
  'p90',
  'p99',
  'p99.9',
  'rate',
] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** The order that netperf prints in, and that its users read. */
export const DEFAULT_COLUMNS: readonly ColumnName[] = ['path', 'n', 'min', 'avg', 'max', 'stddev', 'p50', 'p99'];

export const SECTIONS = ['patches', 'issues', 'events'] as const;
export type SectionName = (typeof SECTIONS)[number];

export const SECTION_TITLES: Readonly<Record<SectionName, string>> = {
  patches: 'Patch status',
  issues: 'Issues',
  events: 'Travel & Holiday & Event',
};

/** One line of a card's checklist, and where its state comes from. */
export interface Configuration {
  /** "a" to "z", then "aa". */
  readonly letter: string;
  readonly name: string;
  /** A path of the runs; null = its state is noted by hand, or comes from diagnoses alone. */
  readonly path: string | null;
  /** Labels or ids of runs; those of the card where the file gives none. */
  readonly runs: readonly string[];
  readonly diagnosis: { readonly lab: string | null; readonly path: string } | null;
}

/** A series of patches by the words that find it. */
export interface SeriesRef {
  /** The title of its cover letter, or of its only patch. */
  readonly series: string;
  /** Name of a clone; null = any of them. */
  readonly repo: string | null;
  /** Subjects or patch-ids, where no mailbox tells them. */
  readonly patches: readonly string[];
}

export interface Card {
  readonly id: string;
  readonly title: string;
  readonly program: string;
  /** null = active as long as something happened within a quarter of a year. */
  readonly state: CardState | null;
  readonly owner: string | null;
  /** The card is older than its first note. */
  readonly since: Day | null;
  readonly configurations: readonly Configuration[];
  readonly runs: readonly string[];
  readonly patches: readonly SeriesRef[];
  readonly links: readonly string[];
  readonly file: string;
  readonly notes: NoteFile;
}

export interface Clone {
  readonly name: string;
  readonly path: string;
  /** null = what the clone calls its upstream, else HEAD. */
  readonly branch: string | null;
  /** Releases are the tags that match. */
  readonly tags: string | null;
}

/** Somebody is away, or something happens; both days included. */
export interface Holiday {
  readonly from: Day;
  readonly to: Day;
  readonly what: string;
  /** Every year on these days. */
  readonly yearly: boolean;
}

export interface Program {
  readonly name: string;
  /** What is noted of the program itself, without a card. */
  readonly notes: NoteFile;
}

export interface Notebook {
  readonly folder: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** {name} and {week} are filled in. */
  readonly subject: string;
  readonly timeZone: string;
  /** Folder of runs; null = the one that all commands use. */
  readonly runs: string | null;
  readonly programs: readonly Program[];
  readonly cards: readonly Card[];
  readonly clones: readonly Clone[];
  /** Absolute paths. */
  readonly mailboxes: readonly string[];
  readonly calendars: readonly string[];
  readonly holidays: readonly Holiday[];
  readonly columns: readonly ColumnName[];
  /** In their order; the title of each. */
  readonly sections: readonly { readonly name: SectionName; readonly title: string; readonly notes: NoteFile }[];
  /** Weeks that a figure stays in its table without being measured again. */
  readonly carryWeeks: number;
  /** Weeks after the report's that events are told of. */
  readonly aheadWeeks: number;
}

/** What is kept of a report that was sent. */
export interface SentReport {
  /** "2026-W47". */
  readonly week: string;
  readonly file: string;
  readonly text: string;
}

/** 0 -> "a", 25 -> "z", 26 -> "aa". */
export function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : `${letterOf(Math.floor(index / 26) - 1)}${letter}`;
}

/** "program: KVM networking" -> kvm-networking: a name for a file. */
export function fileNameOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  if (plain !== '') return plain;
  // A name of another script: its code points say which.
  const points = Array.from(name, (sign) => (sign.codePointAt(0) ?? 0).toString(16));
  return `x-${points.join('').slice(0, 56)}`;
}

export function emptyNotes(): NoteFile {
  return { notes: [], footnotes: new Map(), preamble: '' };
}
