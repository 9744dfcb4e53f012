// SPDX-License-Identifier: GPL-2.0-only
/** Reads what a comparison is made of, where a folder has it. */
import { basename } from 'node:path';
import { need } from '../experiments/ability.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { experimentOf } from '../experiments/find.ts';
import type { Run } from '../run-store/read-run.ts';

/** Throws USAGE where the folder holds work that cannot be compared, and what readRun throws. */
export function readBlocks(folder: string, experiments?: readonly Experiment[]): Promise<Run> {
  const { name, blocks, lacks } = experimentOf(folder, experiments);
  const one = { kind: name, id: basename(folder), ...(lacks && { lacks }) };
  return need(blocks, one, { ability: 'blocks', asked: 'compare' })(folder);
}
