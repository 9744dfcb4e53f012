// SPDX-License-Identifier: GPL-2.0-only
/** Every effect of a comparison with its interval, its outcome, and what it is made of. */
import type { ComparedCell, Effect } from '../../compare/compare-schema.ts';
import { outcomeWord } from '../../compare/compare-text.ts';
import { differenceOf, levelsOf, unitOf } from '../../compare/effect-figures.ts';
import { type Markup, markup } from '../../render/markup.ts';
import { formatChange, unitWords } from '../../words/figure.ts';
import { formatPercentInterval, formatPercentSigned, formatProbe, formatRatio } from '../../words/format.ts';
import { intervalBar, scaleOf } from './interval-bar.ts';

/** One candidate: a table a probe; each row becomes a card where the page is narrow. */
export function effectsSection(cells: readonly ComparedCell[], title: string, number: number): Markup {
  const probes = [...new Set(cells.map(({ probe }) => formatProbe(probe)))];
  return markup`<section aria-labelledby="effects-${number}"><h2 id="effects-${number}">${title}</h2>
${cells.length === 0 && markup`<p>Nothing that both have can be compared.</p>`}
${probes.map((probe) =>
  probePart(
    probe,
    cells.filter((cell) => formatProbe(cell.probe) === probe),
  ),
)}</section>`;
}

interface Row {
  readonly cell: ComparedCell;
  readonly effect: Effect;
}

/** One row a path; all other figures are folded away. */
function probePart(probe: string, cells: readonly ComparedCell[]): Markup {
  const first = cells.flatMap((cell): Row[] => {
    const effect = cell.effects.find(({ primary }) => primary) ?? cell.effects[0];
    return effect === undefined ? [] : [{ cell, effect }];
  });
  const shown = new Set(first.map(({ effect }) => effect));
  const others = cells.flatMap((cell): Row[] =>
    cell.effects.filter((effect) => !shown.has(effect)).map((effect) => ({ cell, effect })),
  );
  const { noun } = unitWords(others[0] === undefined ? 'ns' : unitOf(others[0].effect));
  const statistics = [...new Set(others.map(({ effect }) => effect.statistic))].join(', ');
  return markup`<h3>${probe}</h3>${effectTable(first, `effects under ${probe}`)}${others.length > 0 && markup`<details><summary>the other figures: ${statistics}, and the ${noun} beside a ratio</summary>${effectTable(others, `other effects under ${probe}`)}</details>`}`;
}

function effectTable(rows: readonly Row[], name: string): Markup {
  const scale = scaleOf(rows.map(({ effect }) => effect));
  const { shown } = unitWords(rows[0] === undefined ? 'ns' : unitOf(rows[0].effect));
  return markup`<div class="wide" tabindex="0" role="group" aria-label="${name}"><table class="figures effects cards"><thead><tr><th scope="col">path</th><th scope="col">figure</th><th scope="col">baseline, ${shown}</th><th scope="col">candidate, ${shown}</th><th scope="col">difference</th><th scope="col">95 %</th><th scope="col"><span class="hidden">as a picture</span></th><th scope="col" class="words">outcome</th><th scope="col" class="words">of what</th></tr></thead><tbody>${rows.map(
    (row) => effectRow(row, scale),
  )}</tbody></table></div>`;
}

function effectRow({ cell, effect }: Row, scale: number): Markup {
  const { statistic, relative, relativeInterval, outcome, direction, validity, standing, because, primary } = effect;
  const { baseline, candidate } = levelsOf(effect);
  const { value: difference, unit } = differenceOf(effect);
  const { shown, format } = unitWords(unit);
  const { path, candidatePath, twinOf } = cell;
  const name = `${path === candidatePath ? path : `${path} → ${candidatePath}`}${twinOf === null ? '' : ` (control of ${twinOf})`}`;
  const weak = [...(standing === 'indication' ? ['indication'] : []), ...(because === '' ? [] : [because])];
  const control = validity === 'invalid' && `, measured ${measuredWord(effect)}`;
  return markup`<tr class="v-${validity === 'invalid' ? validity : (direction ?? outcome)}${!primary && ' beside'}"><th scope="row">${name}</th><td data-head="figure">${statistic}</td><td data-head="baseline, ${shown}">${format(baseline)}</td><td data-head="candidate, ${shown}">${format(candidate)}</td><td data-head="difference">${formatPercentSigned(relative)} <span class="faint">(${formatChange(difference, unit)})</span></td><td data-head="95 %">${relativeInterval === null ? '-' : formatPercentInterval(relativeInterval)}</td><td>${intervalBar(effect, scale)}</td><td class="words" data-head="outcome"><b>${outcomeWord(effect)}</b>${control}${weak.length > 0 && markup` <span class="faint">${weak.join('; ')}</span>`}</td><td class="words" data-head="of what"><span title="${effect.method}">${basisText(effect)}</span></td></tr>`;
}

/** What a row that is void would read: never a claim. */
function measuredWord(effect: Effect): string {
  const { relativeInterval: bounds } = effect;
  if (bounds === null) return 'without an interval';
  const { more, less } = unitWords(unitOf(effect));
  return bounds.low > 0 ? more : bounds.high < 0 ? less : 'no difference that is clear';
}

function basisText(effect: Effect): string {
  const { basis, baselineRatio, candidateRatio, unit, units } = effect;
  const over = `${units.baseline} and ${units.candidate} ${unit}`;
  switch (basis.kind) {
    case 'absolute':
      return `the ${unitWords(unitOf(effect)).noun} itself, over ${over}`;
    case 'relative': {
      const ratios =
        baselineRatio === null || candidateRatio === null
          ? ''
          : ` (${formatRatio(baselineRatio)} x, ${formatRatio(candidateRatio)} x)`;
      return `its ratio to ${basis.to}${ratios}, over ${over}`;
    }
    case 'direct':
      return `two paths in the same runs, over ${over}`;
    default:
      return basis satisfies never;
  }
}
