// SPDX-License-Identifier: GPL-2.0-only
/** Turns what is wrong with a block's samples into failed cells, so that the other cells go on. */
import type { Block, FailedCell } from '../../model/block.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';

/** The failed cell of one path of a block. */
export function failedCell(block: Pick<Block, 'part' | 'probe' | 'draw'>, path: string, error: unknown): FailedCell {
  return {
    part: block.part,
    probe: block.probe,
    path,
    draw: block.draw,
    code: error instanceof HoplabError ? error.code : 'SAMPLES_CORRUPT',
    reason: reasonOf(error),
    hint: error instanceof HoplabError ? (error.hint ?? null) : null,
  };
}

/** Whether the lab has already said why this path has no result there. */
export function isRecorded(recorded: readonly FailedCell[], cell: FailedCell): boolean {
  return recorded.some(
    (known) =>
      known.part === cell.part &&
      known.probe === cell.probe &&
      known.path === cell.path &&
      known.draw?.draw === cell.draw?.draw &&
      known.draw?.pair.join() === cell.draw?.pair.join(),
  );
}
