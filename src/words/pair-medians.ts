// SPDX-License-Identifier: GPL-2.0-only
/** The medians of a pair, and why they are not those of the table: what takes turns together changes what is measured. */
import { levelsOf, middleOf } from '../model/figure.ts';
import type { Comparison, ProbeReport, Report } from '../model/result.ts';
import { levelOf } from '../stats/levels.ts';
import { formatPercentSigned } from './format.ts';
import type { PathLabel } from './path-labels.ts';
import { plainText } from './plain-text.ts';

export interface PairMedians {
  readonly candidate: number;
  readonly reference: number;
}

/** The level of each path over the draws' medians, in the unit of the comparison, in which the two alone took turns. */
export function pairMedians({ draws }: Pick<Comparison, 'draws'>): PairMedians {
  const levels = draws.map(levelsOf);
  return {
    candidate: levelOf(levels.map(({ candidate }) => Math.log(candidate))),
    reference: levelOf(levels.map(({ reference }) => Math.log(reference))),
  };
}

/** Which figures are to be quoted, with the pair of which table and comparison say the most different things; null = they agree by design. */
export function quoteNote({ probes }: Pick<Report, 'probes'>, label: PathLabel): string | null {
  const found = probes
    .flatMap((probe) => probe.comparisons.map((one) => apartOf(one, probe)))
    .filter((each) => each !== null)
    .sort((a, b) => Math.abs(b.inTable - b.asPair) - Math.abs(a.inTable - a.asPair));
  const [most] = found;
  if (most === undefined) return null;
  const { candidate, reference, inTable, asPair, k, margin } = most;
  const example =
    Math.abs(inTable - asPair) <= margin
      ? ''
      : ` (${label(candidate)} against ${label(reference)}: ${formatPercentSigned(inTable)} there, ${formatPercentSigned(asPair)} as a pair)`;
  return plainText(
    `to quote: the differences of the comparisons, not those of the table, where ${k} paths take turns, so that each ` +
      `is used less often and shares warm code with more of the others${example}`,
  );
}

/**
 * Two paths that the table has in one order and the pairs in the other, the furthest apart in the table; null = they agree. Only
 * where both tell the two apart by more than the margin.
 */
export function orderedOtherwise(
  { k, cells, comparisons }: ProbeReport,
  reference: string,
): readonly [string, string] | null {
  const pairs = comparisons.filter((one) => !one.isTwin && one.reference === reference && one.k !== k);
  const margin = Math.max(0, ...pairs.map(({ marginRelative }) => marginRelative));
  const levels = [
    { path: reference, asPair: 1 },
    ...pairs.map((one) => ({ path: one.candidate, asPair: 1 + one.relative })),
  ];
  const known = levels.flatMap(({ path, asPair }) => {
    const cell = cells.find((one) => one.path === path && one.k === k);
    return cell === undefined ? [] : [{ path, asPair, inTable: middleOf(cell).value }];
  });
  const found = known.flatMap((a) =>
    known
      .filter((b) => a.inTable < b.inTable / (1 + margin) && a.asPair > b.asPair * (1 + margin))
      .map((b) => ({ names: [a.path, b.path] as const, gap: b.inTable / a.inTable })),
  );
  return found.sort((a, b) => b.gap - a.gap)[0]?.names ?? null;
}

interface Apart {
  readonly candidate: string;
  readonly reference: string;
  readonly inTable: number;
  readonly asPair: number;
  readonly margin: number;
  /** How many paths take turns in the table. */
  readonly k: number;
}

/** null = the table does not have both, or has them as a pair too. */
function apartOf(comparison: Comparison, { k, cells }: ProbeReport): Apart | null {
  const { candidate, reference, relative, marginRelative: margin, isTwin } = comparison;
  const [of, against] = [candidate, reference].map((path) => cells.find((cell) => cell.path === path && cell.k === k));
  if (isTwin || k === comparison.k || of === undefined || against === undefined) return null;
  return {
    candidate,
    reference,
    asPair: relative,
    inTable: middleOf(of).value / middleOf(against).value - 1,
    margin,
    k,
  };
}
