// SPDX-License-Identifier: GPL-2.0-only
/** The time of day is tied to the clock of the records. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readWallClock } from '../../../src/system/wall-clock.ts';

it('the time of day and CLOCK_MONOTONIC are read together, and how far they may be apart is said', () => {
  const [earliest, from] = [BigInt(Date.now()), process.hrtime.bigint()];
  const { unixNs, monotonicNs, widthNs } = readWallClock();
  const [until, latest] = [process.hrtime.bigint(), BigInt(Date.now()) + 1n];
  assert.ok(from <= BigInt(monotonicNs) && BigInt(monotonicNs) <= until, monotonicNs);
  assert.ok(earliest * 1_000_000n <= BigInt(unixNs) && BigInt(unixNs) <= latest * 1_000_000n, unixNs);
  assert.ok(widthNs >= 0 && widthNs <= Number(until - from), `${widthNs} ns`);
});
