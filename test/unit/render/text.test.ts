// SPDX-License-Identifier: GPL-2.0-only
/** The report as text: the table at every width, the sentences, colours, plain signs. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Comparison, DrawRatio, LatencyLevels } from '../../../src/model/result.ts';
import { roundTrip } from '../../../src/probes/rr/round-trip.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { compareDraws } from '../../../src/stats/compare-draws.ts';
import { sentence } from '../../../src/words/sentence.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { busyReport, interruptedReport, thoroughReport, voidReport } from '../../fixtures/golden-report.ts';
import type { timed } from '../../support/timed.ts';

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

  it('says why an overview has fewer transactions than its probe would take', async (context) => {
    const report = await busyReport(context);
    const shown = (count: number, durationNs: number | null) => {
      const probes = report.probes.map((one) => ({ ...one, probe: { ...one.probe, count, durationNs } }));
      return renderText({ ...report, probes }, PLAIN).replaceAll(/\n +/g, ' ');
    };
    assert.match(
      shown(1e6, 2e9),
      /a block of the overview ends after 2 s; --count 1000000 without --duration measures as many of every path/,
    );
    for (const text of [shown(1e6, null), shown(1, 2e9)]) assert.doesNotMatch(text, /a block of the overview ends/);
  });

  it('fits every width from 60 columns on, and always has the path, n, p50 and the ratio', async (context) => {
    const report = await busyReport(context);
    for (let width = 60; width <= 210; width += 7) {
      const lines = renderText(report, { ...PLAIN, width }).split('\n');
      for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`);
      const heads = lines.filter((line) => line.startsWith('  RTT in us'));
      assert.equal(heads.length, 1);
      for (const head of heads) assert.match(head, /RTT in us +n .*p50.*x host/);
    }
  });

  it('says which is faster under the table, the fastest first and the control last', async (context) => {
    const lines = renderText(await thoroughReport(context), { ...PLAIN, width: 160 }).split('\n');
    const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
    const order = [
      '  RTT in us',
      '  macvtap is ',
      '  passt and tap are equivalent: ',
      '  user is ',
      '  A/A control holds: ',
      'notes',
    ].map(at);
    assert.ok(!order.includes(-1), order.join());
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      order,
    );
    assert.match(
      lines[(order[1] ?? 0) - 1] ?? '',
      /back to back, guest -> host1 · p50 in pairs \(K = 2\), .*, n = 1000 a draw · emulated guest$/,
    );
    const failed = renderText(await voidReport(context), PLAIN).split('\n');
    const heading = failed.findIndex((line) => line.includes('p50 in pairs'));
    assert.match(
      failed.slice(heading).find((line) => line.startsWith('  ')) ?? '',
      /^ {2}(?:A\/A control FAILED: |emulated)/,
    );
    assert.ok(
      failed.findIndex((line) => line.includes('FAILED')) < failed.findIndex((line) => line.includes('INVALID')),
    );
  });

  it('begins with the warning that the run is not whole', async (context) => {
    const text = renderText(await interruptedReport(context), PLAIN);
    assert.match(text, /^the run was interrupted: 3 blocks of \d+ are here/);
    assert.equal(text.split('the run was interrupted').length, 2);
  });

  it('says each note once, whatever the number of probes', async (context) => {
    const text = renderText(await busyReport(context), PLAIN);
    const [, notes = ''] = /\nnotes\n((?: {2}.*\n)+)/.exec(text) ?? [];
    const own = notes.split('\n').filter((line) => /^ {2}\S/.test(line));
    assert.ok(own.length >= 8, notes);
    for (const note of own) assert.equal(text.split(note).length, 2, note);
  });

  it('gives a count once for all paths that share it', async (context) => {
    const report = await thoroughReport(context);
    const disturbed = { preempted: 4, skippedSlots: 18 };
    const probes = report.probes.map((probe) => ({
      ...probe,
      cells: probe.cells.map((cell) => {
        if (cell.path === 'host') return { ...cell, preempted: cell.n };
        return { ...cell, ...disturbed, lost: cell.path === 'user' ? 2 : 0 };
      }),
    }));
    const text = renderText({ ...report, probes }, { ...PLAIN, width: 200 });
    const paths = 'user, passt, tap, tap-twin, macvtap';
    const said = `  lost: user 2 · preempted: host all, ${paths} 4 each · slots skipped by the client: 18 (${paths})`;
    assert.ok(text.split('\n').includes(said), text);
  });

  it('calls the twin tap-twin also where it is compared with nothing', async (context) => {
    const report = await busyReport(context);
    const probes = report.probes.map((probe) => ({ ...probe, comparisons: [] }));
    const text = renderText({ ...report, probes }, PLAIN);
    assert.match(text, /^ {2}tap-twin +\d/m);
    assert.match(text, /^ {2}tap-twin: the A\/A control, the same backend as tap /m);
    assert.doesNotMatch(text, /tap'/);
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
function compared(
  logRatios: readonly number[],
  guests: number,
  changes: Partial<ReturnType<typeof timed<Comparison>>> = {},
): Comparison {
  const draws = logRatios.map((logRatio, draw): DrawRatio & LatencyLevels => {
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
  const names = { candidate: 'macvtap', reference: 'tap', probe: 'tcp-rr', k: 2, isTwin: changes.isTwin ?? false };
  return {
    ...compareDraws({ measure: roundTrip, ...names, draws, n: 2000 * draws.length, lost: 0, discarded: 0 }),
    ...changes,
  };
}

function said(comparison: Comparison, controlFailed = false): string {
  return sentence(comparison, { label: (path) => path, controlFailed });
}

describe('the sentence about a comparison', () => {
  const steady = [-0.028, -0.03, -0.027, -0.029, -0.026, -0.031, -0.028, -0.029];

  it('gives size, direction, interval, draws and guests of a claim', () => {
    assert.equal(
      said(compared(steady, 1)),
      'macvtap is 2.8 % (8.5 us) faster than tap [2.7, 2.9] %, 95 % over 8 draws in 1 guest (indication); p50 294.5 against 303.0 us',
    );
    const slower = steady.map((effect) => -effect);
    assert.match(
      said(compared(slower, 2)),
      /^macvtap is 2\.9 % \(8\.8 us\) slower than tap \[2\.8, 3\.0\] %, 95 % over 8 draws in 2 guests \(by guest: \+2\.9, \+2\.9 %\); p50 [\d.]+ against [\d.]+ us$/,
    );
  });

  it('calls equivalent what lies within the margin as a whole, with its figures', () => {
    assert.equal(
      said(compared([0.004, -0.006, 0.002, -0.001], 1)),
      'macvtap and tap are equivalent: -0.02 % (-0.08 us) [-0.7, 0.7] %, within the margin of 1 %, 95 % over 4 draws in 1 guest (indication); p50 302.9 against 303.0 us',
    );
  });

  it('calls inconclusive what is neither, says how much it could be and how many draws would tell', () => {
    assert.match(
      said(compared([0.09, -0.03, 0.1, 0.02], 1)),
      /^macvtap against tap: inconclusive, [-+]\d.* \[-.*, .*\] %, 95 % over 4 draws in 1 guest \(indication\); p50 [\d.]+ against [\d.]+ us; \d+ more draws would probably settle it$/,
    );
    assert.match(
      said(compared([0.2, -0.3, 0.1, -0.05], 1)),
      /inconclusive, -1\.2 % \(-3\.8 us\) \[-30\.1, 39\.6\] %.*; to settle it would probably take over 1000 draws$/,
    );
  });

  it('claims nothing of fewer than four draws, and has no interval of one', () => {
    assert.match(
      said(compared([0.02, 0.03], 1)),
      /^macvtap against tap: inconclusive, \+2\.5 % \(\+7\.7 us\) \[.*\] %, 95 % over 2 draws in 1 guest, too few draws for a claim \(indication\); p50 [\d.]+ against [\d.]+ us; \d+ more draws/,
    );
    assert.match(
      said(compared([0.02], 1)),
      /\+2\.0 % \(\+6\.1 us\), without an interval, 1 draw in 1 guest, too few draws for a claim/,
    );
  });

  it('says why a comparison is void, and what was measured', () => {
    const invalid = compared(steady, 2, {
      validity: 'invalid',
      outcome: 'inconclusive',
      direction: null,
      because: 'the twin failed',
    });
    assert.match(said(invalid), /^macvtap against tap: INVALID, the twin failed; measured -2\.8 % \(-8\.5 us\) \[/);
    assert.match(said(invalid, true), /^macvtap against tap: INVALID, the A\/A control failed; measured -2\.8 % /);
  });

  it('tells whether the A/A control holds', () => {
    const names = { candidate: 'tap-twin', isTwin: true };
    const holds = said(compared([0.004, -0.006, 0.002, -0.001], 1, names));
    assert.match(
      holds,
      /^A\/A control holds: tap-twin and tap are equivalent, .* \[-0\.7\d?, .*\] %, within the margin of 1 %, 95 % over 4/,
    );
    assert.match(
      said(compared(steady, 2, names)),
      /^A\/A control FAILED: tap-twin is 2\.8 % .* faster than tap \[2\.7, 2\.9\] %, .*, although both are the same/,
    );
    assert.match(said(compared([0.001, 0.002], 1, names)), /^A\/A control inconclusive: tap-twin and tap, \+0\.2 % \(/);
  });

  it('names losses and what weakens it, behind what it rests on', () => {
    const because = 'no twin was measured';
    const weak = compared(steady.slice(0, 4), 1, { because, lost: 3, discarded: 1 });
    assert.match(
      said(weak),
      /in 1 guest \(indication\); p50 [\d.]+ against [\d.]+ us; 3 lost, 1 discarded; no twin was measured$/,
    );
  });

  it('is an indication until eight draws in two guests make it a verdict', () => {
    for (const count of [1, 2, 3, 4, 7])
      assert.match(said(compared(steady.slice(0, count), 1)), /\(indication\)(?:;|$)/);
    assert.doesNotMatch(said(compared(steady, 2)), /indication/);
  });
});
