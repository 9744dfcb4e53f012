// SPDX-License-Identifier: GPL-2.0-only
/** What pages must know of the kinds of recorded work that there are. */
import type { Experiment } from '../experiments/experiment.ts';
import { experimentNamed, shelvesOf } from '../experiments/find.ts';
import type { IndexedRun } from '../experiments/indexed-run.ts';
import { RUNS, type Shelf } from '../run-store/shelf.ts';

export interface Kinds {
  /** For the filter of the list. */
  readonly names: readonly string[];
  /** Those whose latencies are of plain measuring: they can be picked for a comparison, and have a trend. */
  readonly plain: readonly string[];
  readonly shelves: readonly Shelf[];
  /** Path of the page of an entry. */
  hrefOf(run: Pick<IndexedRun, 'kind' | 'id'>): string;
}

export function kindsOf(experiments: readonly Experiment[]): Kinds {
  return {
    names: experiments.map(({ name }) => name),
    plain: experiments.flatMap(({ name, figures }) => (figures === undefined ? [] : [name])),
    shelves: shelvesOf(experiments),
    hrefOf: ({ kind, id }) => `/${(experimentNamed(kind, experiments)?.shelf ?? RUNS).name}/${id}`,
  };
}
