// SPDX-License-Identifier: GPL-2.0-only
/** A comparison as one sentence that can be quoted alone: size, interval, what it rests on, and what weakens it. */
import type { Comparison } from '../model/result.ts';
import { guestMeans, largestPossible } from '../stats/compare-draws.ts';
import {
  formatCounted,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
  formatUsSize,
} from './format.ts';
import type { PathLabel } from './path-labels.ts';
import { plainText } from './plain-text.ts';

export interface SentenceContext {
  readonly label: PathLabel;
  /** The failed control has a sentence of its own: the others then need not repeat it. */
  readonly controlFailed: boolean;
}

/** The whole statement about one pair, in one line before wrapping. */
export function sentence(comparison: Comparison, context: SentenceContext): string {
  const { lost, discarded, standing, verdict, because } = comparison;
  const text = comparison.isTwin ? twinSentence(comparison, context) : pairSentence(comparison, context);
  const left = [...(lost > 0 ? [`${lost} lost`] : []), ...(discarded > 0 ? [`${discarded} discarded`] : [])];
  const weaknesses = [
    ...(left.length > 0 ? [left.join(', ')] : []),
    // What voids a comparison is already the middle of its sentence.
    ...(because === '' || verdict === 'invalid' ? [] : [because]),
  ];
  const few = standing === 'indication' && verdict !== 'invalid' ? ' (indication)' : '';
  return plainText([`${text}${guestSpread(comparison)}${few}`, ...weaknesses].join('; '));
}

/** Whether a difference is claimed; for a twin that means that the control failed. */
export function isClaim({ verdict }: Pick<Comparison, 'verdict'>): boolean {
  return verdict === 'slower' || verdict === 'faster';
}

function pairSentence(comparison: Comparison, { label, controlFailed }: SentenceContext): string {
  const { verdict, because } = comparison;
  const candidate = label(comparison.candidate);
  const reference = label(comparison.reference);
  switch (verdict) {
    case 'slower':
    case 'faster':
      return `${candidate} is ${size(comparison)} ${verdict} than ${reference}${claimInterval(comparison)}${over(comparison)}`;
    case 'no-difference':
      return `${candidate} and ${reference}: ${noDifference(comparison)}`;
    case 'unresolved':
      return `${candidate} against ${reference}: not resolved, ${measured(comparison)}`;
    case 'too-few-draws':
      return `${candidate} against ${reference}: ${measured(comparison)}, too few draws for a claim`;
    case 'invalid':
      return `${candidate} against ${reference}: INVALID, ${controlFailed ? 'the A/A control failed' : because}; measured ${measured(comparison)}`;
    default:
      return verdict satisfies never;
  }
}

function twinSentence(comparison: Comparison, { label }: Pick<SentenceContext, 'label'>): string {
  const { verdict } = comparison;
  const pair = `${label(comparison.candidate)} and ${label(comparison.reference)}`;
  switch (verdict) {
    case 'no-difference':
      return `A/A control holds: ${pair}, ${noDifference(comparison)}`;
    case 'slower':
    case 'faster':
      return (
        `A/A control FAILED: ${label(comparison.candidate)} is ${size(comparison)} ${verdict} than ` +
        `${label(comparison.reference)}${claimInterval(comparison)}${over(comparison)}, although both are the same`
      );
    case 'too-few-draws':
    case 'unresolved':
      return `A/A control not judged: ${pair}, ${measured(comparison)}`;
    case 'invalid':
      return `A/A control INVALID: ${pair}, ${measured(comparison)}: ${comparison.because}`;
    default:
      return verdict satisfies never;
  }
}

/** "2.8 % (8.5 us)". */
function size({ relative, differenceNs }: Pick<Comparison, 'relative' | 'differenceNs'>): string {
  return `${formatPercentSize(relative)} (${formatUsSize(differenceNs)})`;
}

/** In the direction of the claim: "2.8 % faster [2.5, 3.1] %" needs no thought about signs. */
function claimInterval({ relativeInterval: bounds, verdict }: Comparison): string {
  if (bounds === null) return '';
  return ` ${formatPercentInterval(verdict === 'faster' ? { low: -bounds.high, high: -bounds.low } : bounds)}`;
}

/** "no difference larger than 0.7 % (2.2 us) [-0.7, 0.6] %, 95 % over 4 draws in 1 guest". */
function noDifference(comparison: Comparison): string {
  const largest = largestPossible(comparison);
  const { relativeInterval: bounds, differenceIntervalNs: ns } = comparison;
  if (largest === null || bounds === null || ns === null) return `no difference seen, ${measured(comparison)}`;
  const most = { relative: largest, differenceNs: Math.max(Math.abs(ns.low), Math.abs(ns.high)) };
  return `no difference larger than ${size(most)} ${formatPercentInterval(bounds)}${over(comparison)}`;
}

/** "+2.1 % (6.3 us) [-1.0, 5.2] %, 95 % over 2 draws in 1 guest". */
function measured(comparison: Comparison): string {
  const { relative, differenceNs, relativeInterval: bounds } = comparison;
  const interval = bounds === null ? '' : ` ${formatPercentInterval(bounds)}`;
  return `${formatPercentSigned(relative)} (${formatUsSize(differenceNs)})${interval}${over(comparison)}`;
}

function over({ draws, guests, relativeInterval }: Comparison): string {
  const all = `${formatCounted(draws.length, 'draw')} in ${formatCounted(guests, 'guest')}`;
  return relativeInterval === null ? `, without an interval, ${all}` : `, 95 % over ${all}`;
}

/** Guests that disagree show an effect of the boot, which an interval over draws does not know. */
function guestSpread({ draws, guests }: Comparison): string {
  if (guests < 2) return '';
  const means = guestMeans(draws).map(({ relative }) => formatPercentSigned(relative).replace(' %', ''));
  return ` (by guest: ${means.join(', ')} %)`;
}
