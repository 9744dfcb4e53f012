// SPDX-License-Identifier: GPL-2.0-only
/** Why a path of a run carries nothing: the short form of the ladder, climbed in the lab that is still open. */

import { HoplabError } from '../../model/errors.ts';
import type { RungResult } from '../../model/ladder.ts';
import type { Direction } from '../../model/place.ts';
import type { MachineFacts } from '../../model/plan.ts';
import { deadlineAfter } from '../../system/deadline.ts';
import { cureText } from '../../words/cure.ts';
import { diagnosePath } from './diagnose-path.ts';
import type { LookAt } from './look-at.ts';

/** What a probe needs: the first of these that fails tells most. */
const SHORT = ['link', 'arp', 'icmp', 'udp-small', 'tcp-connect', 'tcp-small'] as const;
/** A run that explains a fault must not become the fault. */
const DEADLINE_MS = 60_000;

export interface LossAt extends LookAt {
  readonly facts: MachineFacts;
  readonly direction: Direction;
}

/** One sentence for the report; null where the ladder passes now. */
export async function explainLoss({ facts, direction, ...at }: LossAt): Promise<string | null> {
  using deadline = deadlineAfter(DEADLINE_MS, at.signal);
  try {
    const { diagnosis } = await diagnosePath(
      { ...at, signal: deadline.signal },
      { facts, directions: [direction], rungs: SHORT, keep: async () => null },
    );
    const rungs = diagnosis.ladders.flatMap((ladder) => ladder.rungs);
    if (rungs.every(({ outcome }) => outcome !== 'fail')) return null;
    const [verdict] = diagnosis.verdicts.filter(({ severity }) => severity === 'broken');
    const [cure] = verdict?.cures ?? [];
    return [
      ladderText(rungs),
      ...(verdict === undefined ? ['no rule knows why'] : [`${verdict.text} (${verdict.confidence})`]),
      ...(cure === undefined ? [] : [`cure: ${cureText(cure)}`]),
    ].join('; ');
  } catch (error) {
    at.signal.throwIfAborted();
    // A guest that died, or a ladder that took too long: the loss itself is reported all the same.
    if (deadline.signal.aborted)
      return `why could not be looked at: the ladder took longer than ${DEADLINE_MS / 1000} s`;
    if (error instanceof HoplabError) return `why could not be looked at: ${error.message}`;
    throw error;
  }
}

/** "link, arp, icmp pass; udp-small fails". */
function ladderText(rungs: readonly RungResult[]): string {
  const passed = rungs.filter(({ outcome }) => outcome === 'pass').map(({ rung }) => rung);
  const first = rungs.find(({ outcome }) => outcome === 'fail');
  const says = first === undefined ? '' : `${first.rung} fails (${first.detail})`;
  return passed.length === 0 ? says : `${passed.join(', ')} pass${passed.length === 1 ? 'es' : ''}, ${says}`;
}
