// SPDX-License-Identifier: GPL-2.0-only
/** The tree of a report: what was understood of a mail, as nodes over its lines. Nothing of a mail is outside of them. */
import type { Line } from './mail-line.ts';
import type { StateClass } from './state.ts';
import type { Day } from './week.ts';

interface Over {
  /** Its own lines, before those of its children. */
  readonly lines: readonly Line[];
  readonly children: readonly Node[];
}

export interface Field {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, encoded words decoded. */
  readonly value: string;
  readonly lines: readonly Line[];
}

/** The fields before the text. */
interface Head extends Over {
  readonly kind: 'head';
  readonly fields: readonly Field[];
}

export interface Section extends Over {
  readonly kind: 'section';
  readonly title: string;
  /** 1 to 6. */
  readonly level: number;
  readonly role: SectionRole;
}

/** What the entries of a section are. Standing matter is true until its writer changes it: issues, plans. */
export type SectionRole = 'news' | 'standing' | 'patches' | 'events';

export interface Card extends Over {
  readonly kind: 'card';
  /** "STR-68". */
  readonly id: string;
  readonly title: string;
}

/** A line of a checklist: "a. tap + bridge ... OK". */
export interface Item extends Over {
  readonly kind: 'item';
  readonly letter: string;
  readonly name: string;
  /** The writer's words; "" where there are none. */
  readonly state: string;
  readonly stateClass: StateClass | null;
  /** Where the state is in the first line; it goes on in the others. */
  readonly at: { readonly start: number; readonly end: number };
}

interface Bullet extends Over {
  readonly kind: 'bullet';
  /** Of its first line, behind the mark. */
  readonly text: string;
}

export interface Footnote extends Over {
  readonly kind: 'footnote';
  readonly number: number;
}

/** An entry of the patch status: "  - boot/disk v3: submitted on 3/8". */
export interface Patch extends Over {
  readonly kind: 'patch';
  /** As its writer calls it, without the version. */
  readonly name: string;
  /** null where the entry says none. */
  readonly version: number | null;
  readonly status: string;
  /** Where the status begins and ends in the first line; it goes on in the others. */
  readonly at: { readonly start: number; readonly end: number };
}

export interface CalendarEntry extends Over {
  readonly kind: 'event';
  readonly from: Day;
  readonly to: Day;
  readonly what: string;
}

/** A paragraph; "No progress", "(no update)", "None"; a remark of a tool; what is not understood; what is behind "-- ". */
interface Plain extends Over {
  readonly kind: 'text' | 'blank' | 'table' | 'quiet' | 'remark' | 'verbatim' | 'signature';
}

export type Node = Head | Section | Card | Item | Bullet | Footnote | Patch | CalendarEntry | Plain;

export interface Mail {
  readonly lines: readonly Line[];
  readonly nodes: readonly Node[];
  /** The last day that it reports of; null where nothing says it. */
  readonly day: Day | null;
}

/** Every node in the order of the text, with the nodes that it is in, outermost first. */
export function* walk(
  nodes: readonly Node[],
  above: readonly Node[] = [],
): Generator<{ readonly node: Node; readonly above: readonly Node[] }> {
  for (const node of nodes) {
    yield { node, above };
    if (node.children.length > 0) yield* walk(node.children, [...above, node]);
  }
}

/** All lines of a node and of what is in it. */
export function allLines(node: Node): Line[] {
  return [...node.lines, ...node.children.flatMap(allLines)];
}

export function nodesOf<K extends Node['kind']>(nodes: readonly Node[], kind: K): (Node & { readonly kind: K })[] {
  const isKind = (node: Node): node is Node & { readonly kind: K } => node.kind === kind;
  return [...walk(nodes)].map(({ node }) => node).filter(isKind);
}

/** What a place is called in messages: "STR-68", "Patch status". */
export function placeOf(above: readonly Node[]): string {
  const place = above.findLast((node) => node.kind === 'card' || node.kind === 'section');
  if (place?.kind === 'card') return place.id;
  return place?.kind === 'section' ? place.title : 'mail';
}
