// SPDX-License-Identifier: GPL-2.0-only
/** Means over rounds with Student's interval: of ratios, and of differences. */

import { at } from '../../src/stats/at.ts';
import { meanInterval } from '../../src/stats/student-t.ts';

export interface OverRounds {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The geometric mean of own / other within each round; the interval is that of the logarithms. */
export function ratioOverRounds(own: readonly number[], other: readonly number[]): OverRounds {
  const { mean, low, high } = meanInterval(own.map((value, round) => Math.log(value / at(other, round))));
  return { value: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) };
}

/** The mean of own - other within each round. */
export function differenceOverRounds(own: readonly number[], other: readonly number[]): OverRounds {
  return meanOverRounds(own.map((value, round) => value - at(other, round)));
}

export function meanOverRounds(values: readonly number[]): OverRounds {
  const { mean, low, high } = meanInterval(values);
  return { value: mean, low, high };
}

/** "2.31 [2.20, 2.43]" */
export function show({ value, low, high }: OverRounds, digits: number, signed = false): string {
  const one = (x: number) => `${signed && x >= 0 ? '+' : ''}${x.toFixed(digits)}`;
  return `${one(value)} [${one(low)}, ${one(high)}]`;
}

/** Lines of equal columns, the first one to the left and the others to the right. */
export function renderColumns(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ');
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}
