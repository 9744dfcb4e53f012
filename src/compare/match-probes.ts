// SPDX-License-Identifier: GPL-2.0-only
/** Finds which probe of the baseline is which of the candidate: by what is sent, not by its name. */
import type { UnlikeKey } from '../model/compare.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import { ownWords } from '../words/format.ts';

export interface ProbeMatch {
  readonly baseline: ProbeSpec;
  readonly candidate: ProbeSpec;
  /** What they differ in; empty = nothing. */
  readonly differ: readonly Extract<UnlikeKey, 'probe' | 'pace'>[];
}

export interface Matched {
  readonly matches: readonly ProbeMatch[];
  readonly onlyBaseline: readonly ProbeSpec[];
  readonly onlyCandidate: readonly ProbeSpec[];
}

/** All that is sent; pace, count and name aside. */
function shapeOf({ protocol, direction, requestBytes, responseBytes, wait, own = {} }: ProbeSpec): string {
  return [protocol, direction, requestBytes, responseBytes, wait, ...ownWords(own)].join(' ');
}

/** Probes with the same key are the same probe. */
export function probeKey(probe: ProbeSpec): string {
  return `${shapeOf(probe)} ${probe.paceNs}`;
}

/** Equal probes first, then those that differ in their pace alone, then whatever is left as one pair. */
export function matchProbes(baseline: readonly ProbeSpec[], candidate: readonly ProbeSpec[]): Matched {
  const matches: ProbeMatch[] = [];
  let left = [...baseline];
  let right = [...candidate];
  const take = (same: (a: ProbeSpec, b: ProbeSpec) => boolean, differ: ProbeMatch['differ']): void => {
    for (const one of left) {
      const other = right.find((probe) => same(one, probe));
      if (other === undefined) continue;
      matches.push({ baseline: one, candidate: other, differ });
      left = left.filter((probe) => probe !== one);
      right = right.filter((probe) => probe !== other);
    }
  };
  take((a, b) => probeKey(a) === probeKey(b), []);
  take((a, b) => shapeOf(a) === shapeOf(b), ['pace']);
  const [one, other] = [left[0], right[0]];
  if (left.length === 1 && right.length === 1 && one !== undefined && other !== undefined) {
    take(() => true, one.paceNs === other.paceNs ? ['probe'] : ['probe', 'pace']);
  }
  return { matches, onlyBaseline: left, onlyCandidate: right };
}
