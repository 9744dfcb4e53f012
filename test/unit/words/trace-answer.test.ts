// SPDX-License-Identifier: GPL-2.0-only
/** What a trace answers in short: where the round trip goes, where the difference of two is made, and where neither can be told. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { showTrace } from '../../../src/experiments/trace/show.ts';
import type { TraceReport } from '../../../src/model/trace-report.ts';
import type { TraceStep } from '../../../src/model/trace-timelines.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { traceAnswerLines } from '../../../src/words/trace-answer.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const recorded = (name: string): string => join(projectFolder(), 'test', 'fixtures', name);

async function reportOf(name = 'recorded-trace'): Promise<TraceReport> {
  return buildTraceReport(await readRun(recorded(name)), '0.1.0');
}

type Path = TraceReport['paths'][number];

/** The recorded report with its one path changed. */
async function changed(change: (path: Path) => Partial<Path>): Promise<string> {
  const report = await reportOf();
  const [line = ''] = traceAnswerLines({
    ...report,
    paths: report.paths.map((path) => ({ ...path, ...change(path) })),
  });
  return line;
}

describe('the answer of a trace', () => {
  it('names the segments that make half of the round trip, with the shares and medians of its table', async () => {
    const report = await reportOf();
    const table = report.paths[0]?.breakdown?.common ?? assert.fail();
    const [line = '', limits = ''] = traceAnswerLines(report);
    assert.match(line, /^tap: half of the round trip \(57 % of 366\.4 us on average\) is spent in 5 of 30 segments: /);
    const named = [...line.matchAll(/(\d+) %, p50 ([\d.]+)/g)].map(([, share, p50]) => [Number(share), Number(p50)]);
    const rows = [...table.segments].sort((a, b) => b.share - a.share).slice(0, 5);
    assert.deepEqual(
      named,
      rows.map(({ share, p50Ns }) => [Math.round(share * 100), Number((p50Ns / 1000).toFixed(1))]),
    );
    assert.ok(rows.reduce((sum, { share }) => sum + share, 0) >= 0.5);
    assert.ok(rows.slice(0, 4).reduce((sum, { share }) => sum + share, 0) < 0.5);
    // A crossing between two clocks is known no better than their bound.
    assert.match(line, /ring, interrupt, driver \(host2 > guest NIC\) 18 %, p50 54\.9 ± 15\.6 us/);
    assert.equal(limits, 'limits: emulated guest, no figure holds for KVM; tracing costs p50 x 1.65');
  });

  it('cannot tell where hops are not resolved: no whole transaction, few of them, much that no hop covers', async () => {
    const without = await changed(() => ({ breakdown: null }));
    assert.equal(without, 'tap: cannot tell where its round trip goes: no transaction was seen whole');
    const unused = await changed(({ blocks }) => ({
      breakdown: null,
      blocks: blocks.map((block) => ({ ...block, unused: 'its file is torn' })),
    }));
    assert.match(unused, /cannot tell .*: no traced block can be used: its file is torn$/);
    const few = await changed(({ breakdown }) => ({
      breakdown: breakdown?.common ? { ...breakdown, common: { ...breakdown.common, share: 0.31 } } : null,
    }));
    assert.match(few, /cannot tell .*: only 31 % of the transactions went the ways of the table$/);
    const uncovered = await changed(({ breakdown }) => ({
      breakdown: breakdown?.remainder ? { ...breakdown, remainder: { ...breakdown.remainder, share: 0.62 } } : null,
    }));
    assert.match(uncovered, /cannot tell .*: no hop covers 62 % of it$/);
  });

  it('cannot tell the hop by the stamps of sockets, and says which points it is without', async () => {
    const [stamps = ''] = traceAnswerLines(await reportOf('recorded-trace-stamps'));
    assert.match(stamps, /: cannot tell where its round trip goes: stamps of the client's own sockets/);
    const blind = await changed(({ breakdown }) => ({
      breakdown:
        breakdown === null
          ? null
          : {
              ...breakdown,
              coverage: {
                ...breakdown.coverage,
                refused: [{ machine: 'host', point: 'waking', why: 'no such tracepoint' }],
              },
            },
    }));
    assert.match(blind, /; 1 point was not seen, so that a segment may hold several hops$/);
  });

  it('stands last in the text, first on the page and in Markdown', async () => {
    const shown = await showTrace(await readRun(recorded('recorded-trace')), '0.1.0');
    const lines = traceAnswerLines(await reportOf());
    const text = shown.text({ width: 2000, colour: false, ascii: false });
    assert.ok(text.endsWith(`in short\n${lines.map((line) => `  ${line}\n`).join('')}`), text.slice(-900));
    assert.match(shown.markdown?.()[0] ?? '', /^### In short\n\n- tap: half of the round trip/);
    const [section] = shown.page?.sections({ prefix: '', level: 3 }) ?? [];
    assert.equal(section?.title, 'In short');
    assert.match(String(section?.body), /tap: half of the round trip/);
  });
});

const step = (point: string, place: string, device = ''): TraceStep => ({
  ...{ machine: 'host', point, place, device, side: 'request' },
});

/** Differences of segments in ns, each with the half-width of its interval and its p. */
function differing(...of: readonly (readonly [ns: number, half: number, p: number])[]): Diff {
  const steps = [
    step('vmm_out', 'vmm'),
    step('netif_receive', 'host2', 'tap'),
    step('dev_queue', 'host2', 'wire'),
    step('netif_rx', 'host1', 'wire'),
  ];
  const whole = of.reduce((sum, [ns]) => sum + ns, 0);
  const row = (ns: number, half: number, p: number, from: TraceStep, to: TraceStep) => ({
    ...{ from, to, meanANs: 5000, meanBNs: 5000 + ns, differenceNs: ns, pValue: p },
    interval: { lowNs: ns - half, highNs: ns + half },
  });
  const [first = assert.fail(), last = assert.fail()] = [steps[0], steps.at(-1)];
  const segments = of.map(([ns, half, p], i) => ({
    ...row(ns, half, p, steps[i] ?? first, steps[i + 1] ?? last),
    ...{ onlyA: [], onlyB: [], share: ns / whole },
  }));
  return { draws: 4, segments, total: row(whole, 300, 0.01, first, last) };
}

type Diff = NonNullable<TraceReport['diffs'][number]['diff']>;

async function difference(diff: Diff | null): Promise<string> {
  const report = await reportOf();
  return traceAnswerLines({ ...report, diffs: [{ a: 'tap', b: 'ebpf', diff }] })[1] ?? '';
}

describe('the answer of two traces', () => {
  it('says between which places the difference is made, with its intervals, and that they explain the whole', async () => {
    assert.equal(
      await difference(differing([-1900, 200, 0.001], [-600, 100, 0.01], [-50, 100, 0.9])),
      'ebpf saves 1.9 us [-2.1, -1.7] between vmm and host2 tap (tap: frame to sk_buff), ' +
        'and saves 0.60 us [-0.70, -0.50] between host2 tap and host2 wire (forwarding), mean over 4 draws; ' +
        'together -2.5 us; that is 98 % of the whole -2.5 us [-2.9, -2.3], and explains it',
    );
  });

  it('says where they do not explain it, and where one takes back what the other saves', async () => {
    const most = await difference(differing([1900, 200, 0.001], [900, 950, 0.2], [50, 100, 0.9]));
    assert.match(
      most,
      /^ebpf costs 1\.9 us \[\+1\.7, \+2\.1\] between vmm and host2 tap .*; that is 67 % of the whole/,
    );
    assert.match(most, /, and does not explain all of it$/);
    const back = await difference(differing([1900, 200, 0.001], [-1800, 100, 0.01], [50, 100, 0.9]));
    assert.match(
      back,
      /costs 1\.9 us .* and saves 1\.8 us .*; together \+0\.10 us; the whole \+0\.15 us \[-0\.15, \+0\.45\]/,
    );
    assert.match(back, /is not told from 0, so that what the other hops make cannot be told/);
  });

  it('cannot tell without an interval, without a segment that differs, and without a block of both', async () => {
    const noisy = await difference(differing([-300, 400, 0.3], [-100, 200, 0.5], [50, 100, 0.9]));
    assert.match(noisy, /^ebpf against tap: cannot tell where the difference is made: no segment differs after Holm/);
    const diff = differing([-1900, 200, 0.001]);
    const once = await difference({ ...diff, draws: 1, total: { ...diff.total, interval: null, pValue: null } });
    assert.match(once, /cannot tell .*: one draw has no interval: add --pairs 4$/);
    assert.match(await difference(null), /cannot tell .*: no block of both can be used$/);
  });
});
