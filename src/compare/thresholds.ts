// SPDX-License-Identifier: GPL-2.0-only
/** The thresholds of --fail-if: their grammar, and what a report says of them. */
import { STATISTICS, type StatisticName } from '../model/compare.ts';
import { HoplabError } from '../model/errors.ts';
import { formatPercentInterval, formatPercentSigned, formatUs } from '../words/format.ts';
import type { CheckedThreshold, ComparedCell, ComparisonReport, Effect, ThresholdCell } from './compare-schema.ts';

/**
 * When a threshold counts as exceeded. estimate: the estimate is beyond it; difference: and the interval excludes that there is
 * no difference; sure: the whole interval is beyond it.
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
    | { readonly kind: 'difference'; readonly ns: number }
    | { readonly kind: 'level'; readonly ns: number };
}

const GRAMMAR =
  /^\s*(?:([A-Za-z0-9_-]+)\s*\.\s*)?(p\d+(?:\.\d+)?|[a-z]+)\s*(>=|<=|>|<)\s*([+-]?)\s*(\d+(?:\.\d+)?)\s*(x|%|ns|us|ms|s)\s*$/;
const NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const EXAMPLES = "'p99 > 1.05x', 'tap.p50 > +5%', 'mean > 300us', 'p90 > +20us'";

/**
 * "[path.]statistic > limit": the limit is a ratio (1.05x), a change (+5%), a latency (300us) or a difference (+20us); the sign makes
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
  const value = Number(digits) * (sign === '-' ? -1 : 1);
  const ns = value * (NS[unit] ?? 1);
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
          : sign === ''
            ? { kind: 'level', ns }
            : { kind: 'difference', ns },
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
  return outcome === 'exceeded' || outcome === 'missing';
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
        outcome: 'missing',
        text: reason,
      };
    });
  const cells = [...meant.map((cell) => checkCell(cell, threshold, when)), ...absent];
  const order = ['exceeded', 'missing', 'unsure', 'held'] as const;
  const outcome =
    cells.length === 0 ? 'missing' : (order.find((one) => cells.some((cell) => cell.outcome === one)) ?? 'held');
  return { expression: threshold.expression, outcome, cells };
}

/** Whether nothing at all is known of that path under that probe: one missing run of many is no gap in the guard. */
function isWhole(missing: ComparisonReport['missing'][number], cells: readonly ComparedCell[]): boolean {
  return !cells.some((cell) => cell.candidatePath === missing.path && cell.probe.name === missing.probe);
}

function checkCell(cell: ComparedCell, threshold: Threshold, when: FailWhen): ThresholdCell {
  const { statistic } = threshold;
  const place = { candidate: cell.candidate, probe: cell.probe.name, path: cell.candidatePath, statistic };
  const effect = cell.effects.find((one) => one.primary && one.statistic === statistic);
  if (effect === undefined) {
    return { ...place, outcome: 'missing', text: `too few transactions for ${statistic}: nothing to check` };
  }
  return { ...place, ...judged(effect, levelOf(cell, effect), threshold, when) };
}

/** The latency itself, from the overview where it has one: draws rotate in pairs, and are another test. */
function levelOf(cell: ComparedCell, effect: Effect): Effect {
  return cell.effects.find((one) => one.statistic === effect.statistic && one.basis.kind === 'absolute') ?? effect;
}

function judged(
  effect: Effect,
  absolute: Effect,
  threshold: Threshold,
  when: FailWhen,
): Pick<ThresholdCell, 'outcome' | 'text'> {
  const { limit } = threshold;
  if (limit.kind === 'level') {
    const beyond = isBeyond(absolute.candidateNs, limit.ns, threshold);
    const outcome = !beyond ? 'held' : when === 'sure' ? 'unsure' : 'exceeded';
    return { outcome, text: `${effect.statistic} ${formatUs(absolute.candidateNs)} us` };
  }
  const [value, bounds, edge] =
    limit.kind === 'relative'
      ? [effect.relative, effect.relativeInterval, limit.value]
      : [effect.differenceNs, effect.differenceIntervalNs, limit.ns];
  const interval =
    effect.relativeInterval === null ? ', no interval' : ` ${formatPercentInterval(effect.relativeInterval)}`;
  const text = `${effect.statistic} ${formatPercentSigned(effect.relative)} (${signedUs(effect.differenceNs)})${interval}`;
  if (!isBeyond(value, edge, threshold)) return { outcome: 'held', text };
  if (when === 'estimate') return { outcome: 'exceeded', text };
  if (bounds === null || effect.verdict === 'invalid') return { outcome: 'unsure', text };
  const near = threshold.above ? bounds.low : bounds.high;
  const certain = when === 'sure' ? isBeyond(near, edge, threshold) : threshold.above ? near > 0 : near < 0;
  return { outcome: certain ? 'exceeded' : 'unsure', text };
}

function isBeyond(value: number, edge: number, { above, orEqual }: Threshold): boolean {
  if (value === edge) return orEqual;
  return above ? value > edge : value < edge;
}

function signedUs(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${formatUs(Math.abs(ns))} us`;
}

function usage(message: string): HoplabError {
  return new HoplabError({ code: 'USAGE', message, hint: `hoplab compare A B --fail-if 'p99 > 1.05x'` });
}
