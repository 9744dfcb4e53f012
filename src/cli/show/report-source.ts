// SPDX-License-Identifier: GPL-2.0-only
/** What the words of `hoplab report` stand for: recorded folders, read as far as a format needs them. */
import { resolve } from 'node:path';
import type { Experiment, Recorded } from '../../experiments/experiment.ts';
import { experimentOf, findRecorded } from '../../experiments/find.ts';
import { HoplabError } from '../../model/errors.ts';
import { toolVersion } from '../../system/paths.ts';

export interface SourcesWanted {
  readonly words: readonly string[];
  readonly root: string;
  /** Whether samples are to be drawn: a second pass over all of them. */
  readonly pictures: boolean;
  /** Hears of what cannot be read, where something else can. */
  readonly onSkipped: (word: string, error: HoplabError) => void;
  readonly experiments: readonly Experiment[];
}

/** Those of all words, each folder once. One that cannot be read is skipped where others can; throws where none can. */
export async function readSources(wanted: SourcesWanted): Promise<Recorded[]> {
  const { words, root, pictures, onSkipped, experiments } = wanted;
  const read: Recorded[] = [];
  const seen = new Set<string>();
  const faults: HoplabError[] = [];
  for (const word of words) {
    try {
      const folder = resolve(await findRecorded(word, root, experiments));
      if (seen.has(folder)) continue;
      seen.add(folder);
      read.push(await experimentOf(folder, experiments).read(folder, { version: toolVersion, pictures }));
    } catch (error) {
      if (!(error instanceof HoplabError) || words.length === 1) throw error;
      faults.push(error);
      onSkipped(word, error);
    }
  }
  const [first] = faults;
  if (read.length === 0 && first !== undefined) throw first;
  return read;
}
