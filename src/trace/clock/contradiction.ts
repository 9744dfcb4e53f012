// SPDX-License-Identifier: GPL-2.0-only
/** Names the brackets that no line between two clocks satisfies: two, or three where it takes a kink (Helly's theorem). */
import { HoplabError } from '../../model/errors.ts';
import type { Bracket } from './bracket-hull.ts';

/** Only for hulls that have no common line. */
export function contradiction(upper: readonly Bracket[], lower: readonly Bracket[], maxDrift: number): HoplabError {
  const guilty = worstPair(upper, lower, maxDrift) ?? kink(upper, lower, 1) ?? kink(lower, upper, -1) ?? [];
  const among = (hull: readonly Bracket[], sign: string) =>
    guilty
      .filter((bracket) => hull.includes(bracket))
      .map((bracket) => `${describe(bracket)} (host - guest ${sign} ${bracket.valueNs} ns)`);
  const speed = guestSpeed(
    guilty.find((bracket) => lower.includes(bracket)),
    guilty.find((bracket) => upper.includes(bracket)),
  );
  return new HoplabError({
    code: 'TRACE_IMPOSSIBLE',
    message: `align the guest's clock: no straight line satisfies ${[...among(lower, '>='), ...among(upper, '<=')].join(' and ')}`,
    hint:
      speed === null
        ? 'the clock of the guest or of the host was stepped, or a record is not of the packet that it names: trace this path again'
        : `the guest's clock is at least ${speed} as fast as the host's, and so are all times that were taken in it: it was measured wrongly while the guest booted on a busy machine; trace again on a quieter one`,
  });
}

/** Beyond this no oscillator is: the rate itself is wrong. */
const SUSPECT_DRIFT = 0.02;

/** By which factor the guest's clock must be too fast at least ("3.2 times"), where the pair says that; null = it does not. */
function guestSpeed(below: Bracket | undefined, above: Bracket | undefined): string | null {
  if (below === undefined || above === undefined) return null;
  const passed = above.guestNs - below.guestNs;
  const hostPassed = passed + above.valueNs - below.valueNs;
  if (passed <= 0 || hostPassed <= 0 || passed / hostPassed < 1 + SUSPECT_DRIFT) return null;
  return `${(passed / hostPassed).toFixed(1)} times`;
}

function describe({ what, number, guestNs }: Bracket): string {
  return `${what} of transaction ${number} at guest time ${guestNs}`;
}

/** The upper and the lower bracket that are furthest on the wrong side of each other, whatever the drift. */
function worstPair(upper: readonly Bracket[], lower: readonly Bracket[], maxDrift: number): Bracket[] | null {
  let worst = 0;
  let pair: Bracket[] | null = null;
  for (const above of upper)
    for (const below of lower) {
      const excess = below.valueNs - above.valueNs - maxDrift * Math.abs(below.guestNs - above.guestNs);
      if (excess > worst) [worst, pair] = [excess, [above, below]];
    }
  return pair;
}

/** A bracket of `other` on the wrong side of the line through two neighbours of `hull`. */
function kink(hull: readonly Bracket[], other: readonly Bracket[], sign: number): Bracket[] | null {
  let worst = 0;
  let guilty: Bracket[] | null = null;
  for (const [index, left] of hull.entries()) {
    const right = hull[index + 1];
    if (right === undefined) break;
    for (const point of other) {
      if (point.guestNs < left.guestNs || point.guestNs > right.guestNs) continue;
      const part = (point.guestNs - left.guestNs) / (right.guestNs - left.guestNs);
      const excess = sign * (point.valueNs - (left.valueNs + part * (right.valueNs - left.valueNs)));
      if (excess > worst) [worst, guilty] = [excess, [left, right, point]];
    }
  }
  return guilty;
}
