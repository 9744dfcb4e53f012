// SPDX-License-Identifier: GPL-2.0-only
/** The rung by which a test names what a ladder found. */
import { RUNGS, type RungResult } from '../../src/model/ladder.ts';

/** The simplest case that fails; null = all that was tried passes. */
export function smallestFailure(rungs: readonly RungResult[]): RungResult | null {
  const failed = new Map(rungs.filter(({ outcome }) => outcome === 'fail').map((result) => [result.rung, result]));
  const first = RUNGS.find((rung) => failed.has(rung));
  return first === undefined ? null : (failed.get(first) ?? null);
}
