// SPDX-License-Identifier: GPL-2.0-only
/** What a comparison of runs answers, in at most five lines: one a candidate, and what weakens them. */
import { isDifferent } from '../model/result.ts';
import { directionWord } from '../words/figure.ts';
import { formatCounted, formatPercentSize } from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import { rowName, sideName } from './compare-names.ts';
import type { ComparedCell, ComparisonReport, Effect } from './compare-schema.ts';
import { unitOf } from './effect-figures.ts';

const MOST_CANDIDATES = 3;
const MOST_LIMITS = 2;
/** More are counted. */
const MOST_NAMES = 3;

interface Row {
  readonly cell: ComparedCell;
  readonly effect: Effect;
}

/** Of what each cell is judged by; empty where nothing was compared. */
export function comparisonAnswer({ baseline, candidates, cells }: ComparisonReport): string[] {
  const rows = cells.flatMap((cell) =>
    cell.effects
      .filter(({ primary, statistic }) => primary && statistic === 'p50')
      .map((effect): Row => ({ cell, effect })),
  );
  if (rows.length === 0) return [];
  const lines = candidates.slice(0, MOST_CANDIDATES).map((side, number) => {
    const own = rows.filter(({ cell }) => cell.candidate === number);
    return `${sideName(side)} against ${sideName(baseline)}: ${outcomesOf(own)}`;
  });
  const more = candidates.length - lines.length;
  const rest = more > 0 ? [`${formatCounted(more, 'more candidate')} below`] : [];
  return [...lines, ...rest, ...limitsOf(rows)].map((line) => plainText(line));
}

/** Probe by probe: "tcp-rr: ovs/tap 5.2 % slower, macvtap/tap equivalent, 6 inconclusive". */
function outcomesOf(rows: readonly Row[]): string {
  const own = rows.filter(({ cell }) => cell.twinOf === null);
  if (own.length === 0) return 'nothing that both have can be compared';
  const probes = [...new Set(own.map(({ cell }) => cell.probe.name))];
  return probes
    .map((probe) => {
      const text = probeOutcomes(own.filter(({ cell }) => cell.probe.name === probe));
      return probes.length === 1 ? text : `${probe}: ${text}`;
    })
    .join('; ');
}

function probeOutcomes(rows: readonly Row[]): string {
  const valid = rows.filter(({ effect }) => effect.validity !== 'invalid');
  const claims = valid.filter(({ effect }) => isDifferent(effect));
  const rest = (['equivalent', 'inconclusive'] as const).flatMap((outcome) =>
    namesOf(
      outcome,
      valid.filter((row) => row.effect.outcome === outcome),
      rows,
    ),
  );
  const invalid = rows.filter(({ effect }) => effect.validity === 'invalid');
  return [...claims.map(claimText), ...rest, ...namesOf('INVALID', invalid, rows)].join(', ');
}

function nameOf({ cell, effect }: Row): string {
  return rowName(cell, effect.basis);
}

function claimText(row: Row): string {
  const { effect } = row;
  const control = effect.validity === 'not-controlled' ? ' (not controlled)' : '';
  return `${nameOf(row)} ${formatPercentSize(effect.relative)} ${directionWord(effect.direction, unitOf(effect))}${control}`;
}

/** "macvtap/tap and ovs/tap equivalent", "5 inconclusive", "all 8 INVALID"; empty where none is. */
function namesOf(word: string, found: readonly Row[], all: readonly Row[]): string[] {
  if (found.length === 0) return [];
  if (found.length === all.length && all.length > 1) return [`all ${all.length} ${word}`];
  if (found.length > MOST_NAMES) return [`${found.length} ${word}`];
  return [`${found.map(nameOf).join(' and ')} ${word}`];
}

/** What weakens or voids most of them comes first. */
function limitsOf(rows: readonly Row[]): string[] {
  const reasons = new Map<string, number>();
  for (const { effect } of rows) {
    const why = effect.because;
    if (why !== '') reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  const few = rows.some(({ effect }) => effect.standing === 'indication') ? ['indications, not verdicts'] : [];
  const found = [...reasons].sort(([, a], [, b]) => b - a).slice(0, MOST_LIMITS);
  const all = [...few, ...found.map(([why, n]) => (n === rows.length ? why : `${why} (${n} of ${rows.length})`))];
  return all.length === 0 ? [] : [`limits: ${all.join('; ')}`];
}
