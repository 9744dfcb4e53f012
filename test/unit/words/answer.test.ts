// SPDX-License-Identifier: GPL-2.0-only
/** What a run answers in short: the ranking, the differences, the control and what limits it, in at most five lines. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Comparison, Report } from '../../../src/model/result.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { answerLines } from '../../../src/words/answer.ts';
import { busyReport, interruptedReport, thoroughReport } from '../../fixtures/golden-report.ts';

/** Every comparison as if it had come out so. */
function compared(
  report: Report,
  by: Partial<Pick<Comparison, 'outcome' | 'direction' | 'validity' | 'relative' | 'isTwin' | 'standing'>>,
): Report {
  return {
    ...report,
    probes: report.probes.map((probe) => ({
      ...probe,
      comparisons: probe.comparisons.map((one) => ({ ...one, ...by })),
    })),
  };
}

describe('the answer of a run', () => {
  it('ranks the paths by p50 without the twin, fastest first, with a bar each', async (context) => {
    const [first = ''] = answerLines(await thoroughReport(context));
    const figures = [...first.matchAll(/([\w']+) ([\d.]+)\u00a0([▁-█])/g)].map(([, path, us, bar]) => [path, us, bar]);
    assert.ok(figures.length >= 4, first);
    assert.ok(!figures.some(([path]) => path?.endsWith("'")));
    const us = figures.map(([, each]) => Number(each));
    assert.deepEqual(
      [...us].sort((a, b) => a - b),
      us,
    );
    assert.equal(figures.at(-1)?.[2], '█');
    const heights = figures.map(([, , bar]) => '▁▂▃▄▅▆▇█'.indexOf(bar ?? ''));
    assert.deepEqual(
      [...heights].sort((a, b) => a - b),
      heights,
    );
  });

  it('says what differs, what is equivalent and what is inconclusive, and what became of the control', async (context) => {
    const report = await thoroughReport(context);
    const lines = answerLines(report);
    assert.ok(lines.length <= 5, lines.join('\n'));
    assert.match(
      lines[1] ?? '',
      /^against tap, in pairs: macvtap \d\.\d % faster, user \d.* slower; equivalent: passt$/,
    );
    assert.match(lines[2] ?? '', /^the A\/A control holds: tap-twin against tap \+0\.2 % \[/);
    const noisy = answerLines(compared(report, { outcome: 'inconclusive', direction: null }));
    assert.match(noisy[1] ?? '', /^against tap, in pairs: inconclusive: /);
    assert.match(noisy[2] ?? '', /^the A\/A control is inconclusive, so that nothing is controlled: /);
    const failed = answerLines(compared(report, { outcome: 'different', direction: 'slower' }));
    assert.match(failed[2] ?? '', /^the A\/A control FAILED, no comparison holds: /);
  });

  it('of the overview alone ranks too, and says that it is no comparison', async (context) => {
    const report = await thoroughReport(context);
    const lines = answerLines({ ...report, probes: report.probes.map((probe) => ({ ...probe, comparisons: [] })) });
    assert.match(lines[1] ?? '', /no comparison: hoplab run compares$/);
    assert.match(lines[2] ?? '', /^no A\/A control was measured/);
    assert.deepEqual(answerLines({ ...report, probes: [] }), []);
  });

  it('names what limits it, and is the end of the text', async (context) => {
    for (const make of [busyReport, thoroughReport, interruptedReport]) {
      const report = await make(context);
      const lines = answerLines(report);
      const limits = lines.at(-1) ?? '';
      if (report.machine.accel === 'tcg') assert.match(limits, /emulated guest, no figure holds for KVM/);
      if (report.run.state !== 'finished') assert.match(limits, new RegExp(`the run is ${report.run.state}`));
      if (report.failed.length > 0) assert.match(limits, /cells? failed/);
      const text = renderText(report, { width: 2000, colour: false, ascii: false });
      assert.ok(text.endsWith(`in short\n${lines.map((line) => `  ${line}\n`).join('')}`), text.slice(-400));
    }
  });

  it('calls nothing unlimited that was measured on a busy machine, or has a warning', async (context) => {
    const report = await thoroughReport(context);
    const [first] = report.probes;
    const probes =
      first === undefined ? [] : [{ ...first, comparisons: [], cells: first.cells.filter(({ proven }) => proven) }];
    const bare = { ...report, probes, failed: [], machine: { ...report.machine, accel: null } };
    const limits = (kinds: readonly string[]): string | undefined =>
      answerLines({ ...bare, warnings: kinds.map((kind) => ({ kind, text: '' })) }).at(-1);
    assert.equal(limits([]), 'nothing that is known limits it');
    assert.equal(limits(['steal', 'load']), 'limits: other work had all CPUs before it');
    assert.equal(limits(['steal']), 'limits: those of the warnings');
  });
});
