// SPDX-License-Identifier: GPL-2.0-only
/** Two paths side by side: between which steps the difference of their round trips is made, with intervals over draws. */
import type { ShapeBreakdown } from '../../model/trace-breakdown.ts';
import type { SegmentDiff, TraceDiff } from '../../model/trace-diff.ts';
import type { TraceStep } from '../../model/trace-timelines.ts';
import { holm } from '../../stats/holm.ts';
import { meanInterval } from '../../stats/student-t.ts';
import { alignSequences, commonSequence } from './shapes.ts';

/** The tables of the two paths in one draw: `common` of their breakdowns. */
export interface DiffDraw {
  readonly a: ShapeBreakdown;
  readonly b: ShapeBreakdown;
  /** What some shapes of a path have and others lack: it is not compared, and still no point that the path has not. */
  readonly alsoA?: readonly TraceStep[];
  readonly alsoB?: readonly TraceStep[];
}

type TimedSteps = ShapeBreakdown['steps'];

/** A step that both paths have, by its place in A and in B of every draw. */
interface Boundary {
  readonly step: TraceStep;
  readonly inA: number;
  readonly inB: number;
}

/**
 * Draws are the unit: one mean a segment and draw. Steps are the same where machine, side, point and the names of their
 * places are: whoever joins the records names what two paths have alike alike. Only steps that every draw of a path has are compared, so that all draws have the same
 * segments. null = the paths have fewer than two steps in common.
 */
export function diffTraces(draws: readonly DiffDraw[]): TraceDiff | null {
  if (draws.length === 0) return null;
  const ofA = stepsOfAll(draws.map(({ a }) => a.steps));
  const ofB = stepsOfAll(draws.map(({ b }) => b.steps));
  const boundaries = alignSequences(ofA, ofB, isSame).flatMap(([inA, inB]): Boundary[] => {
    const step = ofA[inA];
    return step === undefined ? [] : [{ step, inA, inB }];
  });
  const [first, last] = [boundaries.at(0), boundaries.at(-1)];
  if (first === undefined || last === undefined || boundaries.length < 2) return null;
  const timesA = draws.map(({ a }) => timesOf(ofA, a.steps));
  const timesB = draws.map(({ b }) => timesOf(ofB, b.steps));
  const compare = (from: Boundary, to: Boundary) =>
    compareSpan({
      ...{ from, to },
      a: timesA.map((times) => (times[to.inA] ?? 0) - (times[from.inA] ?? 0)),
      b: timesB.map((times) => (times[to.inB] ?? 0) - (times[from.inB] ?? 0)),
    });
  const lackedBy = (steps: readonly TraceStep[]) => (step: TraceStep) => !steps.some((one) => isSame(one, step));
  const notOfA = lackedBy(draws.flatMap(({ a, alsoA = [] }) => [...a.steps.map(({ step }) => step), ...alsoA]));
  const notOfB = lackedBy(draws.flatMap(({ b, alsoB = [] }) => [...b.steps.map(({ step }) => step), ...alsoB]));
  const total = compare(first, last);
  const pairs = boundaries.slice(1).map((to, index) => ({ from: boundaries[index] ?? first, to }));
  const raw = pairs.map(({ from, to }) => compare(from, to));
  const adjusted = holm(raw.map(({ pValue }) => pValue ?? 1));
  return {
    draws: draws.length,
    total,
    segments: raw.map((one, index): SegmentDiff => {
      const { from, to } = pairs[index] ?? { from: first, to: last };
      return {
        ...one,
        onlyA: ofA.slice(from.inA + 1, to.inA).filter(notOfB),
        onlyB: ofB.slice(from.inB + 1, to.inB).filter(notOfA),
        pValue: one.pValue === null ? null : (adjusted[index] ?? 1),
        share: total.differenceNs === 0 ? null : one.differenceNs / total.differenceNs,
      };
    }),
  };
}

/** A packet is received at more than one place: a point alone would join the tap of one path to the far end of the other. */
function isSame(a: TraceStep, b: TraceStep): boolean {
  return (
    a.machine === b.machine && a.side === b.side && a.point === b.point && a.place === b.place && a.device === b.device
  );
}

function stepsOfAll(draws: readonly TimedSteps[]): TraceStep[] {
  return commonSequence(
    draws.map((steps) => steps.map(({ step }) => step)),
    isSame,
  );
}

/** Mean times of the chosen steps in one draw. */
function timesOf(chosen: readonly TraceStep[], steps: TimedSteps): number[] {
  const pairs = alignSequences(
    chosen,
    steps.map(({ step }) => step),
    isSame,
  );
  return pairs.map(([, index]) => steps[index]?.meanAtNs ?? 0);
}

interface SpanSource {
  readonly from: Boundary;
  readonly to: Boundary;
  /** One value a draw, ns. */
  readonly a: readonly number[];
  readonly b: readonly number[];
}

function compareSpan({ from, to, a, b }: SpanSource): TraceDiff['total'] {
  const mean = (values: readonly number[]) => values.reduce((sum, ns) => sum + ns, 0) / values.length;
  const differences = b.map((ns, draw) => ns - (a[draw] ?? 0));
  const found = differences.length < 2 ? null : meanInterval(differences);
  return {
    ...{ from: from.step, to: to.step, meanANs: mean(a), meanBNs: mean(b), differenceNs: mean(differences) },
    interval: found === null ? null : { lowNs: found.low, highNs: found.high },
    pValue: found?.pValue ?? null,
  };
}
