// SPDX-License-Identifier: GPL-2.0-only
/** How paths are called in the text: by the name that can be typed; the twin of `tap` is `tap-twin`. */
import type { Report } from '../model/result.ts';
import { plainText } from './plain-text.ts';

const MOST_CHARACTERS = 24;

/** A path's label; harmless whatever the name is. */
export type PathLabel = (path: string) => string;

/** Every path by its own name, as --only and a shell take it. */
export const pathLabel: PathLabel = (path) => plainText(path, MOST_CHARACTERS);

/** Twin -> the path it doubles; known from the rows, and for a twin without a row from its comparison. */
export function twinsOf({ probes }: Pick<Report, 'probes'>): ReadonlyMap<string, string> {
  const twins = new Map<string, string>();
  for (const { cells, comparisons } of probes) {
    for (const { path, twinOf } of cells) if (twinOf !== null) twins.set(path, twinOf);
    for (const { candidate, reference, isTwin } of comparisons) if (isTwin) twins.set(candidate, reference);
  }
  return twins;
}
