// SPDX-License-Identifier: GPL-2.0-only
/** Errors of the command line, and the readers of its words. */

import { HoplabError } from '../model/errors.ts';
import { didYouMean } from '../schema/nearest-word.ts';
import { parseShare } from '../schema/quantity.ts';

export function usageError(message: string, hint?: string): HoplabError {
  return new HoplabError({ code: 'USAGE', message, ...(hint === undefined ? {} : { hint }) });
}

/** A reader of whole numbers for an option. */
export function wholeNumber(option: string, low: number, high: number = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw usageError(`${option} must be a whole number ${range}, got "${text}"`);
  };
}

/** A reader of "a,b,c" for an option. */
export function wordList(option: string) {
  return (text: string, earlier: readonly string[] = []): string[] => {
    const words = text.split(',').map((word) => word.trim());
    if (words.some((word) => word === '')) throw usageError(`${option} takes words with commas between, got "${text}"`);
    return [...earlier, ...words];
  };
}

/** Collects an option that may be given several times. */
export function repeated<T>(read: (text: string) => T) {
  return (text: string, earlier: readonly T[] | undefined): T[] => [...(earlier ?? []), read(text)];
}

/** A reader of one of some words for an option. */
export function oneOf<T extends string>(option: string, words: readonly T[]) {
  return (text: string): T => {
    const word = words.find((one) => one === text);
    if (word !== undefined) return word;
    throw usageError(`${option}: no "${text}"${didYouMean(text, words)}; there are ${words.join(', ')}`);
  };
}

/** A reader of a share with its sign: "2%". */
export function shareOf(option: string) {
  return (text: string): number => {
    const share = parseShare(text);
    if (share.ok) return share.value;
    throw usageError(`${option}: ${share.why}`);
  };
}
