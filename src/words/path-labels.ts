// SPDX-License-Identifier: GPL-2.0-only
/** How paths are called in the text: the twin of `tap` is `tap'`. */
import type { Report } from '../model/result.ts';
import { plainText } from './plain-text.ts';

const MOST_CHARACTERS = 24;

/** A path's label; harmless whatever the name is. */
export type PathLabel = (path: string) => string;

/** A twin is written as the path it doubles with a dash behind. */
export function pathLabels(report: Report): PathLabel {
  const twins = twinsOf(report);
  return (path) => plainText(twins.has(path) ? `${twins.get(path)}'` : path, MOST_CHARACTERS);
}

/** Twin -> the path it doubles; known from the rows, and for a twin without a row from its comparison. */
export function twinsOf({ probes }: Pick<Report, 'probes'>): ReadonlyMap<string, string> {
  const twins = new Map<string, string>();
  for (const { cells, comparisons } of probes) {
    for (const { path, twinOf } of cells) if (twinOf !== null) twins.set(path, twinOf);
    for (const { candidate, reference, isTwin } of comparisons) if (isTwin) twins.set(candidate, reference);
  }
  return twins;
}
