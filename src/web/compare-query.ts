// SPDX-License-Identifier: GPL-2.0-only
/** What an address of the compare and trend pages asks for. */
import { STATISTICS, type StatisticName, UNLIKE_KEYS, type UnlikeKey } from '../model/compare.ts';
import { isRunId } from '../run-store/layout.ts';
import { refusal } from './refusal.ts';

/** More do not fit beside each other, and each costs reading all of its samples. */
const MOST_RUNS = 8;
const MOST_TREND = 1000;
const TREND_RUNS = 100;

export interface CompareQuery {
  /** Ids; the first one is the baseline. */
  readonly runs: readonly string[];
  readonly allow: readonly UnlikeKey[];
}

/** The oldest is the baseline, whatever order boxes were ticked in, unless another one is named. Throws a refusal of 400. */
export function compareQuery(query: URLSearchParams): CompareQuery {
  const ids = [...new Set(query.getAll('run'))];
  if (!ids.every(isRunId)) throw refusal(400, 'That is no id of a run.');
  if (ids.length > MOST_RUNS)
    throw refusal(400, `At most ${MOST_RUNS} runs are compared here.`, { hint: 'hoplab compare' });
  const base = query.get('base');
  const sorted = ids.sort();
  const runs = base !== null && ids.includes(base) ? [base, ...sorted.filter((id) => id !== base)] : sorted;
  return { runs, allow: UNLIKE_KEYS.filter((key) => query.getAll('allow').includes(key)) };
}

export interface TrendQuery {
  readonly path: string | null;
  readonly probe: string | null;
  readonly label: string | null;
  readonly statistic: StatisticName;
  readonly relativeTo: string | null;
  /** The newest so many. */
  readonly last: number;
}

/** Throws a refusal of 400. */
export function trendQuery(query: URLSearchParams): TrendQuery {
  const text = (name: string): string | null => {
    const value = query.get(name)?.trim() ?? '';
    if (value.length > 100) throw refusal(400, `"${name}" is too long.`);
    return value === '' ? null : value;
  };
  const last = Number(query.get('last') || TREND_RUNS);
  if (!Number.isSafeInteger(last) || last < 2 || last > MOST_TREND)
    throw refusal(400, `A trend is over 2 to ${MOST_TREND} runs.`);
  return {
    path: text('path'),
    probe: text('probe'),
    label: text('label'),
    statistic: STATISTICS.find((known) => known === query.get('statistic')) ?? 'p50',
    relativeTo: text('relative'),
    last,
  };
}
