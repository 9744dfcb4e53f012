// SPDX-License-Identifier: GPL-2.0-only
/** The comparisons of a run: the draws of each pair, each draw's effect, and the verdicts over all of them. */
import type { Block, DrawKey, FailedCell } from '../../model/block.ts';
import { HoplabError } from '../../model/errors.ts';
import type { Measure } from '../../model/measure.ts';
import type { Comparison, DrawEffect, Levels } from '../../model/result.ts';
import { checkSamples } from '../../probes/prober/check-samples.ts';
import { samplesFile } from '../../run-store/layout.ts';
import type { Run } from '../../run-store/read-run.ts';
import { compareDraws } from '../../stats/compare-draws.ts';
import { type DrawOutcome, drawEffect } from '../../stats/draw-effect.ts';
import { judgeComparisons } from '../../stats/judge-comparisons.ts';
import { looksAt } from '../../stats/until.ts';
import { failedCell } from './block-faults.ts';
import { withEnding } from './endings.ts';
import { measureOf } from './known-probes.ts';
import type { NamedPath } from './named-paths.ts';

export interface Compared {
  /** Of all probes, judged together. */
  readonly comparisons: readonly Comparison[];
  readonly failed: readonly FailedCell[];
}

/** The draws of one pair under one probe. */
interface Pair {
  readonly probe: string;
  readonly measure: Measure;
  readonly candidate: string;
  readonly reference: string;
  readonly effects: DrawEffect[];
  k: number;
  n: number;
  lost: number;
  discarded: number;
  /** Draws in which the counters do not show that both paths were taken. */
  unproven: number;
}

/** A block of a comparison; the type says that it has a draw. */
type DrawnBlock = Block & { readonly draw: DrawKey };

/** Compares every pair that has a measured draw, in the order of `paths`. Reads one block's samples at a time. */
export function buildComparisons(run: Run, paths: readonly NamedPath[]): Compared {
  const failed: FailedCell[] = [];
  const pairs = new Map<string, Pair>();
  for (const block of run.blocks) {
    const measure = measureOf(run, block.probe);
    if (!isDrawn(block) || measure === null) continue;
    try {
      addDraw(run, block, { measure, pairs });
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      failed.push(failedCell(block, block.draw.pair[0], error));
    }
  }
  const order = new Map(paths.map((path, index) => [path.name, index]));
  const place = ({ candidate }: Pair): number => order.get(candidate) ?? order.size;
  const measured = [...pairs.values()].filter((pair) => pair.effects.length > 0).sort((a, b) => place(a) - place(b));
  const comparisons = measured.map((pair) => compare(run, pair, paths));
  const judged = judgeComparisons(comparisons);
  const ended = judged.map((comparison) => withEnding(run, comparison));
  return { comparisons: ended.map((comparison, index) => withProof(comparison, measured[index])), failed };
}

/** A draw whose packets may have gone elsewhere does not void a comparison; it is said beside the verdict. */
function withProof(comparison: Comparison, pair: Pair | undefined): Comparison {
  if (pair === undefined || pair.unproven === 0) return comparison;
  const reason = `path not proven in ${pair.unproven} of ${comparison.draws.length} draws`;
  return { ...comparison, because: comparison.because === '' ? reason : `${comparison.because}; ${reason}` };
}

function isDrawn(block: Block): block is DrawnBlock {
  return block.part === 'comparison' && block.draw !== null;
}

interface Gathering {
  readonly measure: Measure;
  readonly pairs: Map<string, Pair>;
}

function addDraw(run: Run, block: DrawnBlock, { measure, pairs }: Gathering): void {
  const [candidate, reference] = block.draw.pair;
  const key = JSON.stringify([block.probe, candidate, reference]);
  const pair = pairs.get(key) ?? {
    probe: block.probe,
    measure,
    candidate,
    reference,
    effects: [],
    k: 0,
    n: 0,
    lost: 0,
    discarded: 0,
    unproven: 0,
  };
  pairs.set(key, pair);
  const outcome = effectOf(run, block, measure);
  pair.k = Math.max(pair.k, block.paths.length);
  pair.lost += outcome.lost;
  pair.discarded += outcome.discarded;
  const proven = (path: string): boolean => block.proofs.some((proof) => proof.path === path && proof.proven);
  if (!proven(candidate) || !proven(reference)) pair.unproven += 1;
  if (outcome.kind === 'too-few-groups') {
    throw new HoplabError({ code: 'NO_DATA', message: outcome.reason, hint: 'measure with more transactions a draw' });
  }
  pair.effects.push(outcome.effect);
  pair.n += outcome.effect.groups * block.groupSize;
}

function effectOf(run: Run, block: DrawnBlock, measure: Measure): DrawOutcome<Levels> {
  const [candidate, reference] = block.draw.pair.map((name) => block.paths.indexOf(name));
  if (candidate === undefined || reference === undefined || candidate < 0 || reference < 0) {
    throw new HoplabError({
      code: 'RUN_DAMAGED',
      message: `${block.probe}, draw ${block.draw.draw + 1}: it compares ${block.draw.pair.join(' with ')}, and its block holds ${block.paths.join(', ')}`,
    });
  }
  const samples = run.samples(block);
  checkSamples(samples, { name: samplesFile(block.id), groupSize: block.groupSize });
  return drawEffect({
    measure,
    samples,
    candidate,
    reference,
    groupSize: block.groupSize,
    key: block.draw,
  });
}

function compare(run: Run, pair: Pair, paths: readonly NamedPath[]): Comparison {
  const { effects, unproven: _, ...rest } = pair;
  const { margin, until, draws: first = 0 } = run.spec?.comparison ?? {};
  const draws = effects.sort((a, b) => a.draw - b.draw);
  const isTwin = paths.some((path) => path.name === pair.candidate && path.twinOf === pair.reference);
  return compareDraws({
    ...rest,
    draws,
    isTwin,
    ...(margin === undefined || margin < 0 ? {} : { marginRelative: margin }),
    ...(until === undefined ? {} : { schedule: looksAt(draws, { first, maxDraws: until.maxDraws }) }),
  });
}
