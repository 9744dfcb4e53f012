// SPDX-License-Identifier: GPL-2.0-only
/** Keeps of many one-sided brackets between two clocks the few that matter: a convex hull, in bounded memory. */

/**
 * One event of the guest and one of the host whose order is known. upper: the host's came later, so host - guest is at
 * most `valueNs`; lower: it came earlier, so it is at least that.
 */
export interface Bracket {
  /** Guest's time, ns. */
  readonly guestNs: number;
  /** host - guest as the two stamps have it, ns. */
  readonly valueNs: number;
  /** What was compared: "guest dev_xmit <= host netif_rx". */
  readonly what: string;
  /** The transaction that it comes from. */
  readonly number: number;
}

export type BracketSide = 'upper' | 'lower';

/** Brackets that are held before they are reduced to their hull. */
const BUFFER = 4096;

/** The hull of the brackets of one side, in rising time of the guest. */
export class BracketHull {
  readonly #sign: number;
  #points: Bracket[] = [];
  #limit = BUFFER;
  #count = 0;

  constructor(side: BracketSide) {
    // A line below all points is below their lower hull; above all points, above their upper hull.
    this.#sign = side === 'upper' ? 1 : -1;
  }

  get count(): number {
    return this.#count;
  }

  add(bracket: Bracket): void {
    this.#points.push(bracket);
    this.#count++;
    if (this.#points.length < this.#limit) return;
    this.#points = reduce(this.#points, this.#sign);
    // Points on a curve are all on the hull: then it may grow, but is not sorted again at each.
    this.#limit = Math.max(BUFFER, 2 * this.#points.length);
  }

  addAll(other: BracketHull): void {
    for (const bracket of other.points()) this.add(bracket);
    this.#count = other.count;
  }

  points(): readonly Bracket[] {
    this.#points = reduce(this.#points, this.#sign);
    return this.#points;
  }
}

/** Andrew's monotone chain, "Another efficient algorithm for convex hulls in two dimensions", IPL 9 (1979). */
function reduce(points: Bracket[], sign: number): Bracket[] {
  points.sort((a, b) => a.guestNs - b.guestNs || sign * (a.valueNs - b.valueNs));
  const hull: Bracket[] = [];
  for (const point of points) {
    if (hull.at(-1)?.guestNs === point.guestNs) continue;
    for (;;) {
      const [before, last] = [hull.at(-2), hull.at(-1)];
      if (before === undefined || last === undefined || sign * turn(before, last, point) > 0) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

/** Above 0: a left turn from a over b to c. */
function turn(a: Bracket, b: Bracket, c: Bracket): number {
  return (b.guestNs - a.guestNs) * (c.valueNs - a.valueNs) - (b.valueNs - a.valueNs) * (c.guestNs - a.guestNs);
}
