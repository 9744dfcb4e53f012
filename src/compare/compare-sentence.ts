// SPDX-License-Identifier: GPL-2.0-only
/** An effect as a sentence that can be quoted alone, in the words of a run's own comparisons. */

import { largestPossible } from '../stats/compare-draws.ts';
import {
  formatCounted,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
  formatUsSize,
} from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import { basisName, cellName, sideName } from './compare-names.ts';
import type { ComparedCell, ComparedSide, Effect } from './compare-schema.ts';

export interface SentenceSides {
  readonly baseline: ComparedSide;
  readonly candidate: ComparedSide;
}

/** "p50 of macvtap over tap is 2.6 % (5.5 us) slower in after than in before [1.0, 4.1] %, 95 % over 8 runs a side". */
export function effectSentence(cell: ComparedCell, effect: Effect, sides: SentenceSides): string {
  const few = effect.standing === 'indication' && effect.verdict !== 'invalid' ? ' (indication)' : '';
  const because = effect.because === '' || effect.verdict === 'invalid' ? '' : `; ${effect.because}`;
  return plainText(`${statement(cell, effect, sides)}${few}${because}`);
}

function statement(cell: ComparedCell, effect: Effect, sides: SentenceSides): string {
  const { verdict, because } = effect;
  const [what, where, between] = words(cell, effect, sides);
  switch (verdict) {
    case 'slower':
    case 'faster':
      return `${what} is ${size(effect)} ${verdict} ${where}${claimInterval(effect)}${over(effect)}`;
    case 'no-difference':
      return `${what}${between}: no difference larger than ${largest(effect)}${over(effect)}`;
    case 'unresolved':
      return `${what}${between}: not resolved, ${measured(effect)}${over(effect)}`;
    case 'too-few-draws':
      return `${what}${between}: ${measured(effect)}, too little for a claim${effect.relativeInterval === null ? '' : over(effect)}`;
    case 'invalid':
      return `${what}${between}: INVALID, ${because}; measured ${measured(effect)}${over(effect)}`;
    default:
      return verdict satisfies never;
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

function size({ relative, differenceNs }: Effect): string {
  return `${formatPercentSize(relative)} (${formatUsSize(differenceNs)})`;
}

/** In the direction of the claim, as in `sentence`. */
function claimInterval({ relativeInterval: bounds, verdict }: Effect): string {
  if (bounds === null) return '';
  return ` ${formatPercentInterval(verdict === 'faster' ? { low: -bounds.high, high: -bounds.low } : bounds)}`;
}

function largest(effect: Effect): string {
  const most = largestPossible(effect);
  const { relativeInterval: bounds, differenceIntervalNs: ns } = effect;
  if (most === null || bounds === null || ns === null) return 'could be seen';
  const differenceNs = Math.max(Math.abs(ns.low), Math.abs(ns.high));
  return `${formatPercentSize(most)} (${formatUsSize(differenceNs)}) ${formatPercentInterval(bounds)}`;
}

function measured({ relative, differenceNs, relativeInterval: bounds }: Effect): string {
  const interval = bounds === null ? '' : ` ${formatPercentInterval(bounds)}`;
  return `${formatPercentSigned(relative)} (${formatUsSize(differenceNs)})${interval}`;
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
