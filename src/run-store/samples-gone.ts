// SPDX-License-Identifier: GPL-2.0-only
/** A run whose blocks are there and whose samples are not: said once, and in the same words wherever it is read or listed. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from './layout.ts';

export const SAMPLES_GONE = 'its samples are gone: samples/ has none of what its blocks recorded';

export function areSamplesGone(folder: string): boolean {
  return isFilled(join(folder, RUN_FILES.blocks)) && !isFilled(join(folder, RUN_FILES.samples));
}

function isFilled(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
