// SPDX-License-Identifier: GPL-2.0-only
/** Quantities and near words: the small readers under the lab file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestWord } from '../../../src/schema/nearest-word.ts';
import {
  parseDuration,
  parseMemory,
  parseShare,
  parseSize,
  type Quantity,
  spellDuration,
} from '../../../src/schema/quantity.ts';

const value = (read: Quantity) => (read.ok ? read.value : assert.fail(read.why));

describe('a quantity', () => {
  it('is read in its base unit', () => {
    assert.equal(value(parseDuration('10ms')), 10_000_000);
    assert.equal(value(parseDuration('250us')), 250_000);
    assert.equal(value(parseDuration('250µs')), 250_000);
    assert.equal(value(parseDuration('1.5 s')), 1_500_000_000);
    assert.equal(value(parseDuration(0)), 0);
    assert.equal(value(parseDuration('0')), 0);
    assert.equal(value(parseSize(1)), 1);
    assert.equal(value(parseSize('64k')), 65_536);
    assert.equal(value(parseMemory('1.5GiB')), 1536);
    assert.equal(value(parseShare('1%')), 0.01);
  });

  it('is refused with the way to write it', () => {
    for (const [read, words] of [
      [parseDuration(5), /5 has no unit; write 5us, 5ms or 5s/],
      [parseDuration('5 minutes'), /"minutes" is not a unit of time/],
      [parseDuration(''), /is not a duration/],
      [parseDuration(null), /null is not a duration/],
      [parseDuration('1e3ms'), /is not a/],
      [parseDuration('9999999999s'), /too large/],
      [parseDuration(Number.NaN), /is not a duration/],
      [parseSize('0.3'), /not a whole number of bytes/],
      [parseSize('1G'), /"G" is not a unit of size/],
      [parseMemory('512'), /no unit/],
      [parseShare(0.01), /per cent/],
    ] as const) {
      assert.ok(!read.ok);
      assert.match(read.why, words);
    }
  });

  it('is spelled as it is read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (ns) => {
        assert.equal(value(parseDuration(spellDuration(ns))), ns);
      }),
    );
    assert.equal(spellDuration(10_000_000), '10ms');
  });
});

describe('the distance of two words', () => {
  it('counts insertions, deletions, replacements and swaps of neighbours', () => {
    for (const [a, b, distance] of [
      ['', '', 0],
      ['', 'abc', 3],
      ['tap', 'tap', 0],
      ['tpa', 'tap', 1],
      ['vhots', 'vhost', 1],
      ['kitten', 'sitting', 3],
      ['ca', 'abc', 3],
    ] as const) {
      assert.equal(editDistance(a, b), distance, `${a} - ${b}`);
    }
  });

  it('is symmetric, and zero for equal words alone', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.equal(editDistance(a, b) === 0, a === b);
        assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
      }),
    );
  });

  it('names a near word and no far one', () => {
    const known = ['host', 'user', 'passt', 'tap', 'macvtap'];
    assert.equal(nearestWord('MACVTAP', known), 'macvtap');
    assert.equal(nearestWord('past', known), 'passt');
    assert.equal(nearestWord('bridge', known), null);
    assert.equal(nearestWord('b', ['a']), null);
    assert.equal(nearestWord('x', []), null);
  });
});
