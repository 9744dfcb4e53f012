// SPDX-License-Identifier: GPL-2.0-only
/** Joins the changes of all steps: a line that one step wrote and a later one changed again is told of once. */
import type { Change } from './edits.ts';
import { FOOTNOTES } from './footnotes.ts';

interface Joined {
  readonly place: string;
  readonly why: string;
  before: string[];
  after: string[];
}

export function joinChanges(changes: readonly Change[]): Change[] {
  const all: Joined[] = [];
  for (const { place, why, before, after } of changes) {
    const origin: string[] = [];
    for (const line of before) {
      const earlier = all.findLast(
        (change) => change.after.includes(line) && (change.place === place || place === FOOTNOTES),
      );
      if (earlier === undefined) {
        origin.push(line);
        continue;
      }
      // One line that became another: what it was at first is what the reader knows.
      if (earlier.before.length === 1 && earlier.after.length === 1) origin.push(...earlier.before.splice(0));
      earlier.after.splice(earlier.after.indexOf(line), 1);
    }
    all.push({ place, why, before: origin, after: [...after] });
  }
  return all.filter(({ before, after }) => before.length + after.length > 0 && before.join('\n') !== after.join('\n'));
}
