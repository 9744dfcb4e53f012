// SPDX-License-Identifier: GPL-2.0-only
/** What CLOCK_MONOTONIC, which everything is measured by, was at a time of day: for files that are read beside other logs. */
import type { WallPair } from '../model/trace-clock.ts';

const NS_PER_MS = 1_000_000n;
/** Another process may run between the two reads of the clock: the narrowest of some edges. */
const EDGES = 5;

/** Takes some 5 ms of one CPU: not while something is measured. */
export function readWallClock(): WallPair {
  const pairs = Array.from({ length: EDGES }, atNextMillisecond);
  return pairs.reduce((least, pair) => (pair.widthNs < least.widthNs ? pair : least));
}

/** Node gives the time of day in whole ms; where it steps to the next one it is known far closer. */
function atNextMillisecond(): WallPair {
  const before = Date.now();
  let monotonicNs = process.hrtime.bigint();
  for (;;) {
    const now = Date.now();
    const after = process.hrtime.bigint();
    if (now !== before)
      return {
        unixNs: `${BigInt(now) * NS_PER_MS}`,
        monotonicNs: `${monotonicNs}`,
        widthNs: Number(after - monotonicNs),
      };
    monotonicNs = after;
  }
}
