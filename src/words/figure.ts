// SPDX-License-Identifier: GPL-2.0-only
/** Figures of any unit in words: how a number is shown, what its column is called, and which way is better. */
import type { Tendency } from '../model/result.ts';
import { measuredUnit, type Unit } from '../model/unit.ts';
import { formatFigure, formatUs, formatUsSize } from './format.ts';

export interface UnitWords {
  /** What stands before a column or behind a number: "us". */
  readonly shown: string;
  readonly inFull: string;
  /** Over the names of the paths: what all figures of the table are. */
  readonly head: string;
  /** What the figures are, as a title. */
  readonly title: string;
  /** "latency". */
  readonly noun: string;
  /** What a path does that differs from another one: "is 2 % slower than". */
  readonly verb: string;
  readonly slower: string;
  readonly faster: string;
  /** What a larger figure is, and a smaller one. */
  readonly more: string;
  readonly less: string;
  /** How much of the unit the shown one is. */
  readonly factor: number;
  /** The number alone, in the unit that is shown. */
  format(value: number): string;
  /** Its size with the unit, of a difference. */
  formatSize(value: number): string;
}

const TIME: UnitWords = {
  shown: 'us',
  inFull: 'microseconds',
  head: 'RTT in us',
  title: 'Round trips',
  noun: 'latency',
  verb: 'is',
  slower: 'slower',
  faster: 'faster',
  more: 'slower',
  less: 'faster',
  factor: 1000,
  format: formatUs,
  formatSize: formatUsSize,
};

export function unitWords(unit: Unit): UnitWords {
  if (unit === 'ns') return TIME;
  const { noun, verb, better, written } = measuredUnit(unit);
  const { shown, inFull, factor, decimals } = written;
  const format = (value: number): string => formatFigure(value / factor, decimals);
  return {
    ...{ shown, inFull, noun, verb, factor },
    head: `${noun} in ${shown}`,
    title: `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`,
    slower: better === 'lower' ? 'more' : 'less',
    faster: better === 'lower' ? 'less' : 'more',
    more: 'more',
    less: 'less',
    format,
    formatSize: (value) => `${format(Math.abs(value))} ${shown}`,
  };
}

/** "+8.5", "-1.2": the number with its sign. */
export function formatSigned(value: number, unit: Unit): string {
  return `${value < 0 ? '-' : '+'}${unitWords(unit).format(Math.abs(value))}`;
}

/** "-8.5 us": a difference with its sign, its unit behind it. */
export function formatChange(value: number, unit: Unit): string {
  return `${value < 0 ? '-' : '+'}${unitWords(unit).formatSize(value)}`;
}

/** Which way a path differs: "slower" of a time, "less" of a rate; null where no difference is claimed. */
export function directionWord(direction: Tendency, unit: Unit): string | null {
  return direction === null ? null : unitWords(unit)[direction];
}

/** The words of all directions: "slower, faster", and of rates "less, more". */
export function directionWords(units: readonly Unit[]): string {
  return [...new Set(units)].map((unit) => `${unitWords(unit).slower}, ${unitWords(unit).faster}`).join(', ');
}
