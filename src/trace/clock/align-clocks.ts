// SPDX-License-Identifier: GPL-2.0-only
/**
 * Joins the guest's clock to the host's: all straight lines host = guest + offset + drift * t that contradict no known
 * order of events, as a convex polygon. The literature estimates one line by the convex hull of the delays: S. Moon,
 * P. Skelly and D. Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999;
 * L. Zhang, Z. Liu and C. Xia, "Clock synchronization algorithms for network measurements", INFOCOM 2002. Here the whole
 * feasible region is kept, since what is wanted is the largest error of any line in it. Pure.
 */
import { HoplabError } from '../../model/errors.ts';
import type { ClockAlignment, ClockLine } from '../../model/trace-clock.ts';
import { type Bracket, BracketHull, type BracketSide } from './bracket-hull.ts';
import { contradiction } from './contradiction.ts';

/** Oscillators and their corrections stay within this; it keeps the region bounded in short blocks. */
export const MAX_DRIFT = 500e-6;

/** A corner as the line's values at the first and the last bracket, both in ns: well scaled, unlike (offset, drift). */
interface Corner {
  readonly p: number;
  readonly q: number;
}

/** a * p + b * q <= c. */
interface HalfPlane {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** So that a drift is well defined where all brackets are of one moment. */
const LEAST_SPAN_NS = 1e6;

/**
 * A kernel corrects its clock's rate by some millionths, and within a block the line then bends: so far the clocks may be
 * from a straight line, as a share of the block. A step, or a record of another packet, is far more.
 */
export const MOST_BEND = 5e-6;
const LEAST_BEND_NS = 250;

/** Rounding of doubles in clipping, ns. */
const EPSILON_NS = 1e-3;

/** Brackets as they come, in memory that does not grow with their number. */
export class ClockBrackets {
  readonly #hulls = { upper: new BracketHull('upper'), lower: new BracketHull('lower') };

  add(side: BracketSide, bracket: Bracket): void {
    this.#hulls[side].add(bracket);
  }

  get count(): number {
    return this.#hulls.upper.count + this.#hulls.lower.count;
  }

  /** Another that may be narrowed on its own. */
  copy(): ClockBrackets {
    const copy = new ClockBrackets();
    for (const side of ['upper', 'lower'] as const) copy.#hulls[side].addAll(this.#hulls[side]);
    return copy;
  }

  /**
   * The feasible region. `referenceNs` and `baseNs` are what the brackets' guest times and values are relative to.
   * Throws TRACE_IMPOSSIBLE where there are brackets of one side only, or where brackets contradict each other: these
   * are named. `leastBendNs`: how far from a straight line the clocks may be at least.
   */
  align({
    referenceNs,
    baseNs,
    method,
    leastBendNs = 0,
  }: Pick<ClockAlignment, 'referenceNs' | 'baseNs' | 'method'> & { readonly leastBendNs?: number }): ClockAlignment {
    const upper = this.#hulls.upper.points();
    const lower = this.#hulls.lower.points();
    if (upper.length === 0 || lower.length === 0) throw unbounded(upper.length === 0 ? 'later' : 'earlier');
    const ends = [upper.at(0), upper.at(-1), lower.at(0), lower.at(-1)].map((bracket) => bracket?.guestNs ?? 0);
    const from = Math.min(...ends);
    const to = Math.max(...ends, from + LEAST_SPAN_NS);
    let [corners, bendNs] = [clipAll(upper, lower, { from, to, bendNs: leastBendNs }), leastBendNs];
    while (corners.length === 0) {
      bendNs = Math.max(LEAST_BEND_NS, bendNs * 2);
      if (bendNs > MOST_BEND * (to - from)) throw contradiction(upper, lower, MAX_DRIFT);
      corners = clipAll(upper, lower, { from, to, bendNs });
    }
    const toLine = ({ p, q }: Corner): ClockLine => {
      const drift = (q - p) / (to - from);
      return { offsetNs: p - drift * from, drift };
    };
    const centre = centroid(corners);
    return {
      method,
      referenceNs,
      baseNs,
      region: corners.map(toLine),
      estimate: toLine(centre),
      spanNs: [from, to],
      brackets: this.count,
      ...(bendNs === 0 ? {} : { bendNs }),
      // The error of a line is linear in time, so that it is largest at an end.
      boundNs:
        bendNs + Math.max(...corners.map(({ p, q }) => Math.max(Math.abs(p - centre.p), Math.abs(q - centre.q)))),
    };
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
  /** How far each bracket is taken wider than it is. */
  readonly bendNs: number;
}

function clipAll(upper: readonly Bracket[], lower: readonly Bracket[], { from, to, bendNs }: Span): Corner[] {
  const weight = ({ guestNs }: Bracket) => (guestNs - from) / (to - from);
  const swing = MAX_DRIFT * (to - from);
  const largest = (hull: readonly Bracket[]) =>
    hull.reduce((most, { valueNs }) => Math.max(most, Math.abs(valueNs)), 0);
  const reach = Math.max(largest(upper), largest(lower)) + 2 * swing + 1;
  const planes: HalfPlane[] = [
    { a: -1, b: 1, c: swing },
    { a: 1, b: -1, c: swing },
    ...upper.map((bracket) => ({ a: 1 - weight(bracket), b: weight(bracket), c: bracket.valueNs + bendNs })),
    ...lower.map((bracket) => ({ a: weight(bracket) - 1, b: -weight(bracket), c: bendNs - bracket.valueNs })),
  ];
  let corners: Corner[] = [
    { p: -reach, q: -reach },
    { p: reach, q: -reach },
    { p: reach, q: reach },
    { p: -reach, q: reach },
  ];
  for (const plane of planes) corners = clip(corners, plane);
  return corners;
}

/** Sutherland and Hodgman, "Reentrant polygon clipping", CACM 17 (1974). */
function clip(corners: readonly Corner[], { a, b, c }: HalfPlane): Corner[] {
  const kept: Corner[] = [];
  const excess = ({ p, q }: Corner) => a * p + b * q - c - EPSILON_NS;
  corners.forEach((corner, index) => {
    const before = corners.at(index - 1) ?? corner;
    const [was, is] = [excess(before), excess(corner)];
    if (was <= 0 !== is <= 0) {
      const part = was / (was - is);
      kept.push({ p: before.p + part * (corner.p - before.p), q: before.q + part * (corner.q - before.q) });
    }
    if (is <= 0) kept.push(corner);
  });
  return kept;
}

/** Of the area; of the corners, where there is next to none. */
function centroid(corners: readonly Corner[]): Corner {
  const mean = {
    p: corners.reduce((sum, { p }) => sum + p, 0) / corners.length,
    q: corners.reduce((sum, { q }) => sum + q, 0) / corners.length,
  };
  let [area, p, q] = [0, 0, 0];
  corners.forEach((corner, index) => {
    const before = corners.at(index - 1) ?? corner;
    // Relative to a point inside, so that the products stay small.
    const [x0, y0, x1, y1] = [before.p - mean.p, before.q - mean.q, corner.p - mean.p, corner.q - mean.q];
    const cross = x0 * y1 - x1 * y0;
    area += cross / 2;
    p += ((x0 + x1) * cross) / 6;
    q += ((y0 + y1) * cross) / 6;
  });
  return area > EPSILON_NS ? { p: mean.p + p / area, q: mean.q + q / area } : mean;
}

/** host - guest by the estimate, ns relative to `baseNs`, at a guest time relative to `referenceNs`. */
export function offsetAt({ estimate }: ClockAlignment, guestNs: number): number {
  return estimate.offsetNs + estimate.drift * guestNs;
}

/** How far every line of the region may lie below and above the estimate at a guest time; both at least 0, ns. */
export function boundAt(
  alignment: ClockAlignment,
  guestNs: number,
): { readonly belowNs: number; readonly aboveNs: number } {
  const here = offsetAt(alignment, guestNs);
  const { bendNs = 0 } = alignment;
  let [belowNs, aboveNs] = [bendNs, bendNs];
  for (const { offsetNs, drift } of alignment.region) {
    const apart = offsetNs + drift * guestNs - here;
    belowNs = Math.max(belowNs, bendNs - apart);
    aboveNs = Math.max(aboveNs, bendNs + apart);
  }
  return { belowNs, aboveNs };
}

function unbounded(missing: 'earlier' | 'later'): HoplabError {
  return new HoplabError({
    code: 'TRACE_IMPOSSIBLE',
    message: `align the guest's clock: no event of the host is known to be ${missing} than one of the guest`,
    hint: 'see which points were refused: hoplab trace lists them; packets must be seen in guest and host, in both directions',
  });
}
