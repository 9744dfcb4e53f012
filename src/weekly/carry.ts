// SPDX-License-Identifier: GPL-2.0-only
/** What of a mail goes into the next one: the news of the week goes, what stands stays, and empty places say so. */
import type { DraftContext } from './draft-context.ts';
import type { Edits } from './edits.ts';
import { leadOf } from './line-kind.ts';
import { indentOf, type Line } from './mail-line.ts';
import { allLines, type Node, type SectionRole, walk } from './mail-tree.ts';
import { noteLine } from './new-lines.ts';
import type { QuietWords } from './quiet.ts';
import { hasFigures, type TableInMail, tablesIn } from './table.ts';
import { type Week, weekOf } from './week.ts';

/** Takes the news away. Where no place is known, neither news nor plans are, and everything stays. */
export function dropNews(edits: Edits, { quiet }: DraftContext): void {
  const { nodes } = edits.mail;
  if ([...walk(nodes)].some(({ node }) => node.kind === 'section' || node.kind === 'card'))
    visit(null, nodes, { edits, quiet, role: 'news' });
}

interface Visit {
  readonly edits: Edits;
  readonly quiet: QuietWords;
  readonly role: SectionRole;
}

/** Goes through what is in one node: runs of news go together, with the empty lines between. */
function visit(parent: Node | null, children: readonly Node[], { edits, quiet, role }: Visit): void {
  const isNewsAt = (node: Node, at: number) => isNews(node, { before: children[at - 1], after: children[at + 1] });
  const gone = role === 'news' ? children.filter((node, at) => isNewsAt(node, at) && !quiet.isTopic(node)) : [];
  const news = new Set(gone);
  // The first of what went says that nothing is new, where nothing else speaks.
  let word = parent !== null && isQuietWithout(children, news) ? parent : null;
  for (let at = 0; at < children.length; at++) {
    const node = children[at];
    if (node === undefined) continue;
    if (news.has(node)) {
      const end = endOfRun(children, at, news);
      const line = word === null ? null : quiet.lineFor(word, indentOf(node.lines[0]?.text ?? ''));
      edits.replace(children.slice(at, end).flatMap(allLines), line === null ? [] : [line], "last week's news");
      if (line === null) edits.dropBlank(blankBeside(children, at, end));
      word = null;
      at = end - 1;
    } else if (node.kind !== 'item' && node.kind !== 'verbatim' && role !== 'standing') {
      // What is below a line of a checklist explains its state; what is below an unknown heading is not known.
      visit(node, node.children, { edits, quiet, role: node.kind === 'section' ? node.role : role });
    }
  }
}

/** Behind the last of the news that follow one another, with empty lines between. */
function endOfRun(children: readonly Node[], start: number, news: ReadonlySet<Node>): number {
  let end = start;
  for (let node = children[end]; node !== undefined && (news.has(node) || node.kind === 'blank'); node = children[end])
    end += 1;
  return children[end - 1]?.kind === 'blank' ? end - 1 : end;
}

/** One of the empty lines around what went is enough. */
function blankBeside(children: readonly Node[], start: number, end: number): readonly Line[] {
  const [before, after] = [children[start - 1], children[end]];
  if (before?.kind === 'blank') return before.lines;
  return after?.kind === 'blank' && start === 0 && end + 1 >= children.length ? after.lines : [];
}

function isNews(node: Node, { before, after }: Readonly<Record<'before' | 'after', Node | undefined>>): boolean {
  if (hasStanding(node)) return false;
  // The title of a table or a checklist, and the legend below a table, are no news.
  const isBeside = isTable(before) || after?.kind === 'table' || after?.kind === 'item';
  return node.kind === 'bullet' || (node.kind === 'text' && !isBeside);
}

function isTable(node: Node | undefined): boolean {
  return node?.kind === 'table' || (node?.kind === 'text' && node.children.some(({ kind }) => kind === 'table'));
}

function hasStanding({ children }: Node): boolean {
  return [...walk(children)].some(({ node }) => !['bullet', 'text', 'blank'].includes(node.kind));
}

/** Whether nothing speaks in a place once its news went; the sections below it speak for themselves. */
function isQuietWithout(children: readonly Node[], news: ReadonlySet<Node>): boolean {
  const section = children.findIndex(({ kind }) => kind === 'section');
  // What would be said behind one would be said of it.
  if (section !== -1 && children.findLastIndex((node) => news.has(node)) > section) return false;
  const silent: readonly Node['kind'][] = ['blank', 'item', 'table', 'remark', 'footnote', 'verbatim', 'section'];
  return children.every((node) => news.has(node) || silent.includes(node.kind) || isTable(node));
}

const NEW_MARK = /\s*<=+\s*new\b\s*$/i;
const SAYS_WHEN = /\d{4}-W\d\d|\d{4}-\d\d-\d\d|\d{8}-\d{6}/;

/** Takes "<= new" away, and says of which week a table of results is that does not say it. */
export function markAge(edits: Edits, { last }: DraftContext): void {
  for (const { node } of walk(edits.mail.nodes)) {
    if (['blank', 'head', 'signature'].includes(node.kind)) continue;
    for (const line of node.lines)
      if (NEW_MARK.test(line.text)) edits.replace([line], [line.text.replace(NEW_MARK, '')], 'new last week');
  }
  for (const table of tablesIn(edits.mail.nodes)) markTable(edits, table, weekOf(last.day));
}

function markTable(edits: Edits, { node, titled, next }: TableInMail, week: Week): void {
  const said = [...(titled?.lines ?? []), ...node.lines, ...(next?.lines ?? [])];
  if (!hasFigures(node.lines) || said.some(({ text }) => SAYS_WHEN.test(text))) return;
  const [title, [first]] = [titled?.lines.at(-1), node.lines];
  const why = `a table of ${week}`;
  if (title !== undefined) edits.replace([title], [title.text.trimEnd().replace(/[:：]?$/, ` (${week})$&`)], why);
  else if (first !== undefined) edits.insert('before', first, [`${leadOf(first.text)}(${week})`], why);
}

/** Cards and sections that have nothing new say so, and those that have news again do not. */
export function settleQuiet(edits: Edits, { quiet, done }: DraftContext): void {
  const placesOf = (about: RegExp) => new Set(done.filter(({ why }) => about.test(why)).map(({ place }) => place));
  const [told, aged] = [placesOf(/^(?:run|diagnosis) /), placesOf(/^new last week$/)];
  for (const { node } of walk(edits.mail.nodes)) {
    if (node.kind !== 'card' && node.kind !== 'section') continue;
    const filled = node.children.filter(({ kind }) => kind !== 'blank');
    const words = filled.filter(({ kind }) => kind === 'quiet');
    const line = noteLine(node);
    const isTold = node.kind === 'card' && told.has(node.id);
    const speaks = isTold || filled.some(({ kind }) => ['bullet', 'patch', 'event', 'card'].includes(kind));
    const isEmpty = filled.every(({ kind }) => kind === 'remark' || kind === 'footnote');
    const isOld = node.kind === 'card' && aged.has(node.id) && !speaks && words.length === 0;
    const texts = [quiet.lineFor(node, null), ...(isTable(node.children[0]) ? [''] : [])];
    if ((isEmpty || isOld) && line !== undefined) edits.insert('after', line, texts, 'nothing is new here');
    if (speaks) for (const word of words) edits.drop(word.lines, 'it has something to tell');
  }
}
