// SPDX-License-Identifier: GPL-2.0-only
/** Hides what the clocks cannot resolve: a crossing that is smaller than its bound is shown as part of a longer segment. */

/** One segment by the places of its ends among the steps of a shape. */
export interface SegmentSpan {
  readonly from: number;
  readonly to: number;
}

export interface CrossingSource {
  /** Mean time of every step, ns. */
  readonly meanAtNs: readonly number[];
  /** Whether steps i and j are on clocks of their own. */
  readonly crosses: (from: number, to: number) => boolean;
  /** The most that a crossing may be wrong by, ns. */
  readonly boundNs: number;
}

/**
 * Joins such a crossing with the smaller one of its neighbours until what is left is at least as long as its bound, or ends on
 * the clock on which it began: there the error cancels.
 */
export function mergeCrossings({ meanAtNs, crosses, boundNs }: CrossingSource): SegmentSpan[] {
  const spans: SegmentSpan[] = meanAtNs.slice(1).map((_, index) => ({ from: index, to: index + 1 }));
  const lengthOf = (span: SegmentSpan | undefined) =>
    span === undefined ? Number.POSITIVE_INFINITY : (meanAtNs[span.to] ?? 0) - (meanAtNs[span.from] ?? 0);
  const isUnclear = (span: SegmentSpan) => crosses(span.from, span.to) && lengthOf(span) < boundNs;
  for (let at = spans.findIndex(isUnclear); at >= 0 && spans.length > 1; at = spans.findIndex(isUnclear)) {
    const left = at === 0 || lengthOf(spans[at + 1]) < lengthOf(spans[at - 1]) ? at : at - 1;
    const [a, b] = [spans[left], spans[left + 1]];
    if (a === undefined || b === undefined) break;
    spans.splice(left, 2, { from: a.from, to: b.to });
  }
  return spans;
}
