// SPDX-License-Identifier: GPL-2.0-only
/** What of a mail goes into the next one: the news of the week goes, what stands stays, and empty places say so. */
import { Edits } from './edits.ts';
import { indentOf } from './mail-line.ts';
import { allLines, type Mail, type Node, placeOf, type SectionRole, walk } from './mail-tree.ts';
import { noteLine } from './note.ts';
import type { QuietWords } from './quiet.ts';
import { showWeek, type Week } from './week.ts';

export interface CarryContext {
  readonly quiet: QuietWords;
  /** Of the mail that is carried on. */
  readonly week: Week;
}

/** Takes the news away. Where no place is known, neither news nor plans are, and everything stays. */
export function dropNews({ nodes }: Mail, { quiet }: CarryContext): Edits {
  const edits = new Edits();
  if (hasPlaces(nodes)) visit(nodes, [], { edits, quiet, role: 'news' });
  return edits;
}

function hasPlaces(nodes: readonly Node[]): boolean {
  for (const { node } of walk(nodes)) if (node.kind === 'section' || node.kind === 'card') return true;
  return false;
}

interface Visit {
  readonly edits: Edits;
  readonly quiet: QuietWords;
  readonly role: SectionRole;
}

/** Goes through what is in one node: runs of news go together, with the empty lines between. */
function visit(children: readonly Node[], above: readonly Node[], { edits, quiet, role }: Visit): void {
  const place = placeOf(above);
  const news = new Set(children.filter((node, at) => isNews(node, { children, at, role, quiet })));
  const parent = above.at(-1);
  let run: Node[] = [];
  let isFirst = true;
  const close = (next: number): void => {
    const [first] = run;
    if (first === undefined) return;
    const lines = run.flatMap(allLines);
    const word = isFirst && parent !== undefined && isQuietWithout(children, news) ? quiet : null;
    const line =
      word === null || parent === undefined ? null : word.lineFor(parent, indentOf(first.lines[0]?.text ?? ''));
    isFirst = false;
    edits.replace(lines, line === null ? [] : [line], { place, why: "last week's news" });
    if (line === null) dropOneBlank(children, { first: children.indexOf(first), next, edits });
    run = [];
  };
  for (const [at, node] of children.entries()) {
    const following = children[at + 1];
    if (news.has(node) || (node.kind === 'blank' && run.length > 0 && following !== undefined && news.has(following))) {
      run.push(node);
      continue;
    }
    close(at);
    const inner = node.kind === 'section' ? node.role : role;
    // What is below a line of a checklist explains its state.
    if (node.kind !== 'item' && role !== 'standing')
      visit(node.children, [...above, node], { edits, quiet, role: inner });
  }
  close(children.length);
}

/** One of the empty lines around what went is enough. */
function dropOneBlank(
  children: readonly Node[],
  { first, next, edits }: { readonly first: number; readonly next: number; readonly edits: Edits },
): void {
  const before = children[first - 1];
  const after = children[next];
  if (before?.kind === 'blank') edits.dropBlank(before.lines);
  else if (after?.kind === 'blank' && first === 0 && next + 1 >= children.length) edits.dropBlank(after.lines);
}

interface At {
  readonly children: readonly Node[];
  readonly at: number;
  readonly role: SectionRole;
  readonly quiet: QuietWords;
}

function isNews(node: Node, { children, at, role, quiet }: At): boolean {
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

function hasStanding(node: Node): boolean {
  for (const { node: inner } of walk(node.children)) if (!['bullet', 'text', 'blank'].includes(inner.kind)) return true;
  return false;
}

/** Whether nothing speaks in a place once its news went. */
function isQuietWithout(children: readonly Node[], news: ReadonlySet<Node>): boolean {
  return children.every(
    (node) =>
      news.has(node) ||
      ['blank', 'item', 'table', 'remark', 'footnote', 'verbatim'].includes(node.kind) ||
      isTable(node),
  );
}

const NEW_MARK = /\s*<=+\s*new\b\s*$/i;
const SAYS_WHEN = /\d{4}-W\d\d|\d{4}-\d\d-\d\d|\d{8}-\d{6}/;

/** Takes "<= new" away, and says of which week a table is that does not say it. */
export function markAge({ nodes }: Mail, { week }: CarryContext): Edits {
  const edits = new Edits();
  for (const { node, above } of walk(nodes)) {
    if (['blank', 'head', 'signature'].includes(node.kind)) continue;
    const place = placeOf(above);
    for (const line of node.lines)
      if (NEW_MARK.test(line.text))
        edits.replace([line], [line.text.replace(NEW_MARK, '')], { place, why: 'new last week' });
    if (node.kind === 'table') markTable(node, above, { edits, week });
  }
  return edits;
}

function markTable(
  table: Node,
  above: readonly Node[],
  { edits, week }: { readonly edits: Edits; readonly week: Week },
): void {
  const parent = above.at(-1);
  const siblings = (parent?.kind === 'text' ? above.at(-2) : parent)?.children ?? [];
  const legend = siblings[siblings.indexOf(parent?.kind === 'text' ? parent : table) + 1];
  const said = [...(parent?.kind === 'text' ? parent.lines : []), ...table.lines, ...(legend?.lines ?? [])];
  if (said.some(({ text }) => SAYS_WHEN.test(text))) return;
  const told = { place: placeOf(above), why: `a table of ${showWeek(week)}` };
  const title = parent?.kind === 'text' ? parent.lines.at(-1) : undefined;
  const [first] = table.lines;
  if (title !== undefined)
    edits.replace(
      [title],
      [
        `${title.text.trimEnd().replace(/[:：]$/, '')} (${showWeek(week)})${/[:：]\s*$/.exec(title.text)?.[0].trim() ?? ''}`,
      ],
      told,
    );
  else if (first !== undefined)
    edits.insertBefore(first, [`${/^\s*/.exec(first.text)?.[0] ?? ''}(${showWeek(week)})`], told);
}

export interface Settling {
  readonly quiet: QuietWords;
  /** Cards that runs tell of this week. */
  readonly told: ReadonlySet<string>;
  /** Cards whose figures were new last week. */
  readonly aged: ReadonlySet<string>;
}

/** Cards and sections that have nothing new say so, and those that have news again do not. */
export function settleQuiet({ nodes }: Mail, { quiet, told, aged }: Settling): Edits {
  const edits = new Edits();
  for (const { node, above } of walk(nodes)) {
    if (node.kind !== 'card' && node.kind !== 'section') continue;
    const place = placeOf([...above, node]);
    const filled = node.children.filter(({ kind }) => kind !== 'blank');
    const words = filled.filter(({ kind }) => kind === 'quiet');
    const line = noteLine(node);
    const speaks = filled.some(({ kind }) => ['bullet', 'patch', 'event', 'card', 'section'].includes(kind));
    const isEmpty = filled.every(({ kind }) => kind === 'remark' || kind === 'footnote');
    const isOld = node.kind === 'card' && aged.has(node.id) && !told.has(node.id) && !speaks && words.length === 0;
    if ((isEmpty || isOld) && line !== undefined)
      edits.insertAfter(line, [quiet.lineFor(node, null), ...(isTable(node.children[0]) ? [''] : [])], {
        place,
        why: 'nothing is new here',
      });
    if (speaks || (node.kind === 'card' && told.has(node.id)))
      for (const word of words) edits.drop(word.lines, { place, why: 'it has something to tell' });
  }
  return edits;
}
