// SPDX-License-Identifier: GPL-2.0-only
/** Why draws were added no more, as one sentence. */
import type { Comparison, Ending, Report } from '../model/result.ts';
import { formatCounted, formatMargin, formatPercentSize } from './format.ts';
import type { PathLabel } from './path-labels.ts';

/** Null where the number of draws was fixed. */
export function untilSentence({ until, probes }: Report, label: PathLabel): string | null {
  const drawn = probes.flatMap(({ comparisons }) => comparisons).filter(({ sequential }) => sequential !== undefined);
  if (until === undefined || drawn.length === 0) return null;
  const { ended, maxDraws, maxTimeNs, halfWidth } = until;
  const goal = `within ±${formatMargin({ marginRelative: halfWidth })}`;
  const after = `after ${formatCounted(Math.max(...drawn.map(({ draws }) => draws.length)), 'draw')}`;
  const open = drawn.filter(({ sequential }) => !DONE.includes(sequential?.ended ?? null));
  const left = open.map((one) => `${label(one.candidate)} ${widthOf(one)}`).join(', ');
  switch (ended) {
    case null:
      return `${after}, draws are still being added until every interval is ${goal}`;
    case 'settled':
      return `stopped ${after}: every comparison is settled`;
    case 'precise':
      return drawn.every((one) => isWithin(one, halfWidth))
        ? `stopped ${after}: every interval is ${goal}`
        : `stopped ${after}: every comparison is settled, or its interval ${goal}`;
    case 'control':
      return `stopped ${after}: the A/A control failed`;
    case 'draws':
      return `the budget of ${formatCounted(maxDraws, 'draw')} ended it: ${left}`;
    case 'time':
      return `the budget of ${minutes(maxTimeNs ?? 0)} ended it ${after}: ${left}`;
    case 'interrupted':
      return `interrupted ${after}: ${left}`;
    case 'failed':
      return `a failure ended it ${after}: ${left}`;
    default:
      return ended satisfies never;
  }
}

/** Endings that are what was asked for. */
const DONE: readonly Ending[] = ['settled', 'precise', 'control'];

function halfWidthOf({ relativeInterval: bounds }: Comparison): number | null {
  return bounds === null ? null : (bounds.high - bounds.low) / 2;
}

function isWithin(comparison: Comparison, goal: number): boolean {
  const half = halfWidthOf(comparison);
  return half !== null && half <= goal;
}

function widthOf(comparison: Comparison): string {
  const half = halfWidthOf(comparison);
  return half === null ? 'without an interval' : `±${formatPercentSize(half)}`;
}

/** "5 min", "90 s". */
function minutes(ns: number): string {
  const seconds = ns / 1e9;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
