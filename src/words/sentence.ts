// SPDX-License-Identifier: GPL-2.0-only
/** A comparison as one sentence that can be quoted alone: size, interval, what it rests on, and what weakens it. */
import { differenceOf } from '../model/figure.ts';
import type { Comparison, Validity } from '../model/result.ts';
import { guestMeans, LEAST_DRAWS_FOR_CLAIM } from '../stats/compare-draws.ts';
import { directionWord, formatChange, unitWords } from './figure.ts';
import {
  formatCounted,
  formatMargin,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
} from './format.ts';
import { pairMedians } from './pair-medians.ts';
import type { PathLabel } from './path-labels.ts';
import { plainText } from './plain-text.ts';

export interface SentenceContext {
  readonly label: PathLabel;
  /** The failed control has a sentence of its own: the others then need not repeat it. */
  readonly controlFailed: boolean;
}

/** The whole statement about one pair, in one line before wrapping. */
export function sentence(comparison: Comparison, context: SentenceContext): string {
  const { lost, discarded, standing, validity, because } = comparison;
  const text = comparison.isTwin ? twinSentence(comparison, context) : pairSentence(comparison, context);
  const left = [...(lost > 0 ? [`${lost} lost`] : []), ...(discarded > 0 ? [`${discarded} discarded`] : [])];
  const weaknesses = [
    ...levels(comparison),
    ...settledBy(comparison),
    ...(left.length > 0 ? [left.join(', ')] : []),
    // What voids a comparison is already the middle of its sentence.
    ...(because === '' || validity === 'invalid' ? [] : [because]),
  ];
  const few = standing === 'indication' && validity !== 'invalid' ? ' (indication)' : '';
  return plainText([`${text}${guestSpread(comparison)}${few}`, ...weaknesses].join('; '));
}

/** How far the control lets an outcome be relied on, in as few words as a column has. */
export const VALIDITY_WORDS: Readonly<Record<Validity, string>> = {
  valid: 'controlled',
  'not-controlled': 'not controlled',
  invalid: 'INVALID',
};

function pairSentence(comparison: Comparison, { label, controlFailed }: SentenceContext): string {
  const { outcome, validity, because } = comparison;
  const candidate = label(comparison.candidate);
  const reference = label(comparison.reference);
  if (validity === 'invalid') {
    const why = controlFailed ? 'the A/A control failed' : because;
    return `${candidate} against ${reference}: INVALID, ${why}; measured ${measured(comparison)}`;
  }
  switch (outcome) {
    case 'different':
      return `${candidate} ${differs(comparison)} ${reference}${claimInterval(comparison)}${over(comparison)}`;
    case 'equivalent':
      return `${candidate} and ${reference} are equivalent: ${withinMargin(comparison)}`;
    case 'inconclusive':
      return `${candidate} against ${reference}: inconclusive, ${measured(comparison)}${tooFew(comparison)}`;
    default:
      return outcome satisfies never;
  }
}

function twinSentence(comparison: Comparison, { label }: Pick<SentenceContext, 'label'>): string {
  const { outcome } = comparison;
  const pair = `${label(comparison.candidate)} and ${label(comparison.reference)}`;
  switch (outcome) {
    case 'equivalent':
      return `A/A control holds: ${pair} are equivalent, ${withinMargin(comparison)}`;
    case 'different':
      return (
        `A/A control FAILED: ${label(comparison.candidate)} ${differs(comparison)} ` +
        `${label(comparison.reference)}${claimInterval(comparison)}${over(comparison)}, although both are the same`
      );
    case 'inconclusive':
      return `A/A control inconclusive: ${pair}, ${measured(comparison)}${tooFew(comparison)}`;
    default:
      return outcome satisfies never;
  }
}

function tooFew({ draws }: Comparison): string {
  return draws.length < LEAST_DRAWS_FOR_CLAIM ? ', too few draws for a claim' : '';
}

/** What an inconclusive comparison lacks, as far as its draws tell. */
function settledBy({ outcome, validity, draws, moreDraws }: Comparison): string[] {
  if (outcome !== 'inconclusive' || validity === 'invalid' || draws.length < 2) return [];
  if (moreDraws === null) return ['to settle it would probably take over 1000 draws'];
  return [`${formatCounted(moreDraws, 'more draw')} would probably settle it`];
}

/** "is 2.8 % (8.5 us) slower than". */
function differs(comparison: Comparison): string {
  const { relative, direction } = comparison;
  const unit = comparison.unit ?? 'ns';
  const size = `${formatPercentSize(relative)} (${differenceSize(comparison)})`;
  return `${unitWords(unit).verb} ${size} ${directionWord(direction, unit)} than`;
}

/** "-8.5 us". */
function change(comparison: Comparison): string {
  const { value, unit } = differenceOf(comparison);
  return formatChange(value, unit);
}

/** "8.5 us". */
function differenceSize(comparison: Comparison): string {
  const { value, unit } = differenceOf(comparison);
  return unitWords(unit).formatSize(value);
}

/** In the direction of the claim: "2.8 % faster [2.5, 3.1] %" needs no thought about signs. */
function claimInterval({ relativeInterval: bounds, relative }: Comparison): string {
  if (bounds === null) return '';
  return ` ${formatPercentInterval(relative < 0 ? { low: -bounds.high, high: -bounds.low } : bounds)}`;
}

/** "+0.2 % (+0.6 us) [-0.4, 0.8] %, within the margin of 1 %, 95 % over 4 draws in 1 guest". */
function withinMargin(comparison: Comparison): string {
  const { relative, relativeInterval: bounds } = comparison;
  const interval = bounds === null ? '' : ` ${formatPercentInterval(bounds)}`;
  const margin = `within the margin of ${formatMargin(comparison)}`;
  return `${formatPercentSigned(relative)} (${change(comparison)})${interval}, ${margin}${over(comparison)}`;
}

/** "+2.1 % (+6.3 us) [-1.0, 5.2] %, 95 % over 2 draws in 1 guest". */
function measured(comparison: Comparison): string {
  const { relative, relativeInterval: bounds } = comparison;
  const interval = bounds === null ? '' : ` ${formatPercentInterval(bounds)}`;
  return `${formatPercentSigned(relative)} (${change(comparison)})${interval}${over(comparison)}`;
}

function over({ draws, guests, relativeInterval, sequential }: Comparison): string {
  const all = `${formatCounted(draws.length, 'draw')} in ${formatCounted(guests, 'guest')}`;
  // Such an interval is wider than one over a number of draws that was fixed.
  const whenever = sequential === undefined ? '' : ' at whichever look it ends,';
  return relativeInterval === null ? `, without an interval, ${all}` : `, 95 %${whenever} over ${all}`;
}

/** "p50 243.1 against 207.9 us": those of the pair, which are not those of a table of many paths. */
function levels(comparison: Comparison): string[] {
  if (comparison.isTwin || comparison.draws.length === 0) return [];
  const { candidate, reference } = pairMedians(comparison);
  const { format, shown } = unitWords(comparison.unit ?? 'ns');
  return [`p50 ${format(candidate)} against ${format(reference)} ${shown}`];
}

/** Guests that disagree show an effect of the boot, which an interval over draws does not know. */
function guestSpread({ draws, guests }: Comparison): string {
  if (guests < 2) return '';
  const means = guestMeans(draws).map(({ relative }) => formatPercentSigned(relative).replace(' %', ''));
  return ` (by guest: ${means.join(', ')} %)`;
}
