// SPDX-License-Identifier: GPL-2.0-only
/** A part of a page, and what all parts share. */
import { type Look, lineClass } from '../charts/look.ts';
import { type Markup, markup, type Piece } from '../markup.ts';

export interface Section {
  /** Unique in the page; the target of links. */
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export interface SectionContext {
  /** Before every id: several runs stand in one page. */
  readonly prefix: string;
  /** Level of the headings within a section. */
  readonly level: 3 | 4;
}

/** A heading within a section. */
export function heading({ level }: SectionContext, content: Piece): Markup {
  return level === 3 ? markup`<h3>${content}</h3>` : markup`<h4>${content}</h4>`;
}

/** What is wanted by few: shut, and open without a script. On paper it is open, unless it is minor. */
export function folded(summary: Piece, content: Piece, as: 'shut' | 'open' | 'minor' = 'shut'): Markup {
  return markup`<details${as === 'open' && markup` open`}${as === 'minor' && markup` class="minor"`}><summary>${summary}</summary>${content}</details>`;
}

/** A chart or table that may be wider than the page: it scrolls by itself, by keyboard too. */
export function wide(name: string, content: Piece): Markup {
  return markup`<div class="wide" tabindex="0" role="group" aria-label="${name}">${content}</div>`;
}

/** How many figures of a row a page that is narrow, or a phone, has room for behind the name. */
const NARROW = 11;
const PHONE = 5;

/** The class of a column that is shut where the page has no room for it; `rank` counts from the most needed. */
export function roomClass(rank: number): string | null {
  if (rank < PHONE) return null;
  return rank < NARROW ? 'phone-shut' : 'narrow-shut phone-shut';
}

/** The same of columns that say how long each stays when there is less room; '' = it always stays. */
export function roomsOf<C extends { readonly keep: number }>(columns: readonly C[]): (column: C) => string {
  const needed = [...columns].sort((a, b) => b.keep - a.keep);
  return (column) => roomClass(needed.indexOf(column)) ?? '';
}

/** A table whose columns are shut by `roomClass`: a box opens them, and then it scrolls. */
export function foldingTable(name: string, table: Markup): Markup {
  return markup`<div class="folding"><label class="opens"><input type="checkbox"> all columns</label>${wide(name, table)}</div>`;
}

/** Colour and dash of a path, small, before its name. */
export function swatch(look: Look | undefined): Markup | null {
  if (look === undefined) return null;
  return markup`<svg class="swatch" viewBox="0 0 24 8" width="24" height="8" aria-hidden="true"><path class="${lineClass(look)}" d="M0 4L24 4"/></svg>`;
}
