/** The comparisons of one probe as sentences: size, interval, and what it rests on, or why nothing is claimed. */
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { Comparison, ProbeReport } from '../model/result.ts';
import { plainText } from '../run-store/plain-text.ts';
import { guestMeans, largestPossible, VERDICT_DRAWS, VERDICT_GUESTS } from '../stats/compare-draws.ts';
import {
  formatCounted,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
  formatProbe,
  formatUsSize,
} from './format.ts';
import { paint, type Tone } from './style.ts';
import type { CellContext } from './text-cells.ts';
import { indented, wrap } from './wrap.ts';

/** A line that says how the pairs were measured, then a sentence each, the A/A control last. */
export function renderComparisons({ probe, comparisons }: ProbeReport, context: CellContext): string[] {
  const [first] = comparisons;
  if (first === undefined) return [];
  const { options } = context;
  const controlFailed = comparisons.some((pair) => pair.isTwin && isClaim(pair));
  const ordered = [...comparisons.filter(({ isTwin }) => !isTwin), ...comparisons.filter(({ isTwin }) => isTwin)];
  const sentences = ordered.flatMap((comparison) => {
    const lines = indented(sentence(comparison, { ...context, controlFailed }), options.width);
    return lines.map((line) => paint(line, tone(comparison), options));
  });
  return [
    ...wrap(basis(probe, comparisons, first), { width: options.width, first: '', rest: '  ' }).map((line) =>
      paint(line, 'heading', options),
    ),
    ...sentences,
    ...limits(comparisons)
      .flatMap((note) => indented(note, options.width))
      .map((line) => paint(line, 'faint', options)),
  ];
}

/** What rotates together is part of a result's key, and differs from the table's; so the probe is named again. */
function basis(probe: ProbeSpec, comparisons: readonly Comparison[], first: Comparison): string {
  const ks = [...new Set(comparisons.map(({ k }) => k))].sort((a, b) => a - b).join(' or ');
  const slots = comparisons.some((pair) => pair.slots === 'fixed')
    ? 'slots not reversed everywhere'
    : 'slots reversed in pairs';
  return plainText(`${formatProbe(probe)} · compared, K = ${ks} paths in rotation, ${slots}, 95 % over ${first.unit}`);
}

function limits(comparisons: readonly Comparison[]): string[] {
  const margins = [...new Set(comparisons.map(({ marginRelative }) => formatPercentSize(marginRelative)))].join(' or ');
  const others = comparisons.filter(({ isTwin }) => !isTwin).length;
  const holm = others > 1 ? `, and holds after Holm's correction for ${others} comparisons` : '';
  const claim = `slower or faster: p50 differs by more than the margin of ${margins}, and the interval excludes 0${holm}`;
  const indication = `(indication): fewer than ${VERDICT_DRAWS} draws in ${VERDICT_GUESTS} guests; hoplab run --thorough measures them`;
  return comparisons.some(isFew) ? [claim, indication] : [claim];
}

export interface SentenceContext extends Pick<CellContext, 'label'> {
  /** The failed control has a sentence of its own: the others then need not repeat it. */
  readonly controlFailed: boolean;
}

/** The whole statement about one pair, in one line before wrapping. */
export function sentence(comparison: Comparison, context: SentenceContext): string {
  const text = comparison.isTwin ? twinSentence(comparison, context) : pairSentence(comparison, context);
  const spread = guestSpread(comparison);
  const left = [
    ...(comparison.lost > 0 ? [`${comparison.lost} lost`] : []),
    ...(comparison.discarded > 0 ? [`${comparison.discarded} discarded`] : []),
  ];
  const because = comparison.verdict === 'invalid' ? '' : weakness(comparison);
  return plainText(`${text}${spread}${left.length === 0 ? '' : `; ${left.join(', ')}`}${because}`);
}

/** What stats says of the number of draws and guests, which the tables say once, below all sentences. */
const ON_NUMBERS = /^(?:indication: \d+ draws? in \d+ guests?|a (?:claim|verdict) needs at least .*)$/;

/** " (indication)" where there are too few draws or guests, and whatever else weakens the verdict. */
function weakness(comparison: Comparison): string {
  const others = comparison.because.split('; ').filter((reason) => reason !== '' && !ON_NUMBERS.test(reason));
  const few = isFew(comparison) ? ' (indication)' : '';
  return `${few}${others.length === 0 ? '' : `; ${others.join('; ')}`}`;
}

function isFew({ draws, guests }: Comparison): boolean {
  return draws.length < VERDICT_DRAWS || guests < VERDICT_GUESTS;
}

function pairSentence(comparison: Comparison, { label, controlFailed }: SentenceContext): string {
  const { verdict, relative, differenceNs, because } = comparison;
  const candidate = label(comparison.candidate);
  const reference = label(comparison.reference);
  switch (verdict) {
    case 'slower':
    case 'faster':
      return `${candidate} is ${size(relative, differenceNs)} ${verdict} than ${reference} ${interval(comparison)}${over(comparison)}`;
    case 'no-difference':
      return `${candidate}: ${noDifference(comparison)} from ${reference}${over(comparison)}`;
    case 'indication':
      return `${candidate} against ${reference}: ${measured(comparison)}, nothing is claimed`;
    case 'invalid':
      return `${candidate} against ${reference}: INVALID, ${controlFailed ? 'the A/A control failed' : because}; measured ${measured(comparison)}`;
    default:
      return verdict satisfies never;
  }
}

function twinSentence(comparison: Comparison, { label }: Pick<CellContext, 'label'>): string {
  const { verdict, relative, differenceNs } = comparison;
  const pair = `${label(comparison.candidate)} against ${label(comparison.reference)}`;
  switch (verdict) {
    case 'no-difference':
      return `A/A control holds: ${pair}, ${noDifference(comparison)}${over(comparison)}`;
    case 'slower':
    case 'faster':
      return (
        `A/A control FAILED: ${pair} came out ${size(relative, differenceNs)} ${verdict} ${interval(comparison)}` +
        `${over(comparison)}, although both are the same`
      );
    case 'indication':
      return `A/A control not judged: ${pair}, ${measured(comparison)}`;
    case 'invalid':
      return `A/A control INVALID: ${pair}, ${measured(comparison)}: ${comparison.because}`;
    default:
      return verdict satisfies never;
  }
}

/** "2.8 % (8.5 us)". */
function size(relative: number, differenceNs: number): string {
  return `${formatPercentSize(relative)} (${formatUsSize(differenceNs)})`;
}

function noDifference(comparison: Comparison): string {
  const largest = largestPossible(comparison);
  const { differenceIntervalNs: ns } = comparison;
  if (largest === null || ns === null) return `no difference seen, ${measured(comparison)}`;
  return `no difference larger than ${size(largest, Math.max(Math.abs(ns.low), Math.abs(ns.high)))}`;
}

/** "+2.1 % (6.3 us) [-1.0, 5.2] %, 95 % over 2 draws in 1 guest". */
function measured(comparison: Comparison): string {
  const { relative, differenceNs } = comparison;
  const bounds = comparison.relativeInterval === null ? '' : ` ${interval(comparison)}`;
  return `${formatPercentSigned(relative)} (${formatUsSize(differenceNs)})${bounds}${over(comparison)}`;
}

function interval({ relativeInterval }: Comparison): string {
  return relativeInterval === null ? '' : formatPercentInterval(relativeInterval);
}

function over({ draws, guests, unit, units, relativeInterval }: Comparison): string {
  const all = `${formatCounted(draws.length, 'draw')} in ${formatCounted(guests, 'guest')}`;
  if (relativeInterval === null) return `, without an interval, ${all}`;
  return unit === 'draws' ? `, 95 % over ${all}` : `, 95 % over ${units} crossover pairs (${all})`;
}

/** Guests that disagree show an effect of the boot, which an interval over draws does not know. */
function guestSpread({ draws, guests }: Comparison): string {
  if (guests < 2) return '';
  const means = guestMeans(draws).map(({ relative }) => formatPercentSigned(relative).replace(' %', ''));
  return ` (by guest: ${means.join(', ')} %)`;
}

function tone({ isTwin, verdict }: Comparison): Tone {
  if (verdict === 'invalid' || (isTwin && isClaim({ verdict }))) return 'error';
  return isTwin && verdict === 'no-difference' ? 'good' : 'plain';
}

function isClaim({ verdict }: Pick<Comparison, 'verdict'>): boolean {
  return verdict === 'slower' || verdict === 'faster';
}
