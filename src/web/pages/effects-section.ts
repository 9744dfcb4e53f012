// SPDX-License-Identifier: GPL-2.0-only
/** Every effect of a comparison with its interval, its outcome, and what it is made of. */
import { basisColumn } from '../../compare/compare-names.ts';
import type { ComparedCell, Effect } from '../../compare/compare-schema.ts';
import { outcomeWord, unitsText } from '../../compare/compare-text.ts';
import { differenceOf, levelsOf, unitOf } from '../../compare/effect-figures.ts';
import { colourClass } from '../../render/backend-colours.ts';
import type { Look } from '../../render/charts/look.ts';
import { swatch } from '../../render/html/section.ts';
import { type Markup, markup } from '../../render/markup.ts';
import { formatChange, unitWords } from '../../words/figure.ts';
import { formatPercentInterval, formatPercentSigned, formatProbe, formatRatio } from '../../words/format.ts';
import { axisText, intervalAxis, intervalBar, scaleOf } from './interval-bar.ts';

export interface EffectsOf {
  readonly cells: readonly ComparedCell[];
  readonly title: string;
  /** Of the candidate. */
  readonly number: number;
  /** Of the pictures of all candidates. */
  readonly scale: number;
}

/** One candidate: a table a probe; each row becomes a card where the page is narrow. */
export function effectsSection({ cells, title, number, scale }: EffectsOf): Markup {
  const probes = [...new Set(cells.map(({ probe }) => formatProbe(probe)))];
  return markup`<section aria-labelledby="effects-${number}"><h2 id="effects-${number}">${title}</h2>
${cells.length === 0 && markup`<p>Nothing that both have can be compared.</p>`}
${probes.map((probe) =>
  probePart(
    probe,
    cells.filter((cell) => formatProbe(cell.probe) === probe),
    scale,
  ),
)}</section>`;
}

/** Of everything that is not folded away. */
export function effectsScale(cells: readonly ComparedCell[]): number {
  return scaleOf(cells.flatMap(firstEffects));
}

interface Row {
  readonly cell: ComparedCell;
  readonly effect: Effect;
}

/** What is compared first, and where that is a ratio to another path the figure itself beside it. */
function firstEffects({ effects }: ComparedCell): readonly Effect[] {
  const first = effects.find(({ primary }) => primary) ?? effects[0];
  if (first === undefined) return [];
  const itself = effects.find(
    ({ statistic, basis }) =>
      statistic === first.statistic && basis.kind === 'absolute' && first.basis.kind !== 'absolute',
  );
  return itself === undefined ? [first] : [first, itself];
}

/** Of each path what is compared first; all other figures are folded away. */
function probePart(probe: string, cells: readonly ComparedCell[], scale: number): Markup {
  const first = cells.flatMap((cell): Row[] => firstEffects(cell).map((effect) => ({ cell, effect })));
  const shown = new Set(first.map(({ effect }) => effect));
  const others = cells.flatMap((cell): Row[] =>
    cell.effects.filter((effect) => !shown.has(effect)).map((effect) => ({ cell, effect })),
  );
  const statistics = [...new Set(others.map(({ effect }) => effect.statistic))].join(', ');
  return markup`<h3>${probe}</h3>${effectTable(first, `effects under ${probe}`, scale)}${others.length > 0 && markup`<details><summary>the other figures: ${statistics}</summary>${effectTable(others, `other effects under ${probe}`, scale)}</details>`}`;
}

function effectTable(rows: readonly Row[], name: string, scale: number): Markup {
  const { shown } = unitWords(rows[0] === undefined ? 'ns' : unitOf(rows[0].effect));
  return markup`<div class="wide" tabindex="0" role="group" aria-label="${name}"><table class="figures effects cards"><thead><tr><th scope="col">path</th><th scope="col">figure</th><th scope="col" class="words">compared</th><th scope="col">baseline, ${shown}</th><th scope="col">candidate, ${shown}</th><th scope="col" class="change">change of what is compared</th><th scope="col">95 %</th><th scope="col">${intervalAxis(scale)}</th><th scope="col" class="words">outcome</th><th scope="col" class="words">over</th></tr></thead><tbody>${rows.map(
    (row) => effectRow(row, scale),
  )}</tbody></table></div>`;
}

function effectRow({ cell, effect }: Row, scale: number): Markup {
  const { statistic, relativeInterval, outcome, direction, validity, standing, because, primary, basis } = effect;
  const { shown } = unitWords(unitOf(effect));
  const { path, candidatePath, twinOf } = cell;
  const name = `${path === candidatePath ? path : `${path} → ${candidatePath}`}${twinOf === null ? '' : ` (control of ${twinOf})`}`;
  // That it is not controlled stands in the outcome.
  const reason = because.replace(/^not controlled: /, '');
  const weak = [...(standing === 'indication' ? ['indication'] : []), ...(reason === '' ? [] : [reason])];
  const control = validity === 'invalid' && `, measured ${measuredWord(effect)}`;
  const levels = levelTexts(effect);
  return markup`<tr class="v-${validity === 'invalid' ? validity : (direction ?? outcome)}${!primary && ' beside'}"><th scope="row">${swatch(lookOf(cell))} ${name}</th><td data-head="figure">${statistic}</td><td class="short" data-head="compared">${basisColumn(basis)}</td><td data-head="baseline, ${shown}">${levels.baseline}</td><td data-head="candidate, ${shown}">${levels.candidate}</td><td class="change" data-head="change">${changeText(effect)}</td><td class="interval" data-head="95 %">${relativeInterval === null ? '-' : formatPercentInterval(relativeInterval)}</td><td class="picture" data-axis="${axisText(scale)}">${intervalBar(effect, scale)}</td><td class="words" data-head="outcome"><b>${outcomeWord(effect)}</b>${control}${weak.length > 0 && markup`<span class="faint">, ${weak.join('; ')}</span>`}</td><td class="short" data-head="over"><span title="${effect.method}">${relativeInterval === null ? '-' : unitsText(effect)}</span></td></tr>`;
}

function lookOf({ backend, twinOf }: ComparedCell): Look {
  return { number: 0, colour: colourClass({ backend, isTwin: twinOf !== null }) };
}

/** Of a ratio to another path the ratio first: it is what changed by so much. */
function levelTexts(effect: Effect): Readonly<Record<'baseline' | 'candidate', Markup>> {
  const { basis, baselineRatio, candidateRatio } = effect;
  const { baseline, candidate } = levelsOf(effect);
  const { format } = unitWords(unitOf(effect));
  const level = (value: number, ratio: number | null): Markup =>
    basis.kind !== 'relative' || ratio === null
      ? markup`${format(value)}`
      : markup`<b>${formatRatio(ratio)} x</b> <span class="faint">(${format(value)})</span>`;
  return { baseline: level(baseline, baselineRatio), candidate: level(candidate, candidateRatio) };
}

/** Of a ratio without the size: the difference of the two levels beside it is another one. */
function changeText(effect: Effect): Markup {
  const change = formatPercentSigned(effect.relative);
  if (effect.basis.kind === 'relative') return markup`${change}`;
  const { value: difference, unit } = differenceOf(effect);
  return markup`${change} <span class="faint">(${formatChange(difference, unit)})</span>`;
}

/** What a row that is void would read: never a claim. */
function measuredWord(effect: Effect): string {
  const { relativeInterval: bounds } = effect;
  if (bounds === null) return 'without an interval';
  const { more, less } = unitWords(unitOf(effect));
  return bounds.low > 0 ? more : bounds.high < 0 ? less : 'an interval that holds 0';
}
