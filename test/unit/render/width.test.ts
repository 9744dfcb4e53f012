// SPDX-License-Identifier: GPL-2.0-only
/** No text is wider than what it was asked to fit into; a word that cannot be broken has a line of its own. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Command } from 'commander';
import { COMMANDS } from '../../../src/cli/command-list.ts';
import { idleContext } from '../../../src/cli/docs/idle-context.ts';
import { errorText, messageText } from '../../../src/cli/error-text.ts';
import { examplesText, helpLayout } from '../../../src/cli/help-layout.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { doctorText } from '../../../src/cli/show/doctor-report.ts';
import { explainText } from '../../../src/cli/show/explain-text.ts';
import { foldPlan } from '../../../src/cli/show/print-plan.ts';
import { runsTable } from '../../../src/cli/show/runs-table.ts';
import { table } from '../../../src/cli/table.ts';
import { buildTrend } from '../../../src/compare/build-trend.ts';
import { compareRuns } from '../../../src/compare/compare-runs.ts';
import { renderComparison } from '../../../src/compare/compare-text.ts';
import { selectSides } from '../../../src/compare/select-sides.ts';
import { selectTrendRuns } from '../../../src/compare/select-trend-runs.ts';
import { renderTrend } from '../../../src/compare/trend-text.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import type { Report } from '../../../src/model/result.ts';
import { renderDiagnosis } from '../../../src/render/text/diagnosis.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { renderTrace } from '../../../src/render/text/trace.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { type ListedRun, listRuns, resolveRun } from '../../../src/run-store/list-runs.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { writeFailure } from '../../../src/run-store/write-failure.ts';
import { widthOf } from '../../../src/words/text-width.ts';
import { side } from '../../fixtures/compared-runs.ts';
import { busyReport, interruptedReport, voidReport } from '../../fixtures/golden-report.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordedRuns } from '../../fixtures/recorded-comparisons.ts';
import { recordedDiagnoses } from '../../fixtures/recorded-diagnosis.ts';
import { plannedAlone } from '../../generated/backend-pages.ts';

const PLAIN = { colour: false, ascii: false };
const VERSION = '0.1.0';
const WIDE_NAME = '路径路径路径路径路径路径';

type Render = (width: number) => string | Promise<string>;

/** What has a text, by what the test calls it. */
async function texts(context: TestContext): Promise<ReadonlyMap<string, Render>> {
  const { folders } = recordedRuns(context, 'before-after');
  const [before = '', after = ''] = folders;
  const sides = [await side('before', [before]), [await side('after', [after])]] as const;
  const long = `${'a-rather-long-label'.repeat(2)}`;
  const compared = compareRuns(...sides, { version: VERSION, relativeTo: 'auto' });
  const renamed = (name: string) => ({
    ...compared,
    cells: compared.cells.map((cell) => ({ ...cell, candidatePath: name === 'ovs' ? name : `${name}-${cell.path}` })),
  });
  const { root } = recordedRuns(context, 'nightly');
  const all = { root, label: null, since: null, last: null, version: VERSION, signal: idleContext.signal };
  const trend = await selectTrendRuns(all);
  const found: [string, Render][] = [];
  const busy = await busyReport(context);
  for (const [name, report] of [
    ['a busy run', busy],
    ['a run whose control failed', await voidReport(context)],
    ['an interrupted run', await interruptedReport(context)],
    ['a run with wide names', withWideNames(busy)],
  ] as const)
    found.push([name, (width) => renderText(report, { ...PLAIN, width })]);
  for (const name of ['recorded-trace', 'recorded-trace-stamps', 'recorded-trace-tracefs']) {
    const report = await buildTraceReport(await readRun(join(projectFolder(), 'test', 'fixtures', name)), VERSION);
    found.push([name, (width) => renderTrace(report, { ...PLAIN, width })]);
  }
  for (const [name, diagnosis] of recordedDiagnoses())
    found.push([`the diagnosis ${name}`, (width) => renderDiagnosis(diagnosis, { ...PLAIN, width })]);
  for (const [name, report] of [
    ['a comparison', compared],
    ['a comparison of paths with wide names', renamed(WIDE_NAME)],
    ['a comparison of two paths each', renamed('ovs')],
  ] as const)
    found.push([name, (width) => renderComparison(report, { ...PLAIN, width, all: true })]);
  for (const path of [null, 'tap'])
    found.push([
      `the trend of ${path}`,
      (width) =>
        renderTrend(buildTrend(trend.runs, { version: VERSION, setAside: trend.setAside, path }), { ...PLAIN, width }),
    ]);
  found.push(
    ['the list of runs', (width) => runsTable(listed(long), width)],
    ['doctor', (width) => doctorText(DOCTOR, width)],
    ['the plan of ovs', (width) => foldPlan(plannedAlone('ovs').text, width)],
    ['the plan of ebpf', (width) => foldPlan(plannedAlone('ebpf').text, width)],
    ['one transaction by function_graph', (width) => explainText(EXPLAINED, width)],
    ['one transaction by tracepoints', (width) => explainText(EVENTS, width)],
    ...(await errors(folders)),
    ['the ports of a bridge', (width) => table(PORTS, [PORTS.map((_, column) => `${column}00000`)], width)],
    ...(await helps()),
  );
  return new Map(found);
}

function withWideNames(report: Report): Report {
  const name = (path: string) => (path === 'macvtap' ? WIDE_NAME : path);
  return {
    ...report,
    probes: report.probes.map((probe) => ({
      ...probe,
      cells: probe.cells.map((cell) => ({ ...cell, path: name(cell.path) })),
      comparisons: probe.comparisons.map((one) => ({ ...one, candidate: name(one.candidate) })),
    })),
  };
}

function listed(label: string): ListedRun[] {
  const run = { endedAt: null, startedAt: '2026-03-02T09:30:00.000Z', problem: null };
  const argv = ['run', 'lab.yaml', '--only', 'tap,macvtap,passt,user,ovs,ebpf', '--thorough', '--label', label];
  return [
    { ...run, id: `20260302-093000-aaaa-${label}`, path: '/a', label, state: 'finished', argv },
    { ...run, id: '20260302-093000-bbbb', path: '/b', label: null, state: 'died', argv: [] },
  ];
}

const PORTS = ['port', 'mode', 'received', 'forwarded', 'flooded', 'sent', 'by sk_buff', 'completed', 'dropped'];
const HINT = 'a hint of many words, as long as those that tell of packages to install and modules to load and of why';
const DOCTOR: Parameters<typeof doctorText>[0] = {
  ready: true,
  lacks: [],
  root: false,
  machine: 'Debian GNU/Linux 12 (bookworm), kernel 6.18.44-fc-v782, 2 CPUs (x86_64), Node v20.20.2',
  backends: [
    { backend: 'host', summary: 'the floor', guest: false, ready: true, missing: [] },
    {
      ...{ backend: 'ovs', summary: '', guest: true, ready: false },
      missing: ['ovs-vswitchd', 'ovsdb-server', 'ovs-vsctl'].map((what) => ({
        what,
        found: 'not on PATH',
        hint: HINT,
      })),
    },
  ],
  parts: [{ what: 'qemu-system-x86_64 >= 7.2', there: false, found: HINT, hint: HINT }],
  abilities: [{ name: 'memory', state: 'open', found: HINT, hint: HINT }],
  tracing: [],
};

/** Errors of every shape: a sentence, a list of problems, words of the kernel, a path that cannot be broken. */
async function errors(folders: readonly string[]): Promise<[string, Render][]> {
  const lab = 'paths: {tap: {vhots: on}, a-path-of-a-rather-long-name: {backend: macvtapp}}\nprobes: [{pace: 10}]\n';
  const [folder = ''] = folders;
  const root = dirname(folder);
  const selection = { root, words: [], baseline: [], since: null, label: null, last: null };
  const full = { folder, attempt: 'write samples', blocks: 12 };
  const failing: readonly (readonly [string, () => unknown])[] = [
    ['of a lab file', () => parseLabFile(lab, join(folder, 'a-lab-file-in-a-deep-folder.yaml'))],
    ['of a comparison', () => selectSides(selection)],
    ['of a run that is not there', () => resolveRun('no-such-run', root)],
    ['of a folder that is a file', () => listRuns(join(folder, 'run.json'))],
    ['of a full disk', () => Promise.reject(writeFailure(Object.assign(new Error('no'), { code: 'ENOSPC' }), full))],
  ];
  return Promise.all(
    failing.map(async ([name, fail]): Promise<[string, Render]> => {
      const error = await Promise.resolve()
        .then(fail)
        .then(
          () => assert.fail(`${name}: no error`),
          (thrown: unknown) => thrown,
        );
      assert.ok(error instanceof HoplabError, String(error));
      return [`the error ${name}`, (width) => messageText(errorText(error, error.hint ?? null), width)];
    }),
  );
}

const EXPLAINED: Parameters<typeof explainText>[0] = {
  ...{ path: 'tap', machine: 'guest', kernel: '6.1.0-50-cloud-amd64', how: 'function_graph', count: 5, file: '/f' },
  refused: [
    "kprobes: this kernel has none: ENOENT: no such file or directory, open '/sys/kernel/tracing/kprobe_events'",
  ],
  lines: [
    ' 0)               |  tcp_sendmsg() {',
    ` 0)   0.992 us    |${' '.repeat(42)}_raw_spin_unlock_irqrestore();`,
    ` 0)   1.502 us    |${' '.repeat(8)}virtqueue_enable_cb_prepare_and_more [virtio_ring]();`,
    ` 0)   1.502 us    |${' '.repeat(8)}${'a_name_that_nobody_can_break_'.repeat(3)}();`,
    ' 0) ! 949.721 us  |  } /* tcp_sendmsg */',
  ],
};
const EVENTS: Parameters<typeof explainText>[0] = {
  ...EXPLAINED,
  how: 'tracepoints',
  lines: [
    '      0.00 us  CPU 0  server        sys_enter               sendto(5, ..., 64)',
    '    124.75 us  CPU 0  a-rather-long-task-name  sched_wakeup            of a-rather-long-task-name on CPU 0',
  ],
};

/** Of all commands and theirs, as a terminal of that width has them. */
async function helps(): Promise<[string, Render][]> {
  const program = await createProgram(idleContext, 'all');
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const texts = all(program).map((command): [string, Render] => [
    `the help of ${command.name()}`,
    (width) => {
      command.configureHelp(helpLayout(width));
      return command.helpInformation();
    },
  ]);
  const examples = COMMANDS.map(({ name, load }): [string, Render] => [
    `the examples of ${name}`,
    async (width) => examplesText(await load(), width),
  ]);
  return [...texts, ...examples];
}

/** Whether it is one word, behind what indents it. */
function isOneWord(line: string): boolean {
  return !line
    // What indents a line: a comment, a list, and what function_graph has before a call.
    .replace(/^(?: \d+\) [^|]*\||#|\s|- |-> |try: )*/, '')
    .replace(/ \\$/, '')
    .replaceAll(/'[^']*'/g, '')
    .includes(' ');
}

describe('the text of everything that is printed', () => {
  it('fits 60, 80, 100 and 120 columns, and keeps what a comparison needs', async (context) => {
    const narrow = new Map<string, string>();
    const all = await texts(context);
    for (const [name, render] of all) {
      for (const width of [60, 80, 100, 120]) {
        const text = await render(width);
        if (width === 60) narrow.set(name, text);
        assert.ok(text.length > 20, name);
        for (const line of text.split('\n'))
          assert.ok(widthOf(line) <= width || isOneWord(line), `${name}, ${width} columns, ${widthOf(line)}: ${line}`);
      }
    }
    const shown = (name: string) => narrow.get(name) ?? assert.fail(name);
    assert.match(shown('a run with wide names'), /^ {2}RTT in us .*p50/m);
    for (const name of ['a comparison', 'a comparison of paths with wide names'])
      assert.match(shown(name), /^ {2}RTT in us .* change .*outcome$/m);
    const compared = all.get('a comparison of two paths each') ?? assert.fail('no comparison');
    assert.match(await compared(100), /^ {2}RTT in us .* baseline +candidate +change +95 % .*outcome$/m);
    for (const name of ['recorded-trace', 'recorded-trace-stamps', 'recorded-trace-tracefs'])
      assert.match(shown(name), /^ {2}segment, us .*p50/m);
    assert.match(shown('the list of runs'), /^ {2}20260302-093000-bbbb .*died/m);
  });

  it('breaks the JSON of an order so that it is the same JSON', () => {
    const orders = plannedAlone('ovs')
      .text.split('\n')
      .filter((line) => line.startsWith('# QMP '));
    assert.ok(orders.length >= 2, 'a plan orders netdevs and devices');
    for (const order of orders) {
      const lines = foldPlan(order, 60).split('\n');
      assert.ok(
        lines.every((line) => line.startsWith('# ') && line.length <= 60),
        lines.join('\n'),
      );
      const json = (text: string) => JSON.parse(text.slice(text.indexOf('{')));
      assert.deepEqual(json(lines.map((line) => line.slice(1)).join('')), json(order));
    }
    assert.ok(
      orders.some((order) => order.length > 60),
      'one is wider than the lines',
    );
  });

  it('breaks a planned command so that a shell reads the same words', () => {
    const { text } = plannedAlone('ovs');
    const commands = (plan: string) => plan.split('\n').filter((line) => !line.startsWith('#') && line.trim() !== '');
    const folded = foldPlan(text, 60);
    assert.match(folded, / \\\n/);
    assert.deepEqual(commands(folded.replaceAll(/ \\\n +/g, ' ')), commands(text));
  });
});
