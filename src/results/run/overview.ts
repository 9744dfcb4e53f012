// SPDX-License-Identifier: GPL-2.0-only
/** The rows of one probe's table: each path's samples over all its overview blocks, summarized. */
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import type { Block, FailedCell } from '../../model/block.ts';
import { HoplabError } from '../../model/errors.ts';
import { middleOf } from '../../model/figure.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { CellSummary } from '../../model/result.ts';
import type { Samples } from '../../model/samples.ts';
import { probeOf } from '../../probes/index.ts';
import { checkSamples } from '../../probes/prober/check-samples.ts';
import { samplesFile } from '../../run-store/layout.ts';
import type { Run } from '../../run-store/read-run.ts';
import { failedCell } from './block-faults.ts';
import { isHost, type NamedPath } from './named-paths.ts';
import { joinSlices, type PathSlice, slicePath } from './path-samples.ts';

export interface Overview {
  readonly cells: readonly CellSummary[];
  readonly failed: readonly FailedCell[];
}

/** What has been gathered of one path. */
interface Gathered {
  readonly slices: PathSlice[];
  k: number;
  skippedSlots: number;
  proven: boolean;
  /** The first block whose samples of this path contradict themselves: the path then has no row. */
  impossible: FailedCell | null;
}

/** Summarizes the overview of one probe; `paths` gives the order of the rows. Reads one block's samples at a time. */
export function buildOverview(run: Run, probe: ProbeSpec, paths: readonly NamedPath[]): Overview {
  const failed: FailedCell[] = [];
  const gathered = new Map<string, Gathered>();
  for (const block of run.blocks) {
    if (block.part === 'overview' && block.probe === probe.name) gather(run, block, gathered, failed);
  }
  const cells: CellSummary[] = [];
  for (const path of paths) {
    const found = gathered.get(path.name);
    // Each path's columns are dropped once they are summarized.
    gathered.delete(path.name);
    if (found === undefined) continue;
    const cell = found.impossible === null ? summarize(run, probe, path, found) : notDone(found.impossible);
    if (cell.ok) cells.push(cell.value);
    else failed.push(cell.why);
  }
  return { cells: withRatios(cells, paths), failed };
}

function gather(run: Run, block: Block, gathered: Map<string, Gathered>, failed: FailedCell[]): void {
  let samples: Samples;
  try {
    samples = run.samples(block);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    failed.push(...block.paths.map((path) => failedCell(block, path, error)));
    return;
  }
  const whole = impossibility(block, samples, 'all paths');
  const slices = block.paths.map((_, index) => slicePath(samples, index, block.counts.wallNs));
  // Samples of one path alone may be to blame; where none is, the block's order is, and all of it is void.
  const own = slices.map((slice, index) => whole && impossibility(block, slice.samples, block.paths[index] ?? ''));
  const blameAll = whole !== null && own.every((error) => error === null);
  slices.forEach((slice, index) => {
    const name = block.paths[index] ?? '';
    const path = gathered.get(name) ?? { slices: [], k: 0, skippedSlots: 0, proven: true, impossible: null };
    gathered.set(name, path);
    const error = blameAll ? whole : own[index];
    if (error) path.impossible ??= failedCell(block, name, error);
    path.slices.push(slice);
    path.k = Math.max(path.k, block.paths.length);
    path.skippedSlots += block.counts.skippedSlots;
    // One block that may have gone elsewhere spoils the row: its transactions cannot be told from the others.
    path.proven &&= block.proofs.some((proof) => proof.path === name && proof.proven);
  });
}

function impossibility(block: Block, samples: Samples, path: string): HoplabError | null {
  try {
    checkSamples(samples, { name: `${samplesFile(block.id)} (${path})`, groupSize: block.groupSize });
    return null;
  } catch (error) {
    if (error instanceof HoplabError) return error;
    throw error;
  }
}

function summarize(run: Run, probe: ProbeSpec, path: NamedPath, found: Gathered): Attempt<CellSummary, FailedCell> {
  const { samples, wallNs, sent } = joinSlices(found.slices.splice(0));
  const cell = { part: 'overview', probe: probe.name, draw: null } as const;
  if (probe.paceNs > 0 && sent > 0 && !(wallNs > 0)) {
    const message = `${sent} paced transactions in ${wallNs} ns of wall time: counts.wallNs of its blocks is damaged`;
    return notDone(failedCell(cell, path.name, new HoplabError({ code: 'RUN_DAMAGED', message })));
  }
  const seed = run.spec?.seed ?? 0;
  const outcome = probeOf(probe.protocol).summarize({
    probe,
    samples,
    path: 0,
    wallNs,
    seed: Number.isSafeInteger(seed) ? seed : 0,
  });
  if (outcome.kind === 'empty') {
    const { lost, discarded } = outcome.counts;
    const reason = `none of ${sent} transactions can be used: ${lost} lost, ${discarded} discarded`;
    const error = new HoplabError({
      code: 'NO_DATA',
      message: reason,
      hint: `hoplab shell lets you look at the path by hand; the logs are in ${run.path}/logs`,
    });
    return notDone(failedCell(cell, path.name, error));
  }
  return done({
    path: path.name,
    backend: path.backend,
    twinOf: path.twinOf,
    probe: probe.name,
    k: found.k,
    skippedSlots: found.skippedSlots,
    ...outcome.summary,
    ratioToHost: null,
    proven: found.proven,
  });
}

function withRatios(cells: readonly CellSummary[], paths: readonly NamedPath[]): CellSummary[] {
  const hosts = new Set(paths.filter(isHost).map((path) => path.name));
  const floor = cells.find((cell) => hosts.has(cell.path));
  const ratioOf = (cell: CellSummary): number | null =>
    floor === undefined ? null : middleOf(cell).value / middleOf(floor).value;
  return cells.map((cell) => ({ ...cell, ratioToHost: ratioOf(cell) }));
}
