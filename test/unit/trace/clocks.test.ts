// SPDX-License-Identifier: GPL-2.0-only
/** The guest's clock is joined to the host's by a region that holds the truth, with a bound that is the region's width. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import type { ClockAlignment } from '../../../src/model/trace-clock.ts';
import { createRandom } from '../../../src/stats/random.ts';
import { boundAt, ClockBrackets, MAX_DRIFT, offsetAt } from '../../../src/trace/clock/align-clocks.ts';

interface Truth {
  readonly seed: number;
  readonly offsetNs: number;
  readonly driftPpm: number;
  readonly seconds: number;
  readonly count: number;
  readonly delayNs: number;
}

const TRUTH = fc.record<Truth>({
  seed: fc.integer({ min: 0, max: 1e9 }),
  offsetNs: fc.integer({ min: -1e12, max: 1e12 }),
  driftPpm: fc.double({ min: -490, max: 490, noNaN: true }),
  seconds: fc.integer({ min: 1, max: 600 }),
  count: fc.integer({ min: 1, max: 400 }),
  delayNs: fc.integer({ min: 1, max: 300_000 }),
});

const AT = { method: 'packet bracket', referenceNs: 0n, baseNs: 0n } as const;

/** Brackets of a guest whose clock the test knows: whole nanoseconds, in no order. */
function measure({ seed, offsetNs, driftPpm, seconds, count, delayNs }: Truth): ClockBrackets {
  const random = createRandom(seed);
  const brackets = new ClockBrackets();
  for (let number = 0; number < count; number++) {
    const guestNs = Math.floor(random.unit() * seconds * 1e9);
    const truth = offsetNs + driftPpm * 1e-6 * guestNs;
    brackets.add('upper', { guestNs, valueNs: Math.ceil(truth + random.unit() * delayNs), what: 'out', number });
    brackets.add('lower', { guestNs, valueNs: Math.floor(truth - random.unit() * delayNs), what: 'in', number });
  }
  return brackets;
}

/** How far the true line is outside of a convex polygon given counter-clockwise in (value at the ends of the span). */
function misses({ region, spanNs: [from, to] }: ClockAlignment, { offsetNs, driftPpm }: Truth): number {
  const at = (line: { offsetNs: number; drift: number }) => [
    line.offsetNs + line.drift * from,
    line.offsetNs + line.drift * to,
  ];
  const [x = 0, y = 0] = at({ offsetNs, drift: driftPpm * 1e-6 });
  let worst = 0;
  region.forEach((corner, index) => {
    const [x0 = 0, y0 = 0] = at(region.at(index - 1) ?? corner);
    const [x1 = 0, y1 = 0] = at(corner);
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length > 0) worst = Math.max(worst, -((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / length);
  });
  return worst;
}

it('the true clock is always inside the region, and the estimate within the bound of it', () => {
  fc.assert(
    fc.property(TRUTH, (truth) => {
      const alignment = measure(truth).align(AT);
      assert.ok(misses(alignment, truth) < 0.1, `${misses(alignment, truth)} ns outside`);
      for (const part of [0, 0.3, 1]) {
        const [from, to] = alignment.spanNs;
        const guestNs = from + part * (to - from);
        const error = truth.offsetNs + truth.driftPpm * 1e-6 * guestNs - offsetAt(alignment, guestNs);
        const { belowNs, aboveNs } = boundAt(alignment, guestNs);
        assert.ok(error >= -belowNs - 0.1 && error <= aboveNs + 0.1, `${error} not in -${belowNs} to ${aboveNs}`);
        assert.ok(Math.max(belowNs, aboveNs) <= alignment.boundNs + 0.1);
      }
    }),
    { numRuns: 300 },
  );
});

it('many tight brackets give a bound far below the delays, and a single one a bound of its own width', () => {
  const truth = { seed: 1, offsetNs: 5e9, driftPpm: 20, seconds: 30, count: 20_000, delayNs: 100_000 };
  assert.ok(measure(truth).align(AT).boundNs < 3000);
  const one = new ClockBrackets();
  one.add('upper', { guestNs: 10, valueNs: 120, what: 'out', number: 0 });
  one.add('lower', { guestNs: 10, valueNs: 100, what: 'in', number: 0 });
  const alignment = one.align(AT);
  const { belowNs, aboveNs } = boundAt(alignment, 10);
  assert.ok(Math.abs(belowNs + aboveNs - 20) < 0.1);
});

it('away from the brackets the bound widens by the drift that is possible', () => {
  const one = new ClockBrackets();
  one.add('upper', { guestNs: 0, valueNs: 10, what: 'out', number: 0 });
  one.add('lower', { guestNs: 0, valueNs: 0, what: 'in', number: 0 });
  const alignment = one.align(AT);
  const { belowNs, aboveNs } = boundAt(alignment, 1e9);
  assert.ok(Math.abs(belowNs + aboveNs - (10 + 2 * MAX_DRIFT * 1e9)) < 10, `${belowNs + aboveNs}`);
});

const impossible =
  (...words: RegExp[]) =>
  (error: unknown) =>
    error instanceof HoplabError &&
    error.code === 'TRACE_IMPOSSIBLE' &&
    words.every((word) => word.test(error.message));

it('two brackets that contradict each other are named', () => {
  const brackets = measure({ seed: 2, offsetNs: 0, driftPpm: 3, seconds: 5, count: 5000, delayNs: 20_000 });
  brackets.add('lower', { guestNs: 1e9, valueNs: 50_000, what: 'host vmm_in <= guest gro', number: 77 });
  assert.throws(
    () => brackets.align(AT),
    impossible(/vmm_in <= guest gro of transaction 77 at guest time 1000000000/, / and out of/),
  );
});

it("a guest's clock that runs three times as fast is said to, and what came of it", () => {
  const brackets = new ClockBrackets();
  // A second of the host, and three of the guest.
  brackets.add('lower', { guestNs: 0, valueNs: 845_000_000, what: 'in', number: 0 });
  brackets.add('upper', { guestNs: 3e9, valueNs: -1_155_000_000, what: 'out', number: 299 });
  assert.throws(
    () => brackets.align(AT),
    (error: unknown) =>
      error instanceof HoplabError && /at least 3\.0 times as fast as the host's/.test(error.hint ?? ''),
  );
});

it('three brackets that only together contradict each other are named: a clock that was stepped and slewed back', () => {
  const brackets = new ClockBrackets();
  for (const [guestNs, number] of [
    [0, 1],
    [2e9, 3],
  ] as const)
    brackets.add('upper', { guestNs, valueNs: 0, what: 'out', number });
  brackets.add('lower', { guestNs: 1e9, valueNs: 50_000, what: 'in', number: 2 });
  assert.throws(() => brackets.align(AT), impossible(/transaction 1 /, /transaction 2 /, /transaction 3 /));
});

it('a clock whose rate is corrected within the block bends by so much, and its bound has the bend', () => {
  const brackets = new ClockBrackets();
  for (const [guestNs, number] of [
    [0, 1],
    [2e9, 3],
  ] as const)
    brackets.add('upper', { guestNs, valueNs: 0, what: 'out', number });
  brackets.add('lower', { guestNs: 1e9, valueNs: 3000, what: 'in', number: 2 });
  const { bendNs, boundNs } = brackets.align(AT);
  assert.equal(bendNs, 2000);
  assert.ok(boundNs >= 2000 && boundNs < 10_000, `${boundNs}`);
});

it('brackets of one side only leave the clock open, which is said', () => {
  const brackets = new ClockBrackets();
  brackets.add('upper', { guestNs: 0, valueNs: 0, what: 'out', number: 0 });
  assert.throws(() => brackets.align(AT), impossible(/no event of the host is known to be earlier/));
});
