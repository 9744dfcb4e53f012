// SPDX-License-Identifier: GPL-2.0-only
/** What every unit of what is measured owes, over the array. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseThreshold } from '../../src/compare/thresholds.ts';
import { byFigure } from '../../src/model/figure.ts';
import { betterOf, type MeasuredUnit, UNITS } from '../../src/model/unit.ts';
import { formatSigned, unitWords } from '../../src/words/figure.ts';

describe('the units', () => {
  it('have names, metrics and limits of their own', () => {
    for (const of of [({ name }: MeasuredUnit) => [name], ({ limits }: MeasuredUnit) => Object.keys(limits)]) {
      const all = UNITS.flatMap(of);
      assert.equal(new Set(all).size, all.length);
      assert.ok(!all.includes('ns'));
    }
    assert.equal(new Set(UNITS.map(({ noun, metric }) => noun + metric)).size, UNITS.length);
  });
});

for (const { name, noun, metric, written, limits } of UNITS)
  describe(`unit ${name}`, () => {
    it('is written in what is shown, with its decimals below 100', () => {
      const { format, formatSize, head, title } = unitWords(name);
      const { shown, factor, decimals } = written;
      assert.equal(format(1.25 * factor), (1.25).toFixed(decimals));
      assert.equal(format(123.4 * factor), '123');
      assert.equal(formatSize(-2 * factor), `${(2).toFixed(decimals)} ${shown}`);
      assert.equal(formatSigned(-2 * factor, name), `-${(2).toFixed(decimals)}`);
      assert.equal(head, `${noun} in ${shown}`);
      assert.match(title, /^[A-Z]/);
    });

    it('has one better end, in the order of rows and in words', () => {
      const lessIsBetter = betterOf(name) === 'lower';
      const { slower, faster, more, less } = unitWords(name);
      const [small, large] = [1, 2].map((value) => ({ value, unit: name, interval: null }));
      assert.ok(small && large);
      assert.equal(byFigure(small, large) < 0, lessIsBetter);
      assert.deepEqual([slower, faster], lessIsBetter ? [more, less] : [less, more]);
    });

    it('has a suffix of metrics, and is among what a limit may be written in', () => {
      assert.match(metric, /^[a-z]+(_[a-z]+)*$/);
      assert.match(noun, /^[a-z]+$/);
      for (const [word, scale] of Object.entries(limits)) {
        const { limit } = parseThreshold(`p50 > 3${word}`);
        assert.deepEqual(limit, { kind: 'level', value: 3 * scale, unit: name });
      }
    });
  });
