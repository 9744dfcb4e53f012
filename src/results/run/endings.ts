// SPDX-License-Identifier: GPL-2.0-only
/** Why a run whose draws were added until they sufficed ended, and each of its comparisons. */
import type { Comparison, Ending, UntilReport } from '../../model/result.ts';
import { ENDINGS } from '../../model/result.ts';
import type { Run } from '../../run-store/read-run.ts';
import { reached } from '../../stats/until.ts';

/** What of a run tells how it ended. */
type Ended = Pick<Run, 'header' | 'failed' | 'spec'>;

/** The comparison with why it got no more draws, where draws were added. */
export function withEnding(run: Ended, comparison: Comparison): Comparison {
  const until = run.spec?.comparison.until;
  if (until === undefined || comparison.sequential === undefined) return comparison;
  const ended = reached(comparison, until.halfWidth) ?? spent(run, comparison, until.maxDraws);
  return { ...comparison, sequential: { ...comparison.sequential, ended } };
}

/** Which budget kept a comparison from what it was to reach. */
function spent(
  { header, failed }: Ended,
  { candidate, reference, probe, draws }: Comparison,
  maxDraws: number,
): Ending {
  if (header.state === 'running') return null;
  if (header.state !== 'finished') return header.state;
  const lost = failed.filter(({ draw, probe: of }) => {
    return of === probe && draw !== null && draw.pair[0] === candidate && draw.pair[1] === reference;
  });
  const tried = Math.max(...[...draws, ...lost.flatMap(({ draw }) => draw ?? [])].map(({ draw }) => draw)) + 1;
  if (tried >= maxDraws) return 'draws';
  return lost.length > 0 ? 'failed' : 'time';
}

/** The rule of the run and what ended it: the budget that ran out, where one did; absent where the number of draws was fixed. */
export function untilOf({ spec }: Ended, comparisons: readonly Comparison[]): { readonly until?: UntilReport } {
  const rule = spec?.comparison.until;
  if (rule === undefined) return {};
  const endings = comparisons.flatMap(({ sequential }) => (sequential === undefined ? [] : [sequential.ended]));
  if (endings.includes(null)) return { until: { ...rule, ended: null } };
  // What weighs most stands last in the list.
  const last = Math.max(-1, ...endings.map((ended) => (ended === null ? -1 : ENDINGS.indexOf(ended))));
  return { until: { ...rule, ended: ENDINGS[last] ?? null } };
}
