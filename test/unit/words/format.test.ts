// SPDX-License-Identifier: GPL-2.0-only
/** How figures, lines and tables come out as text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { layOut } from '../../../src/render/text/table.ts';
import {
  formatDuration,
  formatMoment,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
  formatProbe,
  formatRate,
  formatRatio,
  formatShare,
  formatSmallUs,
  formatUs,
  formatUsSize,
} from '../../../src/words/format.ts';
import { plainText } from '../../../src/words/plain-text.ts';
import { wrap } from '../../../src/words/wrap.ts';
import { BACK_TO_BACK, PACED } from '../../fixtures/generated-lab.ts';

describe('a time', () => {
  it('has one decimal below 1000 us and none above', () => {
    assert.deepEqual([45_230, 999_940, 999_960, 1_234_567].map(formatUs), ['45.2', '999.9', '1000', '1235']);
  });

  it('is never shown as nothing', () => {
    assert.deepEqual([40, 49, 50, 4].map(formatUs), ['0.04', '0.05', '0.1', '<0.01']);
    const columns = [formatUs, formatSmallUs, formatRate, formatRatio, formatShare, formatUsSize];
    const little = fc.double({ min: 1e-9, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...columns), little, (format, value) => {
        assert.match(format(value), /[1-9]/, `${format.name}(${value})`);
      }),
    );
  });

  it('keeps two decimals where it is small and stands for a difference', () => {
    assert.deepEqual([4, 270, -270, 994, 996, 8500].map(formatUsSize), [
      '4 ns',
      '0.27 us',
      '0.27 us',
      '0.99 us',
      '1.0 us',
      '8.5 us',
    ]);
    assert.deepEqual([0, 4, 94, 240, 1800].map(formatSmallUs), ['0.00', '<0.01', '0.09', '0.24', '1.8']);
  });

  it('comes in the unit that fits a pace', () => {
    assert.deepEqual([10_000_000, 250_000, 1_500_000_000, 999, 1_500].map(formatDuration), [
      '10 ms',
      '250 us',
      '1.5 s',
      '999 ns',
      '1.5 us',
    ]);
    assert.equal(formatMoment('2026-03-02T09:30:00.000Z'), '2026-03-02 09:30:00 UTC');
  });
});

describe('a share', () => {
  it('has one decimal, two where one would hide it, and no minus before zero', () => {
    assert.equal(formatPercentSize(-0.0281), '2.8 %');
    assert.equal(formatPercentSize(0.0004), '0.04 %');
    assert.equal(formatPercentSigned(-0.0281), '-2.8 %');
    assert.equal(formatPercentSigned(0.5), '+50.0 %');
    assert.equal(formatPercentInterval({ low: -0.0312, high: -0.0249 }), '[-3.1, -2.5] %');
    assert.equal(formatPercentInterval({ low: -0.0004, high: 0.02 }), '[-0.04, 2.00] %');
    assert.equal(formatPercentInterval({ low: 0.00001, high: 0.02 }), '[0.001, 2.000] %');
    assert.equal(formatPercentInterval({ low: -0.000001, high: 0.02 }), '[0.000, 2.000] %');
    assert.equal(formatPercentInterval({ low: 0, high: 0.02 }), '[0.0, 2.0] %');
  });
});

describe('a rate', () => {
  it('is whole from 100 a second', () => {
    assert.deepEqual([21849.6, 100.4, 99.94, 12.34, 0.0167].map(formatRate), ['21850', '100', '99.9', '12.3', '0.02']);
  });
});

describe('a probe', () => {
  it('is named with protocol, sizes, pace, direction and a wait mode that is not the plain one', () => {
    assert.equal(formatProbe(BACK_TO_BACK), 'TCP_RR 1 B / 1 B, back to back, guest -> host1');
    assert.equal(formatProbe(PACED), 'TCP_RR 1 B / 1 B, every 10 ms, guest -> host1');
    const spinning = { ...BACK_TO_BACK, protocol: 'udp_rr', wait: 'spin', direction: 'host1-to-guest' } as const;
    assert.equal(
      formatProbe({ ...spinning, responseBytes: 1400 }),
      'UDP_RR 1 B / 1400 B, back to back, host1 -> guest, spinning',
    );
  });
});

describe('wrapping', () => {
  it('keeps every word in order and no line longer than the width unless one word is', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 60 }), (list, width) => {
        const lines = wrap(list.join(' '), { width, first: '', rest: '  ' });
        assert.deepEqual(lines.join(' ').split(/ +/).filter(Boolean), list);
        for (const line of lines) assert.ok(line.length <= width || !line.trim().includes(' '));
      }),
    );
  });
});

describe('a table', () => {
  const columns = [
    { head: 'path', align: 'left', keep: 9, cell: (row: readonly string[]) => row[0] ?? null },
    { head: 'min', align: 'right', keep: 1, cell: (row: readonly string[]) => row[1] ?? null },
    { head: 'p50', align: 'right', keep: 5, cell: (row: readonly string[]) => row[2] ?? null },
    { head: 'p99.9', align: 'right', keep: 2, cell: (row: readonly string[]) => row[3] ?? null },
  ] as const;
  const rows = [
    ['tap', '200.1', '300.2'],
    ['macvtap', '1', '2'],
  ];

  it('aligns figures to the right and leaves out a column that nobody fills', () => {
    const table = layOut(columns, rows, 80);
    assert.deepEqual(
      [table.head, ...table.rows],
      ['  path       min    p50', '  tap      200.1  300.2', '  macvtap      1      2'],
    );
    assert.deepEqual([table.shown, table.left, table.fullWidth], [['path', 'min', 'p50'], [], 23]);
  });

  it('gives up its least columns first, and never the last two', () => {
    assert.deepEqual(layOut(columns, rows, 20).left, ['min']);
    assert.deepEqual(layOut(columns, rows, 1).shown, ['path', 'p50']);
  });

  it('marks what one row lacks', () => {
    const table = layOut(columns, [...rows, ['host', '1', '2', '3']], 80);
    assert.match(table.rows[0] ?? '', / -$/);
  });
});

describe('text from a disk', () => {
  it('comes out without control and format characters, in one line of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 4, max: 80 }), (text, most) => {
        const plain = plainText(text, most);
        assert.doesNotMatch(plain, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        assert.ok(Array.from(plain).length <= most);
      }),
    );
  });

  it('stays as it is where it is harmless', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Zäöü0-9.,:%-]{1,50}$/), (text) => {
        assert.equal(plainText(text), text);
      }),
    );
  });
});
