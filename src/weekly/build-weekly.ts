// SPDX-License-Identifier: GPL-2.0-only
/** Joins a notebook with the runs, diagnoses, patches and calendars of a week into its report. */
import type { Block } from './block.ts';
import { eventsAround, showEvent } from './calendar.ts';
import { type ConfigurationState, configurationOf, configurationStates } from './config-state.ts';
import type { Facts } from './facts.ts';
import { type FigureTable, figureTables } from './figures.ts';
import { Footnotes } from './footnotes.ts';
import { layOutGrid } from './grid.ts';
import { MAIL_WIDTH } from './layout.ts';
import type { NoteFile } from './note.ts';
import type { Card, Notebook, Program, SectionName, SentReport } from './notebook.ts';
import type { PatchReport } from './patch-status.ts';
import { earlierReports } from './reported.ts';
import { type Earlier, essence } from './told.ts';
import { addDays, offsetMinutes, type Span, showOffset, showWeek, weekOf } from './week.ts';
import type { ReportBlock, ReportCard, ReportSection, ReportState, WeeklyReport } from './weekly-report.ts';
import { wrapMail } from './wrap-mail.ts';

/** Columns of what stands at the indent of a card. */
const CARD_WIDTH = MAIL_WIDTH - 2;
/** A card without a word for a quarter of a year is not listed any more. */
const QUIET_DAYS = 91;

export interface WeeklySources {
  readonly notebook: Notebook;
  readonly span: Span;
  readonly sent: readonly SentReport[];
  readonly facts: Facts;
  readonly patches: PatchReport;
}

interface Context extends WeeklySources {
  readonly earlier: Earlier;
  readonly footnotes: Footnotes;
}

/** Pure but for the calendars, which are read here. */
export function buildWeekly(sources: WeeklySources): WeeklyReport {
  const { notebook, span, facts } = sources;
  const context: Context = { ...sources, earlier: earlierReports(sources.sent, span), footnotes: new Footnotes() };
  const week = showWeek(weekOf(span.from));
  const calendar = eventsAround(notebook, span);
  const sections = [
    ...notebook.programs.map((program) => programSection(program, context)),
    ...notebook.sections.map(({ name, title, notes }) => ({
      title,
      cards: [],
      blocks: [
        ...(name === 'patches' ? patchBlocks(context) : []),
        ...(name === 'events'
          ? calendar.events.map((event) => toReport({ kind: 'item', text: showEvent(event), children: [] }, null))
          : []),
        ...newBlocks(name === 'patches' ? unlisted(notes, context) : notes, name, context),
        ...(name === 'events'
          ? calendar.problems.map((text) => toReport({ kind: 'item', text, children: [] }, null))
          : []),
      ],
    })),
  ];
  return {
    schema: 1,
    week,
    span,
    timeZone: notebook.timeZone,
    offset: showOffset(offsetMinutes(new Date(`${span.to}T12:00:00Z`), notebook.timeZone)),
    from: notebook.from,
    to: notebook.to,
    cc: notebook.cc,
    subject: notebook.subject.replaceAll('{week}', week).replaceAll('{name}', notebook.name),
    date: span.to,
    sections,
    footnotes: context.footnotes.all(),
    notices: [...notices(notebook, facts), ...facts.problems],
  };
}

function programSection(program: Program, context: Context): ReportSection {
  const { name } = program;
  const blocks = newBlocks(program.notes, `program:${name}`, context);
  const cards = context.notebook.cards.filter((card) => card.program === name).flatMap((card) => cardOf(card, context));
  const silent = blocks.length === 0 && cards.every((card) => card.states.length === 0 && card.blocks.length === 0);
  return { title: name, blocks, cards: silent ? [] : cards };
}

/** None for a card that is not listed in this week; one without states and blocks has no update. */
function cardOf(card: Card, context: Context): ReportCard[] {
  const { facts, earlier, footnotes, notebook } = context;
  const states = configurationStates(card, facts, earlier);
  const kept = addDays(earlier.span.from, -7 * notebook.carryWeeks);
  const tables = figureTables(
    card,
    facts.runs.filter(({ day }) => day >= kept),
    earlier,
    notebook.columns,
  );
  const hasNotes = newsOf(withoutStates(card), card.id, context).length > 0;
  const hasNews = hasNotes || tables.length > 0 || states.some(({ isNews }) => isNews);
  if (!hasNews) return isListed(card, context) ? [{ ...headOf(card), marks: '', states: [], blocks: [] }] : [];
  const marks = card.links.map((link) => footnotes.mark(link)).join('');
  return [
    {
      ...headOf(card),
      marks,
      states: states.map((state) => stateLine(state, card, context)),
      blocks: [
        ...newBlocks(withoutStates(card), card.id, context),
        ...tables.flatMap((table) => tableBlocks(table, context)),
      ],
    },
  ];
}

function headOf({ id, title, owner }: Card): Pick<ReportCard, 'id' | 'title' | 'owner'> {
  return { id, title, owner };
}

/** Lettered lines that speak of no configuration are bullets like any other. */
function withoutStates(card: Card): NoteFile {
  return {
    ...card.notes,
    notes: card.notes.notes.map((note) => {
      const others = note.states.filter((state) => configurationOf(card, state) === null);
      const items = others.map(
        ({ letter, text }): Block => ({ kind: 'item', text: `${letter}. ${text}`, children: [] }),
      );
      return { ...note, blocks: [...items, ...note.blocks] };
    }),
  };
}

/** Whether a card without news is worth a line. */
function isListed({ state, since, notes, runs, configurations }: Card, { span, facts }: Context): boolean {
  if (state === 'paused' || state === 'done') return false;
  const labels = new Set([...runs, ...configurations.flatMap((each) => each.runs)]);
  const days = [
    ...(since === null ? [] : [since]),
    ...notes.notes.map(({ day }) => day),
    ...facts.runs
      .filter(({ id, label }) => labels.has(id) || (label !== null && labels.has(label)))
      .map(({ day }) => day),
  ].sort();
  const [first] = days;
  if (first === undefined) return true;
  if (first > span.to) return false;
  const last = days.findLast((day) => day <= span.to) ?? first;
  return state === 'active' || last >= addDays(span.from, -QUIET_DAYS);
}

function stateLine(
  { configuration, word, reason, source, week }: ConfigurationState,
  card: Card,
  { footnotes }: Context,
): ReportState {
  const { letter, name } = configuration;
  if (word === 'not tested' && reason === '' && week === null && source === null)
    return { letter, name, word, more: ' yet' };
  // Footnotes come last, behind the week.
  const [, said = '', marks = ''] = /^(.*?)((?:\s*\[\^[^\]\s]{1,100}\])*)$/.exec(reason) ?? [];
  const { footnotes: notes } = card.notes;
  const why = said === '' ? '' : `: ${footnotes.resolve(said, notes)}`;
  const when = week === null ? '' : ` (${week})`;
  const refs = marks === '' ? '' : ` ${footnotes.resolve(marks, notes)}`;
  return { letter, name, word, more: `${why}${when}${refs}${source === null ? '' : footnotes.mark(source)}` };
}

function tableBlocks(table: FigureTable, { footnotes }: Context): ReportBlock[] {
  const rows = [table.head, ...table.rows.map(({ cells }) => cells)];
  const lines = layOutGrid({ kind: 'grid', rows, align: table.align }, CARD_WIDTH - 2 - '  <= new'.length);
  const marked = lines.map(
    (line, index) => `  ${line}${index > 0 && table.rows[index - 1]?.isNew === true ? '  <= new' : ''}`,
  );
  const legend = table.legend.flatMap((text) => wrapMail(text, { width: CARD_WIDTH, first: '  ', rest: '    ' }));
  return [
    { kind: 'verbatim', lines: [table.title, ...marked, ...legend] },
    ...table.sentences.map(
      ({ text, source }): ReportBlock => ({ kind: 'item', text: `${text}${footnotes.mark(source)}`, children: [] }),
    ),
  ];
}

/** A series told from its sources is not told again from a note. */
function unlisted(notes: NoteFile, { patches }: Context): NoteFile {
  const titles = patches.statuses.map(({ title }) => essence(title)).filter((title) => title !== '');
  const isListed = (block: Block) =>
    block.kind === 'item' && titles.some((title) => essence(block.text).includes(title));
  return {
    ...notes,
    notes: notes.notes.map((note) => ({ ...note, blocks: note.blocks.filter((block) => !isListed(block)) })),
  };
}

function patchBlocks({ patches }: Context): ReportBlock[] {
  return [
    ...patches.statuses.flatMap(({ blocks }) => blocks.map((block) => toReport(block, null))),
    ...patches.problems.map((text) => toReport({ kind: 'item', text, children: [] }, null)),
  ];
}

/** The notes of the span that no earlier report had, each once. */
function newsOf(notes: NoteFile, key: string, { earlier }: Context): Block[] {
  const told = earlier.told(key, notes);
  return notes.notes
    .filter(({ day }) => day >= earlier.newsFrom && day <= earlier.span.to)
    .flatMap(({ blocks }) =>
      blocks.flatMap((block) => {
        const news = told.news([block]);
        told.add(news);
        return news;
      }),
    );
}

function newBlocks(notes: NoteFile, key: string | SectionName, context: Context): ReportBlock[] {
  return newsOf(notes, key, context).map((block) => toReport(block, { notes, footnotes: context.footnotes }));
}

type Resolver = { readonly notes: NoteFile; readonly footnotes: Footnotes } | null;

/** With its footnotes numbered; without a resolver the text is no Markdown. */
function toReport(block: Block, resolver: Resolver): ReportBlock {
  const text = (markdown: string) =>
    resolver !== null ? resolver.footnotes.resolve(markdown, resolver.notes.footnotes) : markdown;
  switch (block.kind) {
    case 'item':
      return {
        kind: 'item',
        text: text(block.text),
        children: block.children.map((child) => toReport(child, resolver)),
      };
    case 'grid':
      return { ...block, rows: block.rows.map((row) => row.map(text)) };
    case 'verbatim':
      return block;
    default:
      return block satisfies never;
  }
}

/** Labels that no run has: a slip of the pen, most of the time. */
function notices({ cards }: Notebook, { known, root }: Facts): string[] {
  return cards.flatMap((card) => {
    const labels = new Set([
      ...card.runs,
      ...card.configurations.flatMap((each) => (each.path === null ? [] : each.runs)),
    ]);
    return [...labels]
      .filter((label) => !known.has(label))
      .map((label) => `${card.id}: no run in ${root} has the label or id "${label}": hoplab run --label ${label}`);
  });
}
