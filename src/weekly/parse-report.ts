// SPDX-License-Identifier: GPL-2.0-only
/** Reads a weekly report in plain text back into its parts: ours to the letter, and hand-written ones with their habits. */
import { type Block, oneLine } from './block.ts';
import { parseEvent } from './calendar.ts';
import { parseState, splitState } from './config-state.ts';
import { FootnoteMarker } from './footnote-marker.ts';
import { CARD, FOOTNOTE_LINE, SECTION } from './layout.ts';
import { type Holiday, SECTION_TITLES, SECTIONS, type SectionName } from './notebook.ts';
import { parseRegion } from './parse-region.ts';
import type { RegionLine } from './region-line.ts';
import { parseHead, type ReportHead, unquote } from './report-head.ts';
import type { Day } from './week.ts';

interface ParsedState {
  readonly letter: string;
  readonly name: string;
  /** "failed: reason [^1]"; empty where the report knows of no test yet. */
  readonly said: string;
  /** The week that the state is from, where the report names an earlier one. */
  readonly week: string | null;
}

export interface ParsedCard {
  readonly id: string;
  /** null where the heading has none. */
  readonly title: string | null;
  readonly owner: string | null;
  readonly program: string;
  readonly links: readonly string[];
  readonly states: readonly ParsedState[];
  readonly blocks: readonly Block[];
}

export interface ParsedSection {
  readonly title: string;
  /** "program:NAME", or the name of a section. */
  readonly key: string;
  readonly blocks: readonly Block[];
  readonly events: readonly Holiday[];
}

export interface UnplacedLine {
  readonly line: number;
  readonly text: string;
}

/** Texts of blocks and states are Markdown: [^1] is the footnote 1 of the mail. */
export interface ParsedReport {
  readonly head: ReportHead;
  readonly sections: readonly ParsedSection[];
  readonly cards: readonly ParsedCard[];
  readonly footnotes: ReadonlyMap<number, string>;
  /** What stands where nothing of this layout does, with its line in the file. */
  readonly unplaced: readonly UnplacedLine[];
}

const SECTION_WORDS: Readonly<Record<SectionName, RegExp>> = {
  patches: /^(?:upstream )?patch(?:es)?(?: status)?$/i,
  issues:
    /^(?:open )?(?:issues?|problems?|blockers?|risks?)(?: ?(?:&|and|\/|,) ?(?:issues?|problems?|blockers?|risks?))*$/i,
  events: /\b(?:travel|holidays?|events?|vacations?|leave|absences?)\b/i,
};
/** "* [STR-68] title" and "STR-68: title", as people write it. */
const LOOSE_CARD = /^(?:[-*+•]\s+)?\[?([A-Z][A-Z0-9]{1,15}-\d{1,7})\]?\s*[:-]?\s*(.*)$/;
const UNDERLINE = /^\s{0,3}(?:={3,}|-{3,}|~{3,})\s*$/;
const NO_PROGRAM = 'General';

interface Region {
  readonly kind: 'none' | 'section' | 'card' | 'footnotes';
  readonly title: string;
  readonly heading: RegionLine;
  readonly lines: RegionLine[];
}

/** `fallback` is the day of a report that does not say its own. */
export function parseReport(text: string, fallback: Day | null = null): ParsedReport {
  const all = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line, index): RegionLine => ({ text: line.trimEnd(), line: index + 1 }));
  const { lines, outside } = unquote(all);
  const { head, rest, left } = parseHead(lines, fallback);
  const regions = splitRegions(rest, head.isOurs);
  const footnotes = new Map<number, string>();
  const unplaced: UnplacedLine[] = [...outside, ...left];
  for (const region of regions) takeFootnotes(region, head.isOurs, footnotes);
  const marker = new FootnoteMarker(footnotes, head.isOurs);
  const sections: ParsedSection[] = [];
  const cards: ParsedCard[] = [];
  let program = NO_PROGRAM;
  for (const region of regions) {
    if (region.kind === 'card') cards.push(cardFrom(region, program, { head, marker }));
    else if (region.kind === 'section') {
      const section = sectionFrom(region, regions, { head, marker });
      if (section.key.startsWith('program:')) program = section.title;
      sections.push(section);
    } else unplaced.push(...region.lines.filter((line) => line.text.trim() !== ''));
  }
  if (cards.some((card) => card.program === NO_PROGRAM) && !sections.some(({ title }) => title === NO_PROGRAM))
    sections.push({ title: NO_PROGRAM, key: `program:${NO_PROGRAM}`, blocks: [], events: [] });
  for (const [number, note] of footnotes)
    if (!marker.used.has(number)) unplaced.push({ line: lineOf(all, number), text: `[${number}] ${note}` });
  return { head, sections, cards, footnotes, unplaced: unplaced.sort((a, b) => a.line - b.line) };
}

function lineOf(lines: readonly RegionLine[], number: number): number {
  return lines.find(({ text }) => text.replace(/^[>\s]*/, '').startsWith(`[${number}]`))?.line ?? lines.length;
}

function splitRegions(lines: readonly RegionLine[], isOurs: boolean): Region[] {
  const start = (kind: Region['kind'], title: string, heading: RegionLine): Region => ({
    kind,
    title,
    heading,
    lines: [],
  });
  let current = start('none', '', { text: '', line: 0 });
  const regions = [current];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? { text: '', line: 0 };
    const section = sectionTitle(line.text, lines[at + 1]?.text ?? '', isOurs);
    const card = section === null ? cardHeading(line.text, isOurs) : null;
    if (section !== null || card !== null || (!isOurs && /^-- ?$/.test(line.text))) {
      current =
        section !== null
          ? start('section', section, line)
          : card !== null
            ? start('card', card, line)
            : start('none', '', line);
      regions.push(current);
      if (section !== null && !line.text.includes('==')) at += 1;
      continue;
    }
    current.lines.push(line);
  }
  return regions;
}

function sectionTitle(text: string, next: string, isOurs: boolean): string | null {
  if (isOurs && /^\s/.test(text)) return null;
  const found = SECTION.exec(text)?.[1] ?? (isOurs ? undefined : /^\s{0,3}={2,}\s*([^=\s].*?)\s*$/.exec(text)?.[1]);
  if (found !== undefined) return oneLine(found);
  if (isOurs || !UNDERLINE.test(next) || !/^\S/.test(text) || cardHeading(text, false) !== null) return null;
  return /^[-*+•o]\s/.test(text) ? null : oneLine(text);
}

/** The id of a card's heading. */
function cardHeading(text: string, isOurs: boolean): string | null {
  if (isOurs) return /^\s/.test(text) ? null : (CARD.exec(text)?.[1] ?? null);
  return CARD.exec(text)?.[1] ?? LOOSE_CARD.exec(text)?.[1] ?? null;
}

/** Footnotes may stand at the end of the mail or of any section. */
function takeFootnotes(region: Region, isOurs: boolean, footnotes: Map<number, string>): void {
  const kept: RegionLine[] = [];
  const found = new Map<number, string[]>();
  let open: string[] | null = null;
  for (const line of region.lines) {
    const start = isOurs && /^\s/.test(line.text) ? null : FOOTNOTE_LINE.exec(line.text);
    const number = Number(start?.[1]);
    // A second text for the same number belongs to another section's numbering; the first is what most refer to.
    if (start !== null && !footnotes.has(number) && !found.has(number)) {
      open = [start[2] ?? ''];
      found.set(number, open);
    } else if (
      open !== null &&
      start === null &&
      /^\s{2,}\S/.test(line.text) &&
      (isOurs || !/^\s*[-*+o]\s/.test(line.text))
    )
      open.push(line.text);
    else {
      open = null;
      kept.push(line);
    }
  }
  for (const [number, lines] of found) footnotes.set(number, oneLine(lines.join(' ')));
  region.lines.splice(0, region.lines.length, ...kept);
}

interface Reading {
  readonly head: ReportHead;
  readonly marker: FootnoteMarker;
}

function cardFrom(region: Region, program: string, { head, marker }: Reading): ParsedCard {
  const { isOurs } = head;
  let rest = (CARD.exec(region.heading.text) ?? LOOSE_CARD.exec(region.heading.text))?.[2] ?? '';
  // A long title goes on in the next lines.
  const lines = [...region.lines];
  const goesOn = (line: string) =>
    isOurs ? /^ {6}\S/.test(line) : /^\s+\S/.test(line) && rest.startsWith('(') && !rest.includes(')');
  while (lines[0] !== undefined && goesOn(lines[0].text)) rest += ` ${lines.shift()?.text.trim() ?? ''}`;
  const { text, links } = marker.links(oneLine(rest));
  const parts = /^\((.*)\)(?:\s+@(.+))?$/.exec(text);
  const title = oneLine(parts?.[1] ?? text.replace(/^[-:]\s*/, ''));
  const { blocks, states } = parseRegion(lines, { isOurs, states: true });
  return {
    id: region.title,
    title: title === '' ? null : title,
    owner: parts?.[2] ?? null,
    program,
    links,
    states: states.map((state) => stateFrom(state.letter, state.text, isOurs, marker)),
    blocks: marker.blocks(blocks),
  };
}

function stateFrom(letter: string, text: string, isOurs: boolean, marker: FootnoteMarker): ParsedState {
  const ours = isOurs ? /^(.+?) \.{3,} (.*)$/.exec(text) : null;
  const { name, rest } = ours === null ? splitState(text, []) : { name: ours[1] ?? '', rest: ours[2] ?? '' };
  const dated = /^(.*?)\s\((\d{4}-W\d\d)\)((?:\s*\[\d+\])*)$/.exec(rest);
  const said = marker.mark(dated === null ? rest : `${dated[1]}${dated[3]}`);
  const untested = parseState(said);
  return {
    letter,
    name: oneLine(ours === null ? looseName(name ?? text) : (name ?? '')),
    said: name === null || (untested?.word === 'not tested' && untested.reason === '') ? '' : said,
    week: dated?.[2] ?? null,
  };
}

/** Leader dots are for the state alone. */
function looseName(text: string): string {
  const plain = text.replace(/[\s.:]+$/, '').replace(/(^|\s)\.{2,}(?=\s|$)/g, '$1…');
  return plain === '' ? text.replaceAll('.', '·') : plain;
}

function sectionFrom(region: Region, regions: readonly Region[], { head, marker }: Reading): ParsedSection {
  const after = regions[regions.indexOf(region) + 1];
  // A section with cards is a program, whatever it is called.
  const name = after?.kind === 'card' ? null : sectionName(region.title, head.isOurs);
  const { blocks } = parseRegion(region.lines, { isOurs: head.isOurs, states: false });
  if (name !== 'events')
    return { title: region.title, key: name ?? `program:${region.title}`, blocks: marker.blocks(blocks), events: [] };
  const events: Holiday[] = [];
  const others: Block[] = [];
  for (const block of blocks) {
    const event = block.kind === 'item' && block.children.length === 0 ? parseEvent(block.text, head.day ?? '') : null;
    if (event === null) others.push(block);
    else events.push(event);
  }
  return { title: region.title, key: name, blocks: marker.blocks(others), events };
}

function sectionName(title: string, isOurs: boolean): SectionName | null {
  const exact = SECTIONS.find((name) => SECTION_TITLES[name].toLowerCase() === title.toLowerCase());
  return exact ?? (isOurs ? null : (SECTIONS.find((name) => SECTION_WORDS[name].test(title)) ?? null));
}
