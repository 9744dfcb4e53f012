// SPDX-License-Identifier: GPL-2.0-only
/** Where the time of a path goes: statistics of the segments of its shapes. Pure. */
import type {
  Breakdown,
  Coverage,
  ExpectedStep,
  Segment,
  ShapeBreakdown,
  Waterfall,
} from '../../model/trace-breakdown.ts';
import type { ClockAlignment } from '../../model/trace-clock.ts';
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';
import { quantile } from '../../stats/quantile.ts';
import { sortInPlace } from '../../stats/sorted.ts';
import { coverageOf } from './coverage.ts';
import { gapsOf } from './gaps.ts';
import { mergeCrossings, type SegmentSpan } from './merge-crossings.ts';
import { remainderOf, type SampledPath } from './remainder.ts';
import { commonSequence, groupShapes } from './shapes.ts';

export interface BreakdownOptions {
  readonly alignment: ClockAlignment | null;
  /** The tables cover the largest shapes, until they have this share of the transactions. */
  readonly coveredShare?: number;
  /** But no more shapes than this. */
  readonly mostShapes?: number;
  /** The prober's own record of the block, and which of its paths this is. */
  readonly samples?: SampledPath;
  /** What the path's backend says that packets pass. */
  readonly expected?: readonly ExpectedStep[];
  readonly asked?: Coverage['asked'];
  readonly refused?: Coverage['refused'];
}

const COVERED_SHARE = 0.9;
const MOST_SHAPES = 12;
/** Waterfalls are means over the transactions within this many ranks, in share of all, around their quantile. */
const NEAR = 0.05;
const WATERFALLS = [0.5, 0.99];

export function breakDown(timelines: Timelines, options: BreakdownOptions): Breakdown {
  const { coveredShare = COVERED_SHARE, mostShapes = MOST_SHAPES, alignment } = options;
  const { shapes, members, usable } = groupShapes(timelines);
  let covered = 0;
  let count = 0;
  while (count < Math.min(shapes.length, mostShapes) && (count === 0 || covered / usable < coveredShare))
    covered += shapes[count++]?.transactions ?? 0;
  const boundNs = alignment?.boundNs ?? 0;
  const tableOf = (steps: readonly number[], of: readonly Uint32Array[]) =>
    breakDownSteps({ timelines, steps, members: of, usable, boundNs });
  const chosen = shapes.slice(0, count);
  const common = commonSequence(
    chosen.map(({ steps }) => steps),
    (a, b) => a === b,
  );
  const byShape = chosen.flatMap(({ steps }, index) =>
    steps.length < 2 ? [] : [tableOf(steps, members.slice(index, index + 1))],
  );
  const shared = () => (common.length < 2 ? null : tableOf(common, members.slice(0, count)));
  return {
    transactions: usable,
    shapes,
    coveredShare: usable === 0 ? 0 : covered / usable,
    byShape,
    common: count === 1 ? (byShape[0] ?? null) : shared(),
    remainder: options.samples === undefined ? null : remainderOf(timelines, options.samples),
    coverage: { ...coverageOf(timelines, options), gaps: gapsOf(timelines, options.expected ?? []) },
  };
}

interface StepsSource {
  readonly timelines: Timelines;
  readonly steps: readonly number[];
  readonly members: readonly Uint32Array[];
  readonly usable: number;
  readonly boundNs: number;
}

function breakDownSteps({ timelines, steps, members, usable, boundNs }: StepsSource): ShapeBreakdown {
  const transactions = members.reduce((sum, { length }) => sum + length, 0);
  const at = timesOf(timelines, steps, members, transactions);
  const named = steps.map((step) => stepOf(timelines, step));
  const meanAtNs = at.map((column) => sumOf(column) / transactions);
  const crosses = (from: number, to: number) => named[from]?.machine !== named[to]?.machine;
  const spans = mergeCrossings({ meanAtNs, crosses, boundNs });
  const whole = { from: 0, to: steps.length - 1 };
  const scratch = new Uint32Array(transactions);
  const totalMeanNs = meanAtNs.at(-1) ?? 0;
  const segments = spans.map((span): Segment => {
    const [from, to] = [named[span.from], named[span.to]];
    if (from === undefined || to === undefined) throw new RangeError('a segment without ends');
    const meanNs = (meanAtNs[span.to] ?? 0) - (meanAtNs[span.from] ?? 0);
    return {
      ...{ from, to, ...quantilesOf(differences(at, span, scratch)), meanNs },
      share: totalMeanNs === 0 ? 0 : meanNs / totalMeanNs,
      boundNs: crosses(span.from, span.to) ? boundNs : null,
      merged: named.slice(span.from + 1, span.to),
    };
  });
  const total = quantilesOf(differences(at, whole, scratch));
  const totals = differences(at, whole, scratch);
  return {
    transactions,
    share: transactions / usable,
    shapes: members.length,
    segments,
    steps: named.map((step, index) => ({ step, meanAtNs: meanAtNs[index] ?? 0 })),
    total: { ...total, meanNs: totalMeanNs },
    waterfalls: waterfallsOf(at, spans, totals),
  };
}

/** Per step a column: ns after the first of these steps, per transaction. A step that comes twice is taken where it comes first. */
function timesOf(
  { first, step, atNs }: Timelines,
  steps: readonly number[],
  members: readonly Uint32Array[],
  transactions: number,
): Uint32Array[] {
  const columns = steps.map(() => new Uint32Array(transactions));
  let row = 0;
  for (const group of members)
    for (const t of group) {
      let k = first[t] ?? 0;
      let startNs = 0;
      columns.forEach((column, index) => {
        while (k < (first[t + 1] ?? 0) && step[k] !== steps[index]) k++;
        if (index === 0) startNs = atNs[k] ?? 0;
        column[row] = (atNs[k++] ?? 0) - startNs;
      });
      row++;
    }
  return columns;
}

/** Into `values`, of which there is one for all segments. Times never fall along a transaction, so that none is below 0. */
function differences(at: readonly Uint32Array[], { from, to }: SegmentSpan, values: Uint32Array): Uint32Array {
  const [left, right] = [at[from], at[to]];
  if (left === undefined || right === undefined) throw new RangeError('a segment without ends');
  // A mapping function a value costs ten times as much.
  for (let row = 0; row < values.length; row++) values[row] = (right[row] ?? 0) - (left[row] ?? 0);
  return values;
}

function sumOf(values: Uint32Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row] ?? 0;
  return sum;
}

/** Sorts them. */
function quantilesOf(values: Uint32Array): { minNs: number; p50Ns: number; p99Ns: number } {
  const sorted = sortInPlace(values);
  return { minNs: quantile(sorted, 0), p50Ns: quantile(sorted, 0.5), p99Ns: quantile(sorted, 0.99) };
}

/** The mean of each segment over the transactions whose total is near a quantile; these means add up to their mean total. */
function waterfallsOf(at: readonly Uint32Array[], spans: readonly SegmentSpan[], totals: Uint32Array): Waterfall[] {
  const order = Uint32Array.from(totals.keys()).sort((a, b) => (totals[a] ?? 0) - (totals[b] ?? 0));
  return WATERFALLS.map((p) => waterfallOf(at, { spans, order, p }));
}

interface WaterfallSource {
  readonly spans: readonly SegmentSpan[];
  /** Rows, the shortest total first. */
  readonly order: Uint32Array;
  readonly p: number;
}

function waterfallOf(at: readonly Uint32Array[], { spans, order, p }: WaterfallSource): Waterfall {
  const half = Math.min(NEAR, 1 - p);
  const from = Math.floor((p - half) * (order.length - 1));
  const near = order.subarray(from, Math.max(from + 1, Math.ceil((p + half) * (order.length - 1)) + 1));
  const meanOf = (column: Uint32Array | undefined) =>
    near.reduce((sum, row) => sum + (column?.[row] ?? 0), 0) / near.length;
  const meanAt = at.map(meanOf);
  return {
    quantile: p,
    transactions: near.length,
    totalNs: (meanAt.at(-1) ?? 0) - (meanAt[0] ?? 0),
    segmentNs: spans.map(({ from: a, to: b }) => (meanAt[b] ?? 0) - (meanAt[a] ?? 0)),
  };
}

function stepOf({ steps }: Timelines, index: number): TraceStep {
  const step = steps[index];
  if (step === undefined) throw new RangeError(`a timeline has step ${index}, of ${steps.length}`);
  return step;
}
