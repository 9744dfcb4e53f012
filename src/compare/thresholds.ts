// SPDX-License-Identifier: GPL-2.0-only
/** The thresholds of --fail-if: their grammar, and what a report says of them. */
import { STATISTICS, type StatisticName } from '../model/compare.ts';
import { HoplabError } from '../model/errors.ts';
import type { Interval } from '../model/result.ts';
import { UNITS, type Unit } from '../model/unit.ts';
import { probeOf } from '../probes/index.ts';
import { formatChange, unitWords } from '../words/figure.ts';
import { formatPercentInterval, formatPercentSigned, formatPercentSize } from '../words/format.ts';
import type { CheckedThreshold, ComparedCell, ComparisonReport, Effect, ThresholdCell } from './compare-schema.ts';
import { hasEnough } from './effect.ts';
import { differenceOf, levelsOf, unitOf } from './effect-figures.ts';
import { tooFewFor } from './why-missing.ts';

/**
 * When a threshold counts as exceeded, and not merely as not checked; both fail. estimate: the estimate is beyond it; difference:
 * and the interval excludes that there is no difference, or of a level that it is the limit; sure: the whole interval is beyond it.
 */
export const FAIL_WHENS = ['estimate', 'difference', 'sure'] as const;
export type FailWhen = (typeof FAIL_WHENS)[number];

export interface Threshold {
  readonly expression: string;
  /** null = every path that is no A/A control. */
  readonly path: string | null;
  readonly statistic: StatisticName;
  readonly above: boolean;
  readonly orEqual: boolean;
  readonly limit:
    | { readonly kind: 'relative'; readonly value: number }
    | { readonly kind: 'difference' | 'level'; readonly value: number; readonly unit: Unit };
}

/** What a limit that is no ratio may be written in. */
const SCALES: ReadonlyMap<string, readonly [Unit, number]> = new Map(
  [{ name: 'ns' as const, limits: { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } }, ...UNITS].flatMap(({ name, limits }) =>
    Object.entries(limits).map(([word, scale]) => [word, [name, scale]] as const),
  ),
);
const LIMIT = ['x', '%', ...SCALES.keys()].join('|');
const GRAMMAR = new RegExp(
  String.raw`^\s*(?:([A-Za-z0-9_-]+)\s*\.\s*)?(p\d+(?:\.\d+)?|[a-z]+)\s*(>=|<=|>|<)\s*([+-]?)\s*(\d+(?:\.\d+)?)\s*(${LIMIT})\s*$`,
);
const EXAMPLES = "'p99 > 1.05x', 'tap.p50 > +5%', 'mean > 300us', 'p90 > +20us'";

/**
 * "[path.]statistic > limit": the limit is a ratio (1.05x), a change (+5%), a latency (300us) or a rate (2Gbit/s), or a difference (+20us); the sign makes
 * the difference between the last two. Throws USAGE.
 */
export function parseThreshold(expression: string): Threshold {
  const parts = GRAMMAR.exec(expression);
  const [, path, word = '', operator = '', sign = '', digits = '', unit = ''] = parts ?? [];
  if (parts === null) throw usage(`--fail-if ${JSON.stringify(expression)} is no threshold; write ${EXAMPLES}`);
  const statistic = STATISTICS.find((one) => one === (word === 'p999' ? 'p99.9' : word));
  if (statistic === undefined) {
    throw usage(`--fail-if ${JSON.stringify(expression)}: no statistic "${word}"; there are ${STATISTICS.join(', ')}`);
  }
  if (unit === 'x' && sign !== '') throw usage(`--fail-if ${JSON.stringify(expression)}: a ratio has no sign: 1.05x`);
  // Of a latency 105 % would mean more than twice as long, and guard nothing that is meant.
  if (unit === '%' && sign === '') {
    throw usage(`--fail-if ${JSON.stringify(expression)}: a change has a sign, +5%; a ratio is 1.05x`);
  }
  const [measuredIn, scale] = SCALES.get(unit) ?? ['ns', 1];
  const value = Number(digits) * (sign === '-' ? -1 : 1);
  return {
    expression: expression.trim(),
    path: path ?? null,
    statistic,
    above: operator.startsWith('>'),
    orEqual: operator.endsWith('='),
    limit:
      unit === 'x'
        ? { kind: 'relative', value: value - 1 }
        : unit === '%'
          ? { kind: 'relative', value: value / 100 }
          : { kind: sign === '' ? 'level' : 'difference', value: value * scale, unit: measuredIn },
  };
}

/** The report with its thresholds checked. Throws USAGE on a path that no cell has. */
export function checkThresholds(
  report: ComparisonReport,
  thresholds: readonly Threshold[],
  when: FailWhen,
): ComparisonReport {
  return { ...report, thresholds: thresholds.map((threshold) => check(report, threshold, when)) };
}

/** Whether the command fails: a threshold that could not be checked guards nothing, and is as bad as one that is exceeded. */
export function failsBy({ outcome }: Pick<CheckedThreshold, 'outcome'>): boolean {
  return outcome !== 'held';
}

function check(report: ComparisonReport, threshold: Threshold, when: FailWhen): CheckedThreshold {
  const { path } = threshold;
  const meant = report.cells.filter((cell) => (path === null ? cell.twinOf === null : cell.candidatePath === path));
  const known = [
    ...new Set([...report.cells.map((cell) => cell.candidatePath), ...report.missing.map((one) => one.path)]),
  ];
  if (path !== null && !known.includes(path)) {
    throw usage(`--fail-if ${JSON.stringify(threshold.expression)}: no path "${path}"; there are ${known.join(', ')}`);
  }
  const absent = report.missing
    .filter((one) => (path === null || one.path === path || one.path === '*') && isWhole(one, report.cells))
    .map((one): ThresholdCell => {
      const { candidate, probe, path: name, reason } = one;
      return {
        candidate: candidate ?? 0,
        probe,
        path: name,
        statistic: threshold.statistic,
        outcome: 'not-checked',
        text: reason,
      };
    });
  const cells = [...meant.map((cell) => checkCell(cell, report, threshold, when)), ...absent];
  const order = ['exceeded', 'not-checked', 'held'] as const;
  const outcome =
    cells.length === 0 ? 'not-checked' : (order.find((one) => cells.some((cell) => cell.outcome === one)) ?? 'held');
  return { expression: threshold.expression, outcome, cells };
}

/** Whether nothing at all is known of that path under that probe: one missing run of many is no gap in the guard. */
function isWhole(missing: ComparisonReport['missing'][number], cells: readonly ComparedCell[]): boolean {
  return !cells.some((cell) => cell.candidatePath === missing.path && cell.probe.name === missing.probe);
}

/** Without an overview there is no figure of a path itself, and of a ratio what its draws have. */
function whyNot({ effects }: ComparedCell, statistic: StatisticName): string {
  const isLeftOut = effects.length > 0 && effects.every(({ basis }) => basis.kind === 'relative');
  return isLeftOut ? `${statistic} was not measured: the overview was left out` : tooFewFor(statistic);
}

function checkCell(cell: ComparedCell, report: ComparisonReport, threshold: Threshold, when: FailWhen): ThresholdCell {
  const { statistic } = threshold;
  const place = { candidate: cell.candidate, probe: cell.probe.name, path: cell.candidatePath, statistic };
  const effect = cell.effects.find((one) => one.primary && one.statistic === statistic);
  if (effect === undefined) {
    const { statistics } = probeOf(cell.probe.protocol).measure(cell.probe);
    const text = statistics.includes(statistic) ? whyNot(cell, statistic) : `its probe has no ${statistic}`;
    return { ...place, outcome: 'not-checked', text };
  }
  const itself = absoluteOf(cell, statistic);
  const guarded = threshold.limit.kind === 'level' ? (itself ?? effect) : effect;
  const text = figures(guarded, guarded === itself ? null : itself);
  const blind =
    whyBlind(guarded) ??
    whyUnit(guarded, threshold) ??
    whyDivisor(guarded, cell, report) ??
    whyInconclusive(guarded, threshold);
  if (blind !== null) return { ...place, outcome: 'not-checked', text: `${text}: ${blind}` };
  const { outcome, why } = judged(guarded, threshold, when);
  return { ...place, outcome, text: why === '' ? text : `${text}: ${why}` };
}

/** The latency itself, from the overview: draws rotate in pairs, and are another test. Two paths of one run have their pair alone. */
function absoluteOf(cell: ComparedCell, statistic: StatisticName): Effect | null {
  return cell.effects.find((one) => one.statistic === statistic && one.basis.kind === 'absolute') ?? null;
}

/** Why nothing can be said of any limit; null = its interval can be held against one. */
function whyBlind({ validity, because, relativeInterval, unit, units }: Effect): string | null {
  if (validity !== 'valid') return because;
  if (relativeInterval === null) return 'no interval';
  return hasEnough(unit, units) ? null : `too few ${unit} for a claim`;
}

/**
 * A change that may as well be none is neither beyond a limit nor on this side of it. A level is no change: its own interval is
 * held against the limit, whatever became of the change.
 */
function whyInconclusive({ outcome, because, marginRelative }: Effect, { limit }: Threshold): string | null {
  if (outcome !== 'inconclusive' || limit.kind === 'level') return null;
  const why =
    because === '' ? `neither a difference nor within the margin of ${formatPercentSize(marginRelative)}` : because;
  return `inconclusive, ${why}`;
}

/** A limit in another unit than the figure's is no limit of it. */
function whyUnit(effect: Effect, { limit }: Threshold): string | null {
  const unit = unitOf(effect);
  return limit.kind === 'relative' || limit.unit === unit
    ? null
    : `the limit is in ${limit.unit}, the figure in ${unit}`;
}

/** A ratio guards nothing while what it is divided by is another thing, or has moved itself. */
function whyDivisor(
  { basis, statistic }: Effect,
  { candidate, probe }: ComparedCell,
  report: ComparisonReport,
): string | null {
  if (basis.kind !== 'relative') return null;
  const unlike = report.unlike.filter((one) => one.path === basis.to && one.candidate === candidate);
  if (unlike.length > 0)
    return `${basis.to}, which it is divided by, differs itself in ${unlike.map(({ key }) => key).join(' and ')}`;
  const divisor = report.cells.find(
    (one) => one.path === basis.to && one.candidate === candidate && one.probe.name === probe.name,
  );
  const moved = divisor === undefined ? null : absoluteOf(divisor, statistic);
  if (moved === null || moved.outcome !== 'different') return null;
  return `${basis.to}, which it is divided by, changed itself: ${changeText(moved)}`;
}

/** "p99 over tap +7.2 % (+20 us) [5.4, 9.1] %; itself +3.1 % (+9 us) [-8.0, 15.4] %". */
function figures(effect: Effect, itself: Effect | null): string {
  const { basis, statistic } = effect;
  const over = basis.kind === 'relative' ? ` over ${basis.to}` : '';
  const beside = basis.kind !== 'relative' || itself === null ? '' : `; itself ${changeText(itself)}`;
  const { format, shown } = unitWords(unitOf(effect));
  return `${statistic}${over} ${format(levelsOf(effect).candidate)} ${shown}, ${changeText(effect)}${beside}`;
}

function changeText(effect: Effect): string {
  const { relative, relativeInterval } = effect;
  const { value, unit } = differenceOf(effect);
  const interval = relativeInterval === null ? ', no interval' : ` ${formatPercentInterval(relativeInterval)}`;
  return `${formatPercentSigned(relative)} (${formatChange(value, unit)})${interval}`;
}

interface Guarded {
  readonly value: number;
  readonly bounds: Interval;
  readonly edge: number;
}

/** What is held against the limit, in its unit; the interval of a latency is that of its change, from the baseline. */
function guardedBy(effect: Effect, { limit }: Threshold): Guarded | null {
  const { relativeInterval: relative } = effect;
  const { value: change, interval: difference } = differenceOf(effect);
  const { baseline, candidate } = levelsOf(effect);
  if (relative === null || difference === null) return null;
  switch (limit.kind) {
    case 'relative':
      return { value: effect.relative, bounds: relative, edge: limit.value };
    case 'difference':
      return { value: change, bounds: difference, edge: limit.value };
    case 'level': {
      const bounds = { low: baseline + difference.low, high: baseline + difference.high };
      return { value: candidate, bounds, edge: limit.value };
    }
    default:
      return limit satisfies never;
  }
}

/** Held only where the whole interval is on this side of the limit: what could as well be beyond it is not checked. */
function judged(
  effect: Effect,
  threshold: Threshold,
  when: FailWhen,
): { readonly outcome: ThresholdCell['outcome']; readonly why: string } {
  const guarded = guardedBy(effect, threshold);
  if (guarded === null) return { outcome: 'not-checked', why: 'no interval' };
  const { value, bounds, edge } = guarded;
  const [near, far] = threshold.above ? [bounds.low, bounds.high] : [bounds.high, bounds.low];
  if (!isBeyond(value, edge, threshold)) {
    if (!isBeyond(far, edge, threshold)) return { outcome: 'held', why: '' };
    return { outcome: 'not-checked', why: 'inconclusive, the interval reaches beyond the limit' };
  }
  const beyond = isBeyond(near, edge, threshold);
  const certain = {
    estimate: true,
    difference: threshold.limit.kind === 'level' ? beyond : threshold.above ? near > 0 : near < 0,
    sure: beyond,
  }[when];
  if (certain) return { outcome: 'exceeded', why: '' };
  const short =
    when === 'sure' || threshold.limit.kind === 'level'
      ? 'the interval reaches to this side of the limit'
      : 'the interval does not exclude no change';
  return { outcome: 'not-checked', why: `beyond it, but ${short}` };
}

function isBeyond(value: number, edge: number, { above, orEqual }: Threshold): boolean {
  if (value === edge) return orEqual;
  return above ? value > edge : value < edge;
}

function usage(message: string): HoplabError {
  return new HoplabError({ code: 'USAGE', message, hint: `hoplab compare A B --fail-if 'p99 > 1.05x'` });
}
