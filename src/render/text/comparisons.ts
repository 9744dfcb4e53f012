// SPDX-License-Identifier: GPL-2.0-only
/** The comparisons of one probe as lines: how they were measured, then a sentence each. */
import { byEffect } from '../../model/figure.ts';
import type { Comparison, ProbeReport } from '../../model/result.ts';
import { isDifferent } from '../../model/result.ts';
import { formatHeading } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { sentence } from '../../words/sentence.ts';
import { indented, wrap } from '../../words/wrap.ts';
import type { TextContext } from './cells.ts';
import { paint, type Tone } from './style.ts';

/** A heading, and a sentence for each. */
export function renderComparisons({ probe, comparisons }: ProbeReport, context: TextContext): string[] {
  if (comparisons.length === 0) return [];
  const { options } = context;
  const { controlFailed, ordered } = orderComparisons(comparisons);
  const heading = plainText(formatHeading(probe, basis(comparisons), context.emulated));
  return [
    ...wrap(heading, { width: options.width, first: '', rest: '  ' }).map((line) => paint(line, 'heading', options)),
    ...ordered.flatMap((comparison) => {
      const lines = indented(sentence(comparison, { ...context, controlFailed }), options.width);
      return lines.map((line) => paint(line, tone(comparison), options));
    }),
  ];
}

/** By reference, the fastest first; the A/A control last, unless it failed and so voids what follows. */
export function orderComparisons(comparisons: readonly Comparison[]): {
  readonly controlFailed: boolean;
  readonly ordered: readonly Comparison[];
} {
  const twins = comparisons.filter(({ isTwin }) => isTwin);
  const controlFailed = twins.some(isDifferent);
  const others = bySpeed(comparisons.filter(({ isTwin }) => !isTwin));
  return { controlFailed, ordered: controlFailed ? [...twins, ...others] : [...others, ...twins] };
}

/** Differences from one reference can be put in order; those from several cannot. */
function bySpeed(comparisons: readonly Comparison[]): Comparison[] {
  const references = [...new Set(comparisons.map(({ reference }) => reference))];
  return references.flatMap((name) => comparisons.filter(({ reference }) => reference === name).sort(byEffect));
}

/** What rotates together is part of a result's key, and differs from that of the table. */
export function basis(comparisons: readonly Comparison[]): string {
  const ks = range(comparisons.map(({ k }) => k));
  const transactions = range(comparisons.map(({ n, draws }) => Math.round(n / draws.length)));
  const reversed = comparisons.every(({ slots }) => slots === 'reversed in pairs');
  return `p50 in pairs (K = ${ks}), slots ${reversed ? 'reversed' : 'not always reversed'}, n = ${transactions} a draw`;
}

/** "2", or "2 to 3". */
function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? `${low}` : `${low} to ${high}`;
}

function tone({ isTwin, outcome, validity }: Comparison): Tone {
  if (validity === 'invalid' || (isTwin && outcome === 'different')) return 'error';
  return isTwin && outcome === 'equivalent' ? 'good' : 'plain';
}
