// SPDX-License-Identifier: GPL-2.0-only
/** A difference and its interval as a small picture, on a scale that all rows of a page share. */
import type { Effect } from '../../compare/compare-schema.ts';
import { type Markup, markup } from '../../render/markup.ts';
import { formatPercentSigned } from '../../words/format.ts';

const WIDTH = 120;
const HEIGHT = 18;
/** What lies beyond is cut at the edge, with an arrow: one row must not flatten all others. */
const WIDEST = Math.log(4);
const EDGE = 6;

/** ln of the ratio at the edge of every picture: half and double are then equally far from the middle. */
export function scaleOf(effects: readonly Effect[]): number {
  const ends = effects.flatMap(({ relative, relativeInterval, marginRelative }) =>
    [relative, relativeInterval?.low ?? 0, relativeInterval?.high ?? 0, 2 * marginRelative].map((share) =>
      Math.abs(logRatio(share)),
    ),
  );
  return Math.min(WIDEST, Math.max(0.01, ...ends));
}

export function intervalBar({ relative, relativeInterval, marginRelative }: Effect, scale: number): Markup {
  const middle = HEIGHT / 2;
  const half = WIDTH / 2 - EDGE;
  const x = (share: number): string => (WIDTH / 2 + half * clamp(logRatio(share) / scale)).toFixed(1);
  const margin = [x(-marginRelative), x(marginRelative)].map(Number);
  const width = ((margin[1] ?? 0) - (margin[0] ?? 0)).toFixed(1);
  return markup`<svg class="bar-of" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><rect class="margin" x="${margin[0]}" y="0" width="${width}" height="${HEIGHT}"/><line class="zero" x1="${x(0)}" x2="${x(0)}" y1="0" y2="${HEIGHT}"/>${
    relativeInterval !== null && [
      markup`<line class="whisker" x1="${x(relativeInterval.low)}" x2="${x(relativeInterval.high)}" y1="${middle}" y2="${middle}"/>`,
      logRatio(relativeInterval.low) < -scale && markup`<path class="mark" d="M0 ${middle}l5-4v8z"/>`,
      logRatio(relativeInterval.high) > scale && markup`<path class="mark" d="M${WIDTH} ${middle}l-5-4v8z"/>`,
    ]
  }<circle class="mark" cx="${x(relative)}" cy="${middle}" r="3.5"/></svg>`;
}

/** The scale of all pictures of a page: its two ends, and 0 where their dashed line is. */
export function intervalAxis(scale: number): Markup {
  const [low, high] = endsOf(scale);
  const texts = [
    [EDGE, 'start', low],
    [WIDTH / 2, 'middle', '0'],
    [WIDTH - EDGE, 'end', high],
  ] as const;
  return markup`<svg class="bar-of axis" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="scale: ${axisText(scale)}">${texts.map(
    ([x, anchor, text]) =>
      markup`<text x="${x}" y="10" text-anchor="${anchor}">${text}</text><line class="base" x1="${x}" x2="${x}" y1="13" y2="${HEIGHT}"/>`,
  )}<line class="base" x1="${EDGE}" x2="${WIDTH - EDGE}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}"/></svg>`;
}

/** "-29 to +41 %": what stands before a picture that has no axis above it. */
export function axisText(scale: number): string {
  return endsOf(scale).join(' to ').replace(' %', '');
}

function endsOf(scale: number): readonly [low: string, high: string] {
  return [wholePercent(Math.expm1(-scale)), wholePercent(Math.expm1(scale))];
}

/** An end of a scale needs no digit behind the point, unless there is nothing before it. */
function wholePercent(share: number): string {
  const percent = 100 * share;
  if (Math.abs(percent) < 10) return formatPercentSigned(share);
  return `${percent < 0 ? '-' : '+'}${Math.round(Math.abs(percent))} %`;
}

function logRatio(share: number): number {
  return Math.log(Math.max(1e-6, 1 + share));
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}
