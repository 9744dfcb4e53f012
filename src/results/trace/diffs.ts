// SPDX-License-Identifier: GPL-2.0-only
/** Every traced path with a guest against the first one, by the blocks that both were in. */
import type { Breakdown } from '../../model/trace-breakdown.ts';
import type { TracedDiff } from '../../model/trace-report.ts';
import type { TraceStep } from '../../model/trace-timelines.ts';
import { type DiffDraw, diffTraces } from '../../trace/breakdown/diff.ts';
import { endsInGuest } from './ends-in-guest.ts';
import { breakPathDown } from './path.ts';
import { type TraceSource, usedBlocks } from './source.ts';

export function buildDiffs(source: TraceSource): TracedDiff[] {
  const [first, ...others] = pathsInOrder(source);
  if (first === undefined) return [];
  return others.map((other) => ({ a: first, b: other, diff: diffTraces(drawsOf(source, first, other)) }));
}

/** The user's order where two were named, else that of the plan; a path without a guest has nothing to compare. */
function pathsInOrder({ run, names }: TraceSource): string[] {
  const guests = names.filter((name) => endsInGuest(run.plan, name));
  const [pair] = run.spec?.comparison.pairs ?? [];
  if (pair === undefined || !pair.every((name) => guests.includes(name))) return guests;
  const [candidate, reference] = pair;
  return [reference, candidate];
}

/** A plugging is a draw: one table of each path. */
function drawsOf(source: TraceSource, a: string, b: string): DiffDraw[] {
  return usedBlocks(source, a)
    .filter(({ block }) => block.paths.includes(b))
    .flatMap((block) => {
      const [ofA, ofB] = [breakPathDown(source, a, [block]), breakPathDown(source, b, [block])];
      if (ofA.common === null || ofB.common === null) return [];
      return [{ a: ofA.common, b: ofB.common, alsoA: stepsOf(ofA), alsoB: stepsOf(ofB) }];
    });
}

/** Of all shapes in the tables of a path. */
function stepsOf({ byShape }: Breakdown): TraceStep[] {
  return byShape.flatMap(({ steps }) => steps.map(({ step }) => step));
}
