// SPDX-License-Identifier: GPL-2.0-only
/** A run under way, from its folder: what is done, what is planned, and each path's median so far. */
import type { Block } from '../model/block.ts';
import { type RunState, wasKilled } from '../model/run-header.ts';
import { colourClass } from '../render/backend-colours.ts';
import { measureOf } from '../results/run/known-probes.ts';
import { type NamedPath, namedPaths } from '../results/run/named-paths.ts';
import { type Run, readRun } from '../run-store/read-run.ts';
import { median } from '../stats/quantile.ts';
import { sortedCopy } from '../stats/sorted.ts';
import { pick, selectUsable } from '../stats/usable.ts';

interface LiveCell {
  readonly probe: string;
  readonly path: string;
  /** A class of the style sheet. */
  readonly colour: string;
  readonly k: number;
  readonly n: number;
  readonly lost: number;
  readonly p50Us: number | null;
}

interface LivePair {
  readonly probe: string;
  readonly candidate: string;
  readonly reference: string;
  readonly draws: number;
  readonly planned: number;
}

export interface LiveState {
  readonly state: RunState | 'died';
  readonly startedAt: string;
  readonly blocks: number;
  /** null until the plan is written. */
  readonly planned: number | null;
  /** The block that is being measured, as far as the plan tells. */
  readonly next: string | null;
  /** At the pace of the blocks so far; null before the second one. */
  readonly remainingS: number | null;
  readonly cells: readonly LiveCell[];
  readonly pairs: readonly LivePair[];
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
}

/** A run of more is not drawn live: its figures stand in its report. */
const MOST_KEPT = 4 << 20;

interface Pooled {
  readonly probe: string;
  readonly path: string;
  readonly k: number;
  readonly parts: (Uint32Array | Float64Array)[];
  n: number;
  lost: number;
}

/** Reads a block's samples once, when it appears: between two readings nothing is done, for the sake of what is measured. */
export class LiveRun {
  readonly #folder: string;
  readonly #seen = new Set<string>();
  readonly #pooled = new Map<string, Pooled>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws RUN_NOT_FOUND when the folder is gone, and RUN_TOO_NEW. */
  async read(): Promise<LiveState> {
    const run = await readRun(this.#folder);
    for (const block of run.blocks) this.#take(run, block);
    const { state, startedAt } = run.header;
    const planned = run.plan?.blocks ?? null;
    // Draws that are added are in no plan.
    const total = planned === null ? null : Math.max(planned.length, run.blocks.length);
    const named = namedPaths(run);
    const done = new Set(run.blocks.map(({ id }) => id));
    return {
      state: wasKilled(run.header) ? 'died' : state,
      startedAt,
      blocks: run.blocks.length,
      planned: total,
      next: state === 'running' ? (planned?.find(({ id }) => !done.has(id))?.id ?? null) : null,
      remainingS: remainingS(run, total),
      cells: [...this.#pooled.values()].map((pooled) => toCell(pooled, named)),
      pairs: pairsOf(run),
      failed: run.failed.map(({ path, probe, reason }) => `${path} under ${probe}: ${reason}`),
      warnings: run.warnings.map(({ text }) => text),
    };
  }

  #take(run: Run, block: Block): void {
    if (this.#seen.has(block.id)) return;
    this.#seen.add(block.id);
    if (block.part !== 'overview') return;
    let samples: ReturnType<Run['samples']>;
    try {
      samples = run.samples(block);
    } catch {
      return; // its report will say what is wrong with it
    }
    const measure = measureOf(run, block.probe);
    // The live table is one of round trips; a rate stands in the report.
    if (measure?.unit !== 'ns') return;
    const observed = measure.observe(samples);
    for (const [index, path] of block.paths.entries()) {
      const key = JSON.stringify([block.probe, path, block.paths.length]);
      const pooled = this.#pooled.get(key) ?? {
        probe: block.probe,
        path,
        k: block.paths.length,
        parts: [],
        n: 0,
        lost: 0,
      };
      this.#pooled.set(key, pooled);
      const { indices, counts } = selectUsable(observed, index);
      pooled.lost += counts.lost;
      pooled.n += counts.n;
      if (pooled.n <= MOST_KEPT) pooled.parts.push(pick(observed.value, indices));
    }
  }
}

function toCell({ probe, path, k, n, lost, parts }: Pooled, named: readonly NamedPath[]): LiveCell {
  const { backend, twinOf } = named.find(({ name }) => name === path) ?? { backend: path, twinOf: null };
  const colour = colourClass({ backend, isTwin: twinOf !== null });
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return { probe, path, colour, k, n, lost, p50Us: all.length === 0 ? null : median(sortedCopy(all)) / 1000 };
}

function pairsOf(run: Run): LivePair[] {
  const pairs = new Map<
    string,
    { probe: string; candidate: string; reference: string; draws: number; planned: number }
  >();
  const count = (blocks: readonly { probe: string; pair: readonly [string, string] }[], what: 'draws' | 'planned') => {
    for (const { probe, pair } of blocks) {
      const key = JSON.stringify([probe, pair]);
      const entry = pairs.get(key) ?? { probe, candidate: pair[0], reference: pair[1], draws: 0, planned: 0 };
      entry[what] += 1;
      pairs.set(key, entry);
    }
  };
  count(
    (run.plan?.blocks ?? []).flatMap(({ probe, draw }) =>
      draw === null ? [] : [{ probe: probe.name, pair: draw.pair }],
    ),
    'planned',
  );
  count(
    run.blocks.flatMap(({ probe, draw }) => (draw === null ? [] : [{ probe, pair: draw.pair }])),
    'draws',
  );
  return [...pairs.values()].map((pair) => ({ ...pair, planned: Math.max(pair.planned, pair.draws) }));
}

/** Booting and attaching lie before the first block, and are not what the rest will take. */
function remainingS(run: Run, planned: number | null): number | null {
  const [first] = run.blocks;
  const last = run.blocks.at(-1);
  if (planned === null || first === undefined || last === undefined || run.blocks.length < 2) return null;
  const each = (Date.parse(last.startedAt) - Date.parse(first.startedAt)) / (run.blocks.length - 1);
  return Math.max(0, Math.round((each * (planned - run.blocks.length)) / 1000));
}
