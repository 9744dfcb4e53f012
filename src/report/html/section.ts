/** A part of a page, and what all parts share. */
import type { Report } from '../../model/result.ts';
import type { TraceReport } from '../../model/trace-report.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { type PathLabel, pathLabels, twinsOf } from '../path-labels.ts';
import { layOutCells, type TextContext } from '../text-cells.ts';
import type { Table } from '../text-table.ts';

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

/** What is wanted by few: shut, and open without a script. */
export function folded(summary: Piece, content: Piece, open = false): Markup {
  return markup`<details${open && markup` open`}><summary>${summary}</summary>${content}</details>`;
}

/** A chart or table that may be wider than the page: it scrolls by itself, by keyboard too. */
export function wide(name: string, content: Piece): Markup {
  return markup`<div class="wide" tabindex="0" role="group" aria-label="${name}">${content}</div>`;
}

/** The words that the text of a run is made of, at no limited width. */
export interface RunWords {
  readonly label: PathLabel;
  readonly context: TextContext;
  readonly table: Table;
}

export function runWords(report: Report): RunWords {
  const label = pathLabels(report);
  const context: TextContext = {
    label,
    twins: twinsOf(report),
    named: report.probes.length > 1,
    emulated: report.machine.accel === 'tcg',
    options: { width: Number.MAX_SAFE_INTEGER, colour: false, ascii: false },
  };
  return { label, context, table: layOutCells(report.probes, context) };
}

/** A path's number, which is its colour and its dash in every chart of the page. */
export function seriesNumbers({ probes }: Report): ReadonlyMap<string, number> {
  const names = new Set(
    probes.flatMap(({ cells, comparisons }) => [
      ...cells.map(({ path }) => path),
      ...comparisons.flatMap(({ candidate, reference }) => [reference, candidate]),
    ]),
  );
  return new Map([...names].map((name, index) => [name, index]));
}

/** Colour and dash of a series, small, before its name. */
export function swatch(series: number): Markup {
  return markup`<svg class="swatch" viewBox="0 0 24 8" width="24" height="8" aria-hidden="true"><path class="line s${series % 8}" d="M0 4L24 4"/></svg>`;
}

export type AnyReport = Pick<Report | TraceReport, 'run' | 'machine' | 'tool' | 'warnings' | 'failed' | 'unavailable'>;
