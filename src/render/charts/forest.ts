// SPDX-License-Identifier: GPL-2.0-only
/** Every comparison with its interval, its draws and the margin within which nothing is claimed: a forest plot. */
import type { Comparison } from '../../model/result.ts';
import { directionWord, unitWords } from '../../words/figure.ts';
import { formatPercentInterval, formatPercentSigned } from '../../words/format.ts';
import { type Markup, markup } from '../markup.ts';
import { bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, type Scale, symmetricLogScale } from './scale.ts';

export interface ForestRow {
  readonly comparison: Comparison;
  /** "macvtap against tap". */
  readonly label: string;
  /** The whole sentence, for who points at the row. */
  readonly sentence: string;
}

const WIDTH = 760;
const LEFT = 170;
const RIGHT = 530;
const TOP = 34;
const ROW = 34;

export function forestPlot(rows: readonly ForestRow[], name: ChartName): Markup {
  const unit = rows[0]?.comparison.unit ?? 'ns';
  const { less, more } = unitWords(unit);
  const bottom = TOP + rows.length * ROW + 6;
  const plot: Plot = { left: LEFT, right: RIGHT, top: TOP - 6, bottom };
  const margin = Math.max(...rows.map(({ comparison }) => comparison.marginRelative), 1e-4);
  const x = scaleOf(rows, margin);
  const zero = fixed(x.place(0));
  return picture(name, { width: WIDTH, height: bottom + 44 }, [
    markup`<rect class="margin" x="${fixed(x.place(-margin))}" y="${plot.top}" width="${fixed(x.place(margin) - x.place(-margin))}" height="${bottom - plot.top}"><title>the margin: within it nothing is claimed</title></rect>`,
    bottomAxis(x, plot, percent, 'difference of p50: linear within the margin (shaded), logarithmic beyond'),
    markup`<line class="zero" x1="${zero}" x2="${zero}" y1="${plot.top}" y2="${bottom}"/>`,
    note(less, [LEFT, TOP - 14], 'start', 'name'),
    note(more, [RIGHT, TOP - 14], 'end', 'name'),
    note('difference, 95 %', [RIGHT + 12, TOP - 14], 'start', 'name'),
    ...rows.map((row, index) => rowMarkup(row, TOP + index * ROW + ROW / 2, x)),
  ]);
}

function scaleOf(rows: readonly ForestRow[], margin: number): Scale {
  const ends = rows.flatMap(({ comparison: { relative, relativeInterval, draws } }) => [
    relative,
    ...(relativeInterval === null ? [] : [relativeInterval.low, relativeInterval.high]),
    ...draws.map(({ logRatio }) => Math.expm1(logRatio)),
  ]);
  const finite = ends.filter(Number.isFinite);
  const low = Math.min(-2 * margin, ...finite) * 1.1;
  const high = Math.max(2 * margin, ...finite) * 1.1;
  return symmetricLogScale(low, high, margin, { from: LEFT, to: RIGHT });
}

function rowMarkup({ comparison, label, sentence }: ForestRow, y: number, x: Scale): Markup {
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
  )}${interval}<rect class="mark" x="${at}" y="${y}" width="9" height="9" transform="translate(-4.5 -4.5)"/>${note(label, [LEFT - 10, y + 4], 'end')}${note(valueText(comparison), [RIGHT + 12, y - 1])}${note(outcomeText(comparison), [RIGHT + 12, y + 12], 'start', 'name')}</g>`;
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
