// SPDX-License-Identifier: GPL-2.0-only
/** Runs whose samples are gone: set aside once, instead of told for every block and path of theirs. */
import { SAMPLES_GONE } from '../run-store/samples-gone.ts';
import type { MissingCell, SetAsideRun } from './compare-schema.ts';
import type { MeasuredRun } from './measure-run.ts';

export function goneRuns(measured: Iterable<MeasuredRun>): SetAsideRun[] {
  return [...measured]
    .filter(
      ({ blocks, leftOut }) =>
        blocks.length === 0 && leftOut.length > 0 && leftOut.every(({ error }) => error.message === SAMPLES_GONE),
    )
    .map(({ run }) => ({ run: run.header.id, code: 'SAMPLES_CORRUPT', reason: SAMPLES_GONE }));
}

/** What is missing for another reason. */
export function otherwiseMissing(missing: readonly MissingCell[]): MissingCell[] {
  return missing.filter(({ reason }) => !reason.includes(SAMPLES_GONE));
}
