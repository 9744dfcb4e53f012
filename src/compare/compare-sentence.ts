// SPDX-License-Identifier: GPL-2.0-only
/** An effect as a sentence that can be quoted alone, in the words of a run's own comparisons. */

import { directionWord, formatChange, unitWords } from '../words/figure.ts';
import {
  formatCounted,
  formatMargin,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
} from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import { basisName, cellName, sideName } from './compare-names.ts';
import type { ComparedCell, ComparedSide, Effect } from './compare-schema.ts';
import { differenceOf, unitOf } from './effect-figures.ts';

export interface SentenceSides {
  readonly baseline: ComparedSide;
  readonly candidate: ComparedSide;
}

/** "p50 of macvtap over tap is 2.6 % (5.5 us) slower in after than in before [1.0, 4.1] %, 95 % over 8 runs a side". */
export function effectSentence(cell: ComparedCell, effect: Effect, sides: SentenceSides): string {
  const { standing, validity, outcome, moreRuns, because } = effect;
  const few = standing === 'indication' && validity !== 'invalid' ? ' (indication)' : '';
  const settled =
    outcome === 'inconclusive' && moreRuns !== null
      ? [`${formatCounted(moreRuns, 'more run')} a side would probably settle it`]
      : [];
  const weak = because === '' || validity === 'invalid' ? [] : [because];
  const control = cell.twinOf !== null && effect.basis.kind !== 'absolute' ? 'A/A control: ' : '';
  return plainText([`${control}${statement(cell, effect, sides)}${few}`, ...settled, ...weak].join('; '));
}

function statement(cell: ComparedCell, effect: Effect, sides: SentenceSides): string {
  const { outcome, validity, because } = effect;
  const [what, where, between] = words(cell, effect, sides);
  const figures = `${measured(effect)}${over(effect)}`;
  if (validity === 'invalid') return `${what}${between}: INVALID, ${because}; measured ${figures}`;
  switch (outcome) {
    case 'different':
      return `${what} is ${size(effect)} ${directionWord(effect.direction, unitOf(effect))} ${where}${claimInterval(effect)}${over(effect)}`;
    case 'equivalent':
      return `${what}${between}: equivalent, ${measured(effect)}, within the margin of ${formatMargin(effect)}${over(effect)}`;
    case 'inconclusive':
      return `${what}${between}: inconclusive, ${figures}`;
    default:
      return outcome satisfies never;
  }
}

/** The subject, "than" what, and between what where no direction is claimed. */
function words(
  cell: ComparedCell,
  { statistic, basis }: Effect,
  { baseline, candidate }: SentenceSides,
): readonly [string, string, string] {
  if (basis.kind === 'direct') {
    const [own, other] = [plainText(cell.candidatePath, 40), plainText(cell.path, 40)];
    return [`${statistic} of ${own}`, `than that of ${other}`, ` and ${other}`];
  }
  const relative = basisName(basis);
  const what = `${statistic} of ${cellName(cell)}${relative === '' ? '' : ` ${relative}`}`;
  const [before, after] = [sideName(baseline), sideName(candidate)];
  return [what, `in ${after} than in ${before}`, `, ${before} and ${after}`];
}

function size(effect: Effect): string {
  return `${formatPercentSize(effect.relative)} (${differenceSize(effect)})`;
}

/** "8.5 us". */
function differenceSize(effect: Effect): string {
  const { value, unit } = differenceOf(effect);
  return unitWords(unit).formatSize(value);
}

/** In the direction of the claim, as in `sentence`. */
function claimInterval({ relativeInterval: bounds, relative }: Effect): string {
  if (bounds === null) return '';
  return ` ${formatPercentInterval(relative < 0 ? { low: -bounds.high, high: -bounds.low } : bounds)}`;
}

function measured(effect: Effect): string {
  const { relative, relativeInterval: bounds } = effect;
  const interval = bounds === null ? '' : ` ${formatPercentInterval(bounds)}`;
  const { value, unit } = differenceOf(effect);
  return `${formatPercentSigned(relative)} (${formatChange(value, unit)})${interval}`;
}

/** ", 95 % over 12 and 8 runs", or over what is inside one run, with what was assumed. */
function over({ unit, units, relativeInterval, assumedRunStddev, basis }: Effect): string {
  const { baseline, candidate } = units;
  const single = unit.slice(0, -1);
  const counts =
    basis.kind === 'direct'
      ? formatCounted(candidate, single)
      : baseline === candidate
        ? `${formatCounted(candidate, single)} a side`
        : `${baseline} and ${formatCounted(candidate, single)}`;
  if (relativeInterval === null) return `, without an interval, ${counts}`;
  const assumed = assumedRunStddev === null ? '' : ` and ${formatPercentSize(assumedRunStddev)} assumed between runs`;
  return `, 95 % over ${counts}${assumed}`;
}
