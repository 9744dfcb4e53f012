// SPDX-License-Identifier: GPL-2.0-only
/** The rate of a guest's clock: an interval that surely holds it, what is too far off, and what then is said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { parseTickKhz } from '../../../src/guest/tick-rate.ts';
import {
  type ClockReading,
  MAX_RATE_ERROR,
  rateBetween,
  rateOf,
  rateSurelyOff,
} from '../../../src/machines/clock-rate.ts';
import { MachineClock } from '../../../src/machines/machine-clock.ts';
import { HoplabError } from '../../../src/model/errors.ts';

const { signal } = new AbortController();
/** Beyond what a double holds exactly, as after a hundred days of uptime. */
const HOST_START_NS = 2n ** 53n + 1n;
const GUEST_START_NS = 1_500_000_000n;

/** A reading at this ms of the host by a clock of this rate, with the order's way there and back in us. */
function reading(ms: number, rate: number, thereUs = 150, backUs = 150): ClockReading {
  const at = HOST_START_NS + BigInt(Math.round(ms * 1e6));
  return {
    beforeNs: at - BigInt(thereUs * 1000),
    thereNs: GUEST_START_NS + BigInt(Math.round(ms * 1e6 * rate)),
    afterNs: at + BigInt(backUs * 1000),
  };
}

describe("the rate of a guest's clock", () => {
  it('is what the guest counted over the longest and the shortest time that may have passed', () => {
    const { low, high } = rateBetween(reading(0, 3.29), reading(200, 3.29, 50, 100));
    assert.ok(Math.abs(low - (3.29 * 200) / 200.25) < 1e-9, `${low}`);
    assert.ok(Math.abs(high - (3.29 * 200) / 199.8) < 1e-9, `${high}`);
  });

  it('is unbounded between readings that overlap, and accuses nobody', () => {
    const pair = [reading(0, 1, 100, 5000), reading(3, 1, 8000, 100)] as const;
    assert.equal(rateBetween(...pair).high, Number.POSITIVE_INFINITY);
    assert.equal(rateSurelyOff(pair), null);
  });

  it('needs two readings', () => {
    assert.equal(rateOf([]), null);
    assert.equal(rateOf([reading(0, 1)]), null);
    assert.equal(rateSurelyOff([reading(0, 3)]), null);
  });

  const delays = fc.integer({ min: 0, max: 50_000 });
  const moments = fc.array(fc.record({ gapMs: fc.integer({ min: 60, max: 5000 }), there: delays, back: delays }), {
    minLength: 2,
    maxLength: 12,
  });
  const readings = (list: readonly { gapMs: number; there: number; back: number }[], rate: number) => {
    let ms = 0;
    return list.map(({ gapMs, there, back }) => {
      ms += gapMs;
      return reading(ms, rate, there, back);
    });
  };

  it('lies in the interval whatever the orders took, and more readings never widen it', () => {
    fc.assert(
      fc.property(moments, fc.double({ min: 0.2, max: 5, noNaN: true }), (list, rate) => {
        const all = readings(list, rate);
        const found = rateOf(all);
        assert.ok(found !== null && found.low <= rate + 1e-7 && rate - 1e-7 <= found.high, JSON.stringify(found));
        const fewer = rateOf(all.slice(0, -1));
        if (fewer !== null) assert.ok(found.low >= fewer.low && found.high <= fewer.high);
      }),
    );
  });

  it('is never called wrong while it is within the limit, on however busy a machine', () => {
    const sound = fc.double({ min: 1 - MAX_RATE_ERROR * 0.999, max: 1 + MAX_RATE_ERROR * 0.999, noNaN: true });
    fc.assert(fc.property(moments, sound, (list, rate) => rateSurelyOff(readings(list, rate)) === null));
  });

  it('that is half or 3.29 times this machine’s is found out within 0.2 s', () => {
    for (const rate of [0.5, 3.29]) {
      const off = rateSurelyOff([reading(0, rate), reading(200, rate)]);
      assert.ok(off !== null && off.low <= rate && rate <= off.high && off.high - off.low < 0.02, JSON.stringify(off));
    }
  });

  it('that is off by 0.2 % is found out over a block of a second, one of 0.05 % is not called wrong', () => {
    assert.equal(rateSurelyOff([reading(0, 1.002), reading(200, 1.002)]), null);
    assert.ok(rateSurelyOff([reading(0, 1.002), reading(1000, 1.002)]));
    assert.equal(rateSurelyOff([reading(0, 1.0005), reading(600_000, 1.0005)]), null);
  });

  it('that was wrong for a while only is found out by the readings around that while', () => {
    const sound = [0, 10_000, 20_000].map((ms) => reading(ms, 1));
    const skipped = [21_000, 400_000]
      .map((ms) => reading(ms, 1))
      .map((one) => ({ ...one, thereNs: one.thereNs + 200_000_000n }));
    assert.equal(rateSurelyOff(sound), null);
    const off = rateSurelyOff([...sound, ...skipped]);
    assert.ok(off !== null && off.low > 1.19 && off.high < 1.21, JSON.stringify(off));
  });

  it('is that of the whole time where the kernel corrected it in between', () => {
    const bent = [
      reading(0, 1, 1, 1),
      reading(1000, 1, 1, 1),
      { ...reading(2000, 1, 1, 1), thereNs: GUEST_START_NS + 2_000_060_000n },
    ];
    const rate = rateOf(bent);
    assert.deepEqual(rate, rateBetween(bent[0] ?? reading(0, 1), bent[2] ?? reading(0, 1)));
    assert.equal(rateSurelyOff(bent), null);
  });
});

describe('the watch over a guest’s clock', () => {
  /** A machine whose clock runs at this rate from now on. */
  const machineOf = (rate: number, orderMs: readonly number[] = []) => {
    const start = process.hrtime.bigint();
    let orders = 0;
    return {
      clock: async () => {
        const beforeNs = process.hrtime.bigint();
        const wait = orderMs[orders++ % Math.max(1, orderMs.length)] ?? 0;
        if (wait > 0) await delay(wait);
        const thereNs = BigInt(Math.round(Number(process.hrtime.bigint() - start) * rate));
        return { beforeNs, thereNs, afterNs: process.hrtime.bigint() };
      },
    };
  };

  it('takes the quickest of three orders', async () => {
    const clock = new MachineClock('guest 0', machineOf(1, [30, 0, 30]));
    await clock.read(signal);
    await delay(100);
    const rate = await clock.check(signal);
    // With either of the slow ones the interval would be 20 % wide at the least.
    assert.ok(rate !== null && rate.low <= 1.000001 && rate.high >= 0.999999, JSON.stringify(rate));
  });

  it('says by which factor the clock is wrong, and what to do', async () => {
    const clock = new MachineClock('guest 1', machineOf(3.29));
    await clock.read(signal);
    await delay(100);
    await assert.rejects(clock.check(signal), (error: unknown) => {
      assert.ok(error instanceof HoplabError);
      assert.equal(error.code, 'GUEST_CLOCK');
      assert.match(error.message, /the clock of guest 1 .* runs [23]\.\d\d times as fast \([23]\.\d{3} to \d\.\d{3}\)/);
      assert.match(error.hint ?? '', /run again on an idle machine/);
      return true;
    });
  });

  it('knows no rate from a first reading, and accepts a sound clock', async () => {
    const clock = new MachineClock('guest 0', machineOf(1));
    assert.equal(await clock.check(signal), null);
    await delay(20);
    assert.notEqual(await clock.check(signal), null);
  });
});

describe('the rate of this machine’s counter', () => {
  it('is a whole number of kHz, and none where it could not be told or not well enough', () => {
    assert.equal(parseTickKhz('{"khz":2596147.831,"lowKhz":2596145.760,"highKhz":2596149.902}\n'), 2_596_148);
    assert.equal(parseTickKhz('{"khz":null}\n'), null);
    assert.equal(parseTickKhz('{"khz":2596147,"lowKhz":2595000,"highKhz":2597000}\n'), null);
    assert.equal(parseTickKhz('{"khz":-5,"lowKhz":-6,"highKhz":-4}\n'), null);
    assert.throws(() => parseTickKhz('{"khz":5}'), /printed no rate/);
    assert.throws(() => parseTickKhz(''));
  });
});
