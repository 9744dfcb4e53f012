// SPDX-License-Identifier: GPL-2.0-only
/** The time of day is tied to the clock of the records. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readWallClock } from '../../../src/system/wall-clock.ts';

it('the time of day and CLOCK_MONOTONIC are read together, far closer than a millisecond', () => {
  const { unixNs, monotonicNs, widthNs } = readWallClock();
  assert.ok(widthNs < 1_000_000, `${widthNs} ns`);
  const sinceNs = Number(process.hrtime.bigint() - BigInt(monotonicNs));
  const now = Number(BigInt(unixNs) / 1_000_000n) + sinceNs / 1e6;
  assert.ok(Math.abs(Date.now() - now) < 20, `${now} instead of ${Date.now()}`);
});
