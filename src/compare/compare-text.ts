// SPDX-License-Identifier: GPL-2.0-only
/** Renders a comparison as text for a terminal or a mail. */

import { isDifferent } from '../model/result.ts';
import type { Unit } from '../model/unit.ts';
import { paint, plainSigns, type TextOptions, type Tone } from '../render/text/style.ts';
import type { Column, Table } from '../render/text/table.ts';
import { layOutByUnit, lineGiver, type UnitTables } from '../render/text/unit-tables.ts';
import { directionWord, formatSigned, unitWords } from '../words/figure.ts';
import {
  formatCounted,
  formatHeading,
  formatPercentInterval,
  formatPercentSigned,
  formatRatio,
} from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import { indented, wrap } from '../words/wrap.ts';
import { changeWords } from './change-words.ts';
import {
  basisColumn,
  type CellGroup,
  cellName,
  groupCells,
  isEmulated,
  rowName,
  shownEffects,
  sideName,
  sideRuns,
} from './compare-names.ts';
import { comparisonNotes } from './compare-notes.ts';
import type { ComparedCell, ComparisonReport, Effect, Unlikeness } from './compare-schema.ts';
import { effectSentence } from './compare-sentence.ts';
import { differenceOf, levelsOf, unitOf } from './effect-figures.ts';
import { thresholdLines } from './threshold-text.ts';
import { isRefused } from './unlike.ts';

export interface CompareTextOptions extends TextOptions {
  /** Also what is beside the primary effects. */
  readonly all: boolean;
}

interface Row {
  readonly cell: ComparedCell;
  readonly effect: Effect;
}

/** The report as text that ends with a newline. Everything that came from disk is free of control characters. */
export function renderComparison(report: ComparisonReport, asked: CompareTextOptions): string {
  const options = { ...asked, width: Math.max(40, Math.floor(asked.width)) };
  const groups = groupCells(report);
  const rows = groups.flatMap(({ cells }) =>
    cells.flatMap((cell) => shownEffects(cell, options.all).map((effect) => ({ cell, effect }))),
  );
  const { tables: laidOut, isShort } = layOutRows(rows, options.width);
  const give = lineGiver(laidOut);
  const tables = groups.map((group) => {
    const own = rows.filter(({ cell }) => group.cells.includes(cell));
    const unit = own[0] === undefined ? 'ns' : unitOf(own[0].effect);
    return groupLines(report, group, { ...give(unit, own.length), rows: own, options });
  });
  const sections = [
    sideLines(report, options),
    list('differ', report.unlike.map(unlikeText), options, (index) => toneOf(report.unlike[index])),
    ...tables,
    thresholdLines(report, options),
    list(
      'notes',
      comparisonNotes(
        report,
        rows.map(({ effect }) => effect),
        [
          ...(isShort ? [`${NOT_CONTROLLED} not controlled: the sentences say why`] : []),
          ...[...laidOut.values()].flatMap(leftNote),
        ],
      ),
      options,
      () => 'faint',
    ),
    list('not compared', missingTexts(report), options, () => 'warning'),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

function sideLines({ baseline, candidates }: ComparisonReport, options: TextOptions): string[] {
  const line = (role: string, side: (typeof candidates)[number]): string[] => {
    const runs = sideRuns(side);
    const name = sideName(side) === runs ? '' : `${sideName(side)}: `;
    return wrap(`${role.padEnd(9)}  ${name}${runs}`, { width: options.width, first: '', rest: '    ' });
  };
  return [...line('baseline', baseline), ...candidates.flatMap((side) => line('candidate', side))];
}

interface LaidOut {
  readonly tables: UnitTables;
  /** Whether an outcome has a sign for "not controlled". */
  readonly isShort: boolean;
}

/**
 * Where what was compared has no room for a column, it stands in the path's name; and before a side of the comparison leaves,
 * outcomes and then the heads of both sides become shorter.
 */
function layOutRows(rows: readonly Row[], width: number): LaidOut {
  const layOutWith = (own: OwnColumns): UnitTables =>
    layOutByUnit(rows, { unitOf: ({ effect }) => unitOf(effect), columns: (unit) => columns(unit, own), width });
  const lacks = (tables: UnitTables, head: string): boolean =>
    [...tables.values()].some(({ left }) => left.includes(head));
  const full: OwnColumns = {
    name: ({ cell }) => cellName(cell),
    outcome: ({ effect }) => outcomeWord(effect),
    sides: ['baseline', 'candidate'],
  };
  const wide = layOutWith(full);
  if (!lacks(wide, COMPARED)) return { tables: wide, isShort: false };
  const narrow: OwnColumns = { ...full, name: ({ cell, effect: { basis } }) => rowName(cell, basis) };
  const short: OwnColumns = { ...narrow, outcome: ({ effect }) => shortOutcome(effect) };
  const shortest: OwnColumns = { ...short, sides: ['base', 'cand.'] };
  const fits = [narrow, short].find((own) => !lacks(layOutWith(own), own.sides[0])) ?? shortest;
  const isShort = fits !== narrow && rows.some(({ effect }) => effect.validity === 'not-controlled');
  return { tables: layOutWith(fits), isShort };
}

const COMPARED = 'compared';
const NOT_CONTROLLED = '*';

function shortOutcome(effect: Effect): string {
  return outcomeWord(effect).replace(', not controlled', ` ${NOT_CONTROLLED}`);
}

/** What is written in more than one way. */
interface OwnColumns extends Readonly<Record<'name' | 'outcome', Column<Row>['cell']>> {
  /** Heads of the baseline and the candidate. */
  readonly sides: readonly [string, string];
}

/** What leaves first says least of a comparison; its two sides, the difference with its interval and the outcome stay longest. */
function columns(unit: Unit, { name, outcome, sides }: OwnColumns): readonly Column<Row>[] {
  const { head: what, shown, format } = unitWords(unit);
  const right = (head: string, keep: number, cell: Column<Row>['cell']): Column<Row> => {
    return { head, align: 'right', keep, cell };
  };
  const left = (head: string, keep: number, cell: Column<Row>['cell']): Column<Row> => {
    return { head, align: 'left', keep, cell };
  };
  return [
    left(what, 99, name),
    left('', 96, ({ effect }) => effect.statistic),
    left(COMPARED, 68, ({ effect }) => basisColumn(effect.basis)),
    right(sides[0], 91, ({ effect }) => format(levelsOf(effect).baseline)),
    right(sides[1], 92, ({ effect }) => format(levelsOf(effect).candidate)),
    right('ratio', 40, ({ effect }) => formatRatio(1 + effect.relative)),
    right('change', 98, ({ effect }) => formatPercentSigned(effect.relative)),
    right('95 %', 93, ({ effect: { relativeInterval: bounds } }) =>
      bounds === null ? null : formatPercentInterval(bounds),
    ),
    right(shown, 50, ({ effect }) => formatSigned(differenceOf(effect).value, unit)),
    left('over', 65, ({ effect }) => (effect.relativeInterval === null ? null : unitsText(effect))),
    right('n', 30, ({ effect: { n } }) => `${n.baseline}+${n.candidate}`),
    right('p', 10, ({ effect: { holmPValue } }) => (holmPValue === null ? null : formatP(holmPValue))),
    left('outcome', 97, outcome),
  ];
}

/** "12+8 runs", "4+4 draws"; of two paths inside the same runs "8 draws". */
export function unitsText({ basis, unit, units }: Effect): string {
  if (basis.kind === 'direct') return formatCounted(units.candidate, unit.slice(0, -1));
  return `${units.baseline}+${units.candidate} ${unit}`;
}

function formatP(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

/** In as few words as a column has. */
export function outcomeWord(effect: Effect): string {
  const { outcome, direction, validity } = effect;
  if (validity === 'invalid') return 'INVALID';
  return `${directionWord(direction, unitOf(effect)) ?? outcome}${validity === 'not-controlled' ? ', not controlled' : ''}`;
}

interface GroupText {
  readonly rows: readonly Row[];
  readonly lines: readonly string[];
  /** null: it stands above the first group. */
  readonly head: string | null;
  readonly options: CompareTextOptions;
}

function groupLines(report: ComparisonReport, group: CellGroup, { rows, lines, head, options }: GroupText): string[] {
  const [first] = group.cells;
  if (first === undefined) return [];
  const sides = { baseline: report.baseline, candidate: group.candidate };
  const heading = wrap(headingOf(first, group, report), { width: options.width, first: '', rest: '  ' });
  const said = rows.filter(({ effect }) => effect.primary && (effect.statistic === 'p50' || isDifferent(effect)));
  return [
    ...(head === null ? [] : [paint(head, 'faint', options)]),
    ...heading.map((line) => paint(line, 'heading', options)),
    ...lines.map((line, index) => paint(line, rowTone(rows[index]?.effect), options)),
    '',
    ...said.flatMap(({ cell, effect }) =>
      indented(effectSentence(cell, effect, sides), options.width).map((line) => paint(line, rowTone(effect), options)),
    ),
  ];
}

function headingOf(cell: ComparedCell, { candidate, cells }: CellGroup, report: ComparisonReport): string {
  const ks = [
    ...new Set(cells.flatMap(({ effects }) => effects.flatMap(({ primary, k }) => (primary ? k.candidate : [])))),
  ];
  const rotation = `K = ${ks.sort((a, b) => a - b).join(', ')} in rotation`;
  const name = report.candidates.length > 1 ? `${sideName(candidate)}: ` : '';
  const own = formatHeading(cell.probe, rotation, isEmulated(report));
  const other = formatHeading(cell.candidateProbe, rotation, isEmulated(report));
  return plainText(`${name}${own}${own === other ? '' : ` -> ${other}`}`);
}

function rowTone(effect: Effect | undefined): Tone {
  if (effect === undefined || !effect.primary) return 'faint';
  if (effect.validity === 'invalid' || effect.direction === 'slower') return 'error';
  return effect.direction === 'faster' ? 'good' : 'plain';
}

function list(
  title: string,
  entries: readonly string[],
  options: TextOptions,
  tone: (index: number) => Tone,
): string[] {
  if (entries.length === 0) return [];
  return [
    paint(title, 'heading', options),
    ...entries.flatMap((entry, index) =>
      indented(plainText(entry), options.width).map((line) => paint(line, tone(index), options)),
    ),
  ];
}

/** "vhost of tap: on -> off (refused): ...". */
export function unlikeText(unlike: Unlikeness): string {
  const { key, path, baselineValues, candidateValues, level, allowed, why } = unlike;
  const of = path === null ? '' : ` of ${path}`;
  const state = allowed && level === 'refused' ? 'allowed' : level;
  return plainText(
    `${key}${of} (${state}): ${changeWords(baselineValues.join('; '), candidateValues.join('; '))}: ${why}`,
    600,
  );
}

function toneOf(unlike: Unlikeness | undefined): Tone {
  return unlike !== undefined && isRefused(unlike) ? 'error' : 'warning';
}

function missingTexts({ missing, setAside }: ComparisonReport): string[] {
  const runs = setAside.map(({ run, code, reason }) => `run ${run}: ${code}: ${reason}`);
  const cells = missing.map(({ probe, path, reason }) => `${path === '*' ? '' : `${path}, `}${probe}: ${reason}`);
  return [...new Set([...runs, ...cells])];
}

function leftNote({ left, fullWidth }: Table): string[] {
  return left.length === 0 ? [] : [`not shown at this width: ${left.join(', ')}; --width ${fullWidth} shows all`];
}
