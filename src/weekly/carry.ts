// SPDX-License-Identifier: GPL-2.0-only
/** What of a mail goes into the next one: the news of the week goes, what stands stays, and empty places say so. */
import { Edits } from './edits.ts';
import { leadOf } from './entry-style.ts';
import { indentOf, type Line } from './mail-line.ts';
import { allLines, type Mail, type Node, placeOf, type SectionRole, walk } from './mail-tree.ts';
import { noteLine } from './note.ts';
import type { QuietWords } from './quiet.ts';
import { hasFigures, type TableInMail, tablesIn } from './table.ts';
import { showWeek, type Week } from './week.ts';

interface CarryContext {
  readonly quiet: QuietWords;
  /** Of the mail that is carried on. */
  readonly week: Week;
}

/** Takes the news away. Where no place is known, neither news nor plans are, and everything stays. */
export function dropNews({ lines, nodes }: Mail, { quiet }: CarryContext): Edits {
  const edits = new Edits(lines);
  if ([...walk(nodes)].some(({ node }) => node.kind === 'section' || node.kind === 'card'))
    visit(nodes, [], { edits, quiet, role: 'news' });
  return edits;
}

interface Visit {
  readonly edits: Edits;
  readonly quiet: QuietWords;
  readonly role: SectionRole;
}

/** Goes through what is in one node: runs of news go together, with the empty lines between. */
function visit(children: readonly Node[], above: readonly Node[], { edits, quiet, role }: Visit): void {
  const told = { place: placeOf(above), why: "last week's news" };
  const news = new Set(children.filter((node, at) => isNews(node, { children, at, role, quiet })));
  const parent = above.at(-1);
  // The first of what went says that nothing is new, where nothing else speaks.
  let word = parent !== undefined && isQuietWithout(children, news) ? parent : null;
  for (let at = 0; at < children.length; at++) {
    const node = children[at];
    if (node === undefined) continue;
    if (news.has(node)) {
      const end = endOfRun(children, at, news);
      const line = word === null ? null : quiet.lineFor(word, indentOf(node.lines[0]?.text ?? ''));
      edits.replace(children.slice(at, end).flatMap(allLines), line === null ? [] : [line], told);
      if (line === null) edits.dropBlank(blankBeside(children, at, end));
      word = null;
      at = end - 1;
    } else if (node.kind !== 'item' && node.kind !== 'verbatim' && role !== 'standing') {
      // What is below a line of a checklist explains its state; what is below an unknown heading is not known.
      visit(node.children, [...above, node], { edits, quiet, role: node.kind === 'section' ? node.role : role });
    }
  }
}

/** Behind the last of the news that follow one another, with empty lines between. */
function endOfRun(children: readonly Node[], start: number, news: ReadonlySet<Node>): number {
  let end = start;
  for (let at = start; at < children.length; at++) {
    const node = children[at];
    if (node !== undefined && news.has(node)) end = at + 1;
    else if (node?.kind !== 'blank') break;
  }
  return end;
}

/** One of the empty lines around what went is enough. */
function blankBeside(children: readonly Node[], start: number, end: number): readonly Line[] {
  const [before, after] = [children[start - 1], children[end]];
  if (before?.kind === 'blank') return before.lines;
  return after?.kind === 'blank' && start === 0 && end + 1 >= children.length ? after.lines : [];
}

function isNews(
  node: Node,
  { children, at, role, quiet }: Omit<Visit, 'edits'> & { readonly children: readonly Node[]; readonly at: number },
): boolean {
  if (node.kind !== 'bullet' && node.kind !== 'text') return false;
  if (role !== 'news' || hasStanding(node) || quiet.isTopic(node)) return false;
  if (node.kind === 'bullet') return true;
  // The title of a table, and the legend below it.
  const [before, after] = [children[at - 1], children[at + 1]];
  return !(isTable(before) || after?.kind === 'table' || after?.kind === 'item');
}

function isTable(node: Node | undefined): boolean {
  return node?.kind === 'table' || (node?.kind === 'text' && node.children.some(({ kind }) => kind === 'table'));
}

function hasStanding({ children }: Node): boolean {
  return [...walk(children)].some(({ node }) => !['bullet', 'text', 'blank'].includes(node.kind));
}

/** Whether nothing speaks in a place once its news went. */
function isQuietWithout(children: readonly Node[], news: ReadonlySet<Node>): boolean {
  const silent: readonly Node['kind'][] = ['blank', 'item', 'table', 'remark', 'footnote', 'verbatim'];
  return children.every((node) => news.has(node) || silent.includes(node.kind) || isTable(node));
}

const NEW_MARK = /\s*<=+\s*new\b\s*$/i;
const SAYS_WHEN = /\d{4}-W\d\d|\d{4}-\d\d-\d\d|\d{8}-\d{6}/;

/** Takes "<= new" away, and says of which week a table of results is that does not say it. */
export function markAge({ lines, nodes }: Mail, { week }: CarryContext): Edits {
  const edits = new Edits(lines);
  for (const { node, above } of walk(nodes)) {
    if (['blank', 'head', 'signature'].includes(node.kind)) continue;
    const told = { place: placeOf(above), why: 'new last week' };
    for (const line of node.lines)
      if (NEW_MARK.test(line.text)) edits.replace([line], [line.text.replace(NEW_MARK, '')], told);
  }
  for (const table of tablesIn(nodes)) markTable(table, { edits, week });
  return edits;
}

function markTable({ node, titled, next, above }: TableInMail, { edits, week }: { edits: Edits; week: Week }): void {
  const said = [...(titled?.lines ?? []), ...node.lines, ...(next?.lines ?? [])];
  if (!hasFigures(node.lines) || said.some(({ text }) => SAYS_WHEN.test(text))) return;
  const told = { place: placeOf(above), why: `a table of ${showWeek(week)}` };
  const title = titled?.lines.at(-1);
  const [first] = node.lines;
  if (title !== undefined) {
    const [, words = '', colon = ''] = /^(.*?)([:：]?)\s*$/.exec(title.text) ?? [];
    edits.replace([title], [`${words} (${showWeek(week)})${colon}`], told);
  } else if (first !== undefined) edits.insert('before', first, [`${leadOf(first.text)}(${showWeek(week)})`], told);
}

/** Cards that runs tell of this week, and cards whose figures were new last week. */
type Settling = Readonly<Record<'told' | 'aged', ReadonlySet<string>>> & Pick<CarryContext, 'quiet'>;

/** Cards and sections that have nothing new say so, and those that have news again do not. */
export function settleQuiet({ lines, nodes }: Mail, { quiet, told, aged }: Settling): Edits {
  const edits = new Edits(lines);
  for (const { node, above } of walk(nodes)) {
    if (node.kind !== 'card' && node.kind !== 'section') continue;
    const place = placeOf([...above, node]);
    const filled = node.children.filter(({ kind }) => kind !== 'blank');
    const words = filled.filter(({ kind }) => kind === 'quiet');
    const line = noteLine(node);
    const speaks = filled.some(({ kind }) => ['bullet', 'patch', 'event', 'card', 'section'].includes(kind));
    const isEmpty = filled.every(({ kind }) => kind === 'remark' || kind === 'footnote');
    const isOld = node.kind === 'card' && aged.has(node.id) && !told.has(node.id) && !speaks && words.length === 0;
    const texts = [quiet.lineFor(node, null), ...(isTable(node.children[0]) ? [''] : [])];
    if ((isEmpty || isOld) && line !== undefined)
      edits.insert('after', line, texts, { place, why: 'nothing is new here' });
    if (speaks || (node.kind === 'card' && told.has(node.id)))
      for (const word of words) edits.drop(word.lines, { place, why: 'it has something to tell' });
  }
  return edits;
}
