/** The report as text: the table at every width, the sentences, colours, plain signs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Comparison, DrawEffect } from '../../src/model/result.ts';
import { renderText } from '../../src/report/text.ts';
import { sentence } from '../../src/report/text-comparisons.ts';
import { compareDraws } from '../../src/stats/compare-draws.ts';
import { assertGolden } from '../fixtures/golden.ts';
import { busyReport, interruptedReport, thoroughReport, voidReport } from '../fixtures/golden-report.ts';

const PLAIN = { width: 120, colour: false, ascii: false };

describe('the text of a report', () => {
  for (const width of [80, 120, 200]) {
    it(`is what it was at ${width} columns`, async (context) => {
      const report = await busyReport(context);
      assertGolden(`report-${width}.txt`, renderText(report, { ...PLAIN, width }));
    });
  }

  it('is what it was for a thorough run, a failed control and an interrupted run', async (context) => {
    assertGolden('report-thorough.txt', renderText(await thoroughReport(context), PLAIN));
    assertGolden('report-control-failed.txt', renderText(await voidReport(context), PLAIN));
    assertGolden('report-interrupted.txt', renderText(await interruptedReport(context), PLAIN));
  });

  it('fits every width from 60 columns on, and always has the path, n, p50 and the ratio', async (context) => {
    const report = await busyReport(context);
    for (let width = 60; width <= 210; width += 7) {
      const lines = renderText(report, { ...PLAIN, width }).split('\n');
      for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`);
      const heads = lines.filter((line) => line.startsWith('  RTT in us'));
      assert.equal(heads.length, 2);
      for (const head of heads) assert.match(head, /RTT in us +n .*p50.*x host/);
    }
  });

  it('is all ASCII, in the same columns, where asked for', async (context) => {
    const report = await busyReport(context);
    const fancy = renderText(report, PLAIN).split('\n');
    const plain = renderText(report, { ...PLAIN, ascii: true });
    assert.match(plain, /^[\n -~]+$/);
    assert.deepEqual(
      plain.split('\n').map((line) => line.length),
      fancy.map((line) => line.length),
    );
  });

  it('has the same words with colour, and no escape sequence without', async (context) => {
    const report = await busyReport(context);
    const coloured = renderText(report, { ...PLAIN, colour: true });
    const plain = renderText(report, PLAIN);
    assert.ok(coloured.includes('\u001b[1m'));
    assert.ok(!plain.includes('\u001b'));
    assert.equal(stripVTControlCharacters(coloured), plain);
  });
});

/** A comparison made of draws with these log ratios, slots alternating. */
function compared(logRatios: readonly number[], guests: number, changes: Partial<Comparison> = {}): Comparison {
  const draws = logRatios.map((logRatio, draw): DrawEffect => {
    return {
      draw,
      guest: Math.floor((draw * guests) / logRatios.length),
      reversed: draw % 2 === 1,
      logRatio,
      withinInterval: { low: logRatio - 0.01, high: logRatio + 0.01 },
      groups: 20,
      referenceP50Ns: 303_000,
      candidateP50Ns: 303_000 * Math.exp(logRatio),
    };
  });
  const pair = { candidate: 'macvtap', reference: 'tap', probe: 'tcp-rr', k: 2, isTwin: false, lost: 0, discarded: 0 };
  return { ...compareDraws({ ...pair, draws, ...changes }), ...changes };
}

function said(comparison: Comparison, controlFailed = false): string {
  return sentence(comparison, { label: (path) => path, controlFailed });
}

describe('the sentence about a comparison', () => {
  const steady = [-0.028, -0.03, -0.027, -0.029, -0.026, -0.031, -0.028, -0.029];

  it('gives size, direction, interval, draws and guests of a claim', () => {
    assert.equal(
      said(compared(steady, 1)),
      'macvtap is 2.8 % (8.5 us) faster than tap [-2.9, -2.7] %, 95 % over 8 draws in 1 guest (indication)',
    );
    const slower = steady.map((effect) => -effect);
    assert.match(
      said(compared(slower, 2)),
      /^macvtap is 2\.9 % \(8\.8 us\) slower than tap \[2\.8, 3\.0\] %, 95 % over 8 draws in 2 guests \(by guest: \+2\.9, \+2\.9 %\)$/,
    );
  });

  it('gives the largest difference that is not ruled out where none is claimed', () => {
    const none = compared([0.004, -0.006, 0.002, -0.001], 1);
    assert.equal(
      said(none),
      'macvtap: no difference larger than 0.7 % (2.2 us) from tap, 95 % over 4 draws in 1 guest (indication)',
    );
  });

  it('claims nothing of fewer than four draws, and has no interval of one', () => {
    assert.match(
      said(compared([0.02, 0.03], 1)),
      /^macvtap against tap: \+2\.5 % \(7\.7 us\) \[.*\] %, 95 % over 2 draws in 1 guest, nothing is claimed \(indication\)$/,
    );
    assert.match(
      said(compared([0.02], 1)),
      /\+2\.0 % \(6\.1 us\), without an interval, 1 draw in 1 guest, nothing is claimed/,
    );
  });

  it('says why a comparison is void, and what was measured', () => {
    const invalid = compared(steady, 2, { verdict: 'invalid', because: 'the twin failed' });
    assert.match(said(invalid), /^macvtap against tap: INVALID, the twin failed; measured -2\.8 % \(8\.5 us\) \[/);
    assert.match(said(invalid, true), /^macvtap against tap: INVALID, the A\/A control failed; measured -2\.8 % /);
  });

  it('tells whether the A/A control holds', () => {
    const names = { candidate: "tap'", isTwin: true };
    const holds = said(compared([0.004, -0.006, 0.002, -0.001], 1, names));
    assert.match(
      holds,
      /^A\/A control holds: tap' against tap, no difference larger than 0\.7 % \(2\.2 us\), 95 % over 4/,
    );
    assert.match(
      said(compared(steady, 2, names)),
      /^A\/A control FAILED: tap' against tap came out 2\.8 % .* faster \[/,
    );
    assert.match(said(compared([0.001, 0.002], 1, names)), /^A\/A control not judged: tap' against tap, \+0\.2 % \(/);
  });

  it('names losses and every weakness but the number of draws, which the report says once', () => {
    const because =
      'indication: 4 draws in 1 guest; a verdict needs at least 8 draws in at least 2 guests; no twin was measured';
    const weak = compared(steady.slice(0, 4), 1, { because, lost: 3, discarded: 1 });
    assert.match(said(weak), /in 1 guest; 3 lost, 1 discarded \(indication\); no twin was measured$/);
  });

  it('leaves nothing over of what the statistics say of the number of draws', () => {
    for (const count of [1, 2, 3, 4, 7]) assert.match(said(compared(steady.slice(0, count), 1)), /\(indication\)$/);
    assert.doesNotMatch(said(compared(steady, 2)), /indication|needs/);
  });
});
