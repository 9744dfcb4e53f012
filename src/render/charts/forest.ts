// SPDX-License-Identifier: GPL-2.0-only
/** Every comparison with its interval, its draws and the margin within which nothing is claimed: a forest plot. */
import type { Comparison } from '../../model/result.ts';
import { directionWord, unitWords } from '../../words/figure.ts';
import { formatPercentInterval, formatPercentSigned } from '../../words/format.ts';
import { type Markup, markup } from '../markup.ts';
import { bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, type Scale, symmetricLogScale } from './scale.ts';
import { forScreens, type Screen, shortened } from './screens.ts';

export interface ForestRow {
  readonly comparison: Comparison;
  /** "macvtap against tap". */
  readonly label: string;
  /** The whole sentence, for who points at the row. */
  readonly sentence: string;
}

interface Places {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  /** Of the interval, below the top of its row. */
  readonly middle: number;
  readonly axis: string;
  /** Where words stand, from the interval: beside it, or above it. */
  readonly words: 'beside' | 'above';
}

const PLACES: Readonly<Record<Screen, Places>> = {
  desk: {
    ...{ width: 760, left: 170, right: 530, row: 34, middle: 17, words: 'beside' },
    axis: 'difference of p50: linear within the margin (shaded), logarithmic beyond',
  },
  phone: {
    ...{ width: 366, left: 24, right: 340, row: 62, middle: 42, words: 'above' },
    axis: 'difference of p50, logarithmic beyond the margin',
  },
};
const TOP = 34;

export function forestPlot(rows: readonly ForestRow[], name: ChartName): Markup {
  return forScreens(name, (screen, own) => drawn(rows, own, PLACES[screen]));
}

function drawn(rows: readonly ForestRow[], name: ChartName, places: Places): Markup {
  const { width, left, right, row: high, middle, axis, words } = places;
  const unit = rows[0]?.comparison.unit ?? 'ns';
  const { less, more } = unitWords(unit);
  const bottom = TOP + rows.length * high + 6;
  const plot: Plot = { left, right, top: TOP - 6, bottom };
  const margin = Math.max(...rows.map(({ comparison }) => comparison.marginRelative), 1e-4);
  const x = scaleOf(rows, margin, places);
  const zero = fixed(x.place(0));
  return picture(name, { width, height: bottom + 44 }, [
    markup`<rect class="margin" x="${fixed(x.place(-margin))}" y="${plot.top}" width="${fixed(x.place(margin) - x.place(-margin))}" height="${bottom - plot.top}"><title>the margin: within it nothing is claimed</title></rect>`,
    bottomAxis(x, plot, percent, axis),
    markup`<line class="zero" x1="${zero}" x2="${zero}" y1="${plot.top}" y2="${bottom}"/>`,
    note(less, [left, TOP - 14], 'start', 'name'),
    note(more, [right, TOP - 14], 'end', 'name'),
    words === 'beside' && note('difference, 95 %', [right + 12, TOP - 14], 'start', 'name'),
    ...rows.map((row, index) => rowMarkup(row, TOP + index * high + middle, { x, places })),
  ]);
}

function scaleOf(rows: readonly ForestRow[], margin: number, { left, right }: Places): Scale {
  const ends = rows.flatMap(({ comparison: { relative, relativeInterval, draws } }) => [
    relative,
    ...(relativeInterval === null ? [] : [relativeInterval.low, relativeInterval.high]),
    ...draws.map(({ logRatio }) => Math.expm1(logRatio)),
  ]);
  const finite = ends.filter(Number.isFinite);
  const low = Math.min(-2 * margin, ...finite) * 1.1;
  const high = Math.max(2 * margin, ...finite) * 1.1;
  return symmetricLogScale(low, high, margin, { from: left, to: right });
}

function rowMarkup(
  { comparison, label, sentence }: ForestRow,
  y: number,
  { x, places }: { readonly x: Scale; readonly places: Places },
): Markup {
  const { relative, relativeInterval, draws, outcome, direction, validity, isTwin } = comparison;
  const tone = isTwin ? 'twin' : validity === 'invalid' ? 'invalid' : (direction ?? outcome);
  const interval =
    relativeInterval !== null &&
    markup`<line class="whisker" x1="${fixed(x.place(relativeInterval.low))}" x2="${fixed(x.place(relativeInterval.high))}" y1="${y}" y2="${y}"/>${[
      relativeInterval.low,
      relativeInterval.high,
    ].map(
      (end) =>
        markup`<line class="whisker" x1="${fixed(x.place(end))}" x2="${fixed(x.place(end))}" y1="${y - 4}" y2="${y + 4}"/>`,
    )}`;
  const at = fixed(x.place(relative));
  return markup`<g class="pair v-${tone}"><title>${sentence}</title>${draws.map(
    ({ logRatio }) => markup`<circle class="draw" cx="${fixed(x.place(Math.expm1(logRatio)))}" cy="${y + 9}" r="2"/>`,
  )}${interval}<rect class="mark" x="${at}" y="${y}" width="9" height="9" transform="translate(-4.5 -4.5)"/>${wordsOf(comparison, label, [y, places])}</g>`;
}

function wordsOf(
  comparison: Comparison,
  label: string,
  [y, { left, right, words }]: readonly [number, Places],
): Markup {
  const [value, outcome] = [valueText(comparison), outcomeText(comparison)];
  if (words === 'above') {
    return markup`${note(shortened(label, 28), [4, y - 28], 'start', 'note label')}${note(value, [4, y - 13], 'start', 'note label')}${note(outcome, [right + 22, y - 13], 'end', 'label name')}`;
  }
  return markup`${note(label, [left - 10, y + 4], 'end')}${note(value, [right + 12, y - 1])}${note(outcome, [right + 12, y + 12], 'start', 'name')}`;
}

/** "+2.1 % [0.4, 3.8] %". */
function valueText({ relative, relativeInterval }: Comparison): string {
  const interval = relativeInterval === null ? '' : ` ${formatPercentInterval(relativeInterval)}`;
  return `${formatPercentSigned(relative)}${interval}`;
}

/** "slower, not controlled". */
function outcomeText({ outcome, direction, validity, unit }: Comparison): string {
  if (validity === 'invalid') return 'INVALID';
  return `${directionWord(direction, unit ?? 'ns') ?? outcome}${validity === 'not-controlled' ? ', not controlled' : ''}`;
}

function percent(share: number): string {
  return `${share > 0 ? '+' : ''}${Number((share * 100).toPrecision(3))} %`;
}
