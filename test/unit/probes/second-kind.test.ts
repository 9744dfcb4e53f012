// SPDX-License-Identifier: GPL-2.0-only
/** A second unit goes all the way, as a kind of its own: lab file, plan, measured blocks, tables, formats and comparisons. */
import '../../support/burst/enter.ts';

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Backend } from '../../../src/backends/backend.ts';
import { backends } from '../../../src/backends/index.ts';
import type { CliContext } from '../../../src/cli/command.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { silentProgress } from '../../../src/cli/progress.ts';
import { comparisonReportSchema } from '../../../src/compare/compare-schema.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { experiments } from '../../../src/experiments/index.ts';
import { recordBlocks } from '../../../src/lab/measure/record-blocks.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { renderPlan } from '../../../src/lab/plan/render-plan.ts';
import { machines } from '../../../src/machines/index.ts';
import type { MachineKind } from '../../../src/machines/machine.ts';
import type { Plan, PlannedBlock } from '../../../src/model/plan.ts';
import { decodeSamplesFile, encodeSamplesFile } from '../../../src/probes/prober/samples-file.ts';
import { renderJson } from '../../../src/results/json.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { reportSchema } from '../../../src/results/run/schema.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { wires } from '../../../src/wires/index.ts';
import type { WireKind } from '../../../src/wires/wire.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { bareAt, cord } from '../../support/bare-path/bare.ts';
import { local } from '../../support/local-machine/local.ts';
import { readCsv } from '../../support/read-csv.ts';
import { served } from '../../support/served.ts';
// What every kind owes the core, over the array with this one in it.
import '../../contract/probes.test.ts';

const COUNT = 400;
const DRAWS = 4;
const LAB = `
machines: {host1: {kind: local}, host2: {kind: local}}
wire: cord
paths: {one: {backend: bare}, two: {backend: bare}}
probes:
  - {protocol: tcp_burst, burst: 128k, headers: true, count: ${COUNT}}
  - {protocol: tcp_rr, count: ${COUNT}}
  - {protocol: tcp_energy, count: ${COUNT}}
`;
const NAME = 'tcp-burst-131072';
const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' } as const;

const parse = (text: string) => parseLabFile(text, 'test.yaml');

/** The draws of a lab whose paths have no guest that could be plugged. */
function withDraws(plan: Plan): Plan {
  const probe = plan.spec.probes[0] ?? assert.fail();
  const draws = Array.from({ length: DRAWS }, (_, draw): PlannedBlock => {
    const pair = ['two', 'one'] as const;
    const key = { pair, draw, guest: 0, reversed: draw % 2 === 1 };
    return {
      ...{ id: `draw-${draw}`, part: 'comparison', probe, paths: pair, slots: [], freshPlug: false, draw: key },
      ...{ guest: 0, count: COUNT, warmup: 50, groupSize: 50, seed: draw },
    };
  });
  return { ...plan, blocks: [...plan.blocks, ...draws] };
}

/** A copy of a run, as if a path had taken twice as long. */
function slowedCopy(folder: string, slow: string): string {
  const copy = folder.replace(/....$/, 'ffff');
  cpSync(folder, copy, { recursive: true });
  const edit = (file: string, change: (text: string) => string): void => {
    writeFileSync(join(copy, file), change(readFileSync(join(copy, file), 'utf8')));
  };
  edit('run.json', (text) => text.replaceAll(basename(folder), basename(copy)));
  for (const file of readdirSync(join(copy, 'samples'))) {
    const { paths } = JSON.parse(readFileSync(join(copy, 'blocks', file.replace(/hls$/, 'json')), 'utf8'));
    const { samples, header } = decodeSamplesFile(readFileSync(join(copy, 'samples', file)), file);
    assert.ok(header !== null && typeof header === 'object');
    for (let i = 0; i < samples.length; i++)
      if (paths[samples.path[i] ?? 0] === slow) samples.rttNs[i] = (samples.rttNs[i] ?? 0) * 2;
    writeFileSync(join(copy, 'samples', file), encodeSamplesFile(samples, header));
  }
  return copy;
}

describe('a probe in bit/s', () => {
  let root: string;
  let run: string;
  let slowed: string;

  async function hoplab(...words: readonly string[]): Promise<string> {
    let printed = '';
    const context: CliContext = {
      argv: words,
      signal: AbortSignal.timeout(60_000),
      print: (text) => {
        printed += text;
      },
      say: () => undefined,
      finish: () => undefined,
    };
    const program = await createProgram(context, words.slice(0, 1));
    await program.parseAsync([...words, '--runs', root], { from: 'user' });
    return printed;
  }

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'hoplab-test-'));
    (machines as MachineKind[]).push(local);
    (wires as WireKind[]).push(cord);
    (backends as Backend[]).push(bareAt(`127.1.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`));
    const request = { spec: parse(LAB), runsRoot: root, label: null, force: true, argv: ['test'] };
    const recorded = await recordBlocks(
      { ...request, progress: silentProgress, signal: AbortSignal.timeout(120_000) },
      {
        command: 'run',
        plan: (facts, unavailable) => withDraws(planLab(request.spec, facts, unavailable)),
        explainLoss: async () => null,
        results: async ({ path }) => renderJson(buildReport(await readRun(path))),
      },
    );
    run = recorded.folder;
    slowed = slowedCopy(run, 'two');
  });

  after(() => {
    for (const kinds of [machines, wires, backends]) (kinds as unknown[]).pop();
    rmSync(root, { recursive: true, force: true });
  });

  it('is in no file of the product', () => {
    const sources = readdirSync(join(projectFolder(), 'src'), { recursive: true, encoding: 'utf8' });
    const knowing = sources.filter(
      (name) => name.endsWith('.ts') && readFileSync(join(projectFolder(), 'src', name), 'utf8').includes('tcp_burst'),
    );
    assert.deepEqual(knowing, []);
  });

  it('has its keys in the lab file, and no others', () => {
    const [probe] = parse(LAB).probes;
    const { name, requestBytes, responseBytes, own } = probe ?? assert.fail();
    assert.deepEqual([name, requestBytes, responseBytes, own], [NAME, 131_072, 1, { headers: 'true' }]);
    assert.equal(parse('probes: [{protocol: tcp_burst}]').probes[0]?.requestBytes, 65_536);
    assert.throws(() => parse('probes: [{protocol: tcp_burst, burst: 100}]'), /burst: must be between 1k and 1024k/);
    assert.throws(
      () => parse('probes: [{protocol: tcp_burst, request: 64}]'),
      /request: is a key of tcp_rr, udp_rr, tcp_crr/,
    );
    assert.throws(() => parse('probes: [{burst: 128k}]'), /burst: is a key of tcp_burst; tcp_rr has none of it/);
  });

  it('is planned', () => {
    const text = renderPlan(planLab(parse(LAB), FACTS, []), { argv: null, missing: '', emulated: false });
    assert.match(text, new RegExp(`${NAME}, round 1 of 4: one: tcp_burst 131072/1 B`));
  });

  it('is measured, and its rows and comparisons are in bit/s', () => {
    const results = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
    assert.deepEqual(reportSchema.parse(results), results);
    assert.deepEqual(results.failed, []);
    const [burst, rr] = results.probes;
    for (const { unit, n, lost, min, p50, p50Interval, max, own } of burst.cells) {
      assert.deepEqual([unit, n, lost, own], ['bit/s', COUNT, 0, { packets: 91 }]);
      // More than a telephone carries, and less than memory does.
      assert.ok(1e6 < min && min < p50 && p50 < max && max < 1e12, `${min} ${p50} ${max}`);
      assert.ok(p50Interval.low <= p50 && p50 <= p50Interval.high);
    }
    const [{ draws, unit, difference, relative }] = burst.comparisons;
    assert.deepEqual([unit, draws.length, Math.sign(difference)], ['bit/s', DRAWS, Math.sign(relative)]);
    assert.ok(draws.every(({ referenceP50, candidateP50 }: Record<string, number>) => referenceP50 && candidateP50));
    assert.ok(rr.cells.every(({ p50Ns, unit: none }: Record<string, unknown>) => p50Ns && none === undefined));
  });

  it('has a table of its own, words of its own, and no picture of round trips', async () => {
    const text = await hoplab('report', basename(slowed), '--width', '120');
    assert.match(text, /^ {2}rate in Mbit\/s +n +min +p50 +± 95% +max +packets$/m);
    assert.match(text, /^ {2}RTT in us +n /m);
    const said = text.replace(/\s+/g, ' ');
    assert.match(said, /TCP_BURST 131072 B \/ 1 B, headers true, back to back/);
    assert.match(said, /two carries \d+\.\d % \([\d.]+ Mbit\/s\) less than one \[/);
    assert.match(said, /p50 [\d.]+ against [\d.]+ Mbit\/s/);
    assert.match(said, /less, more: p50 differs by more than the margin/);
    assert.match(said, new RegExp(`${NAME}, p50 in Mbit/s: .*against one, in pairs: two \\d+\\.\\d % less`, 's'));
    const page = await hoplab('report', basename(slowed), '--format', 'html');
    assert.match(page, /<th scope="col">rate in Mbit\/s<\/th>/);
    assert.match(page, new RegExp(`Rates of ${NAME} in megabits per second`));
    assert.match(page, />less<\/text>/);
    assert.match(page, /Empirical distribution, tcp-rr/);
    assert.doesNotMatch(page, new RegExp(`Empirical distribution, ${NAME}`));
    assert.match(await hoplab('report', basename(slowed), '--format', 'markdown'), /\| rate in Mbit\/s \| n \|/);
    const log = await hoplab('report', basename(slowed), '--format', 'hdr');
    assert.match(log, /Tag=tcp-rr\/one/);
    assert.doesNotMatch(log, new RegExp(`Tag=${NAME}`));
  });

  it('has columns and metrics of its own', async () => {
    const [heads = [], ...records] = readCsv(await hoplab('report', basename(run), '--format', 'csv'));
    const rows = records.map((fields) => Object.fromEntries(heads.map((head, i) => [head, fields[i]])));
    const cell = rows.find(({ kind, probe }) => kind === 'cell' && probe === NAME) ?? assert.fail();
    assert.deepEqual([cell.unit, cell.own, cell.p50_ns], ['bit/s', 'packets=91', '']);
    assert.ok(Number(cell.p50_low) <= Number(cell.p50) && Number(cell.p50) <= Number(cell.p50_high));
    const pair = rows.find(({ kind }) => kind === 'comparison') ?? assert.fail();
    assert.deepEqual([pair.unit, pair.difference_ns], ['bit/s', '']);
    assert.notEqual(pair.difference, '');
    const metrics = await hoplab('report', basename(run), '--format', 'openmetrics');
    assert.match(metrics, /^# UNIT hoplab_rate_bits_per_second bits_per_second$/m);
    assert.match(metrics, /^hoplab_rate_bits_per_second\{[^}]*path="two"[^}]*statistic="p50"[^}]*\} \d/m);
  });

  it('is beside a third kind, whose unit is one entry of the array, in its words and its decimals', async () => {
    const text = await hoplab('report', basename(slowed), '--width', '120');
    assert.match(text, /^ {2}energy in mJ +n +p50$/m);
    assert.match(text, /^ {2}two\*? +400 +\d+\.\d\d\d$/m);
    const metrics = await hoplab('report', basename(run), '--format', 'openmetrics');
    assert.match(metrics, /^# UNIT hoplab_energy_joules joules$/m);
    const all = ['compare', basename(run), basename(slowed), '--allow', 'load', '--json'];
    const report = comparisonReportSchema.parse(JSON.parse(await hoplab(...all, '--fail-if', 'two.p50 > 900J')));
    const cell = report.cells.find(({ path, probe }) => path === 'two' && probe.name === 'tcp-energy') ?? assert.fail();
    const [effect] = cell.effects;
    assert.ok(effect && Math.abs(effect.relative - 1) < 0.01);
    assert.deepEqual([effect.measuredIn, effect.direction ?? 'slower'], ['J', 'slower']);
    assert.ok(report.thresholds.some(({ cells }) => cells.some(({ text: said }) => / mJ/.test(said))));
  });

  it('is compared from run to run, and guarded by a limit in its unit', async () => {
    const [before, slow] = [basename(run), basename(slowed)];
    const all = ['compare', before, slow, '--allow', 'load'];
    const report = comparisonReportSchema.parse(JSON.parse(await hoplab(...all, '--json')));
    const cell = report.cells.find(({ path, probe }) => path === 'two' && probe.name === NAME) ?? assert.fail();
    assert.deepEqual(
      cell.effects.map(({ statistic, measuredIn }) => `${statistic} ${measuredIn}`),
      cell.effects.map(({ statistic }) => `${statistic} bit/s`),
    );
    assert.ok(cell.effects.every(({ statistic }) => statistic === 'p50'));
    const [effect] = cell.effects;
    assert.ok(effect && Math.abs(effect.relative + 0.5) < 0.01);
    const text = await hoplab(...all, '--width', '120');
    assert.match(text, /^ {2}rate in Mbit\/s +compared +/m);
    assert.match(text, /two +p50 .* -50\.\d %/);
    const guard = async (limit: string): Promise<string> =>
      JSON.parse(await hoplab(...all, '--json', '--fail-if', limit)).thresholds[0].cells.find(
        (one: Record<string, string>) => one.path === 'two' && one.probe === NAME,
      ).text;
    assert.match(await guard('two.p50 > 300us'), /the limit is in ns, the figure in bit\/s/);
    assert.match(await guard('two.p99 > 2x'), /its probe has no p99/);
  });

  it('has a trend in its unit', async () => {
    const trend = await hoplab('trend', 'two', '--probe', NAME);
    assert.match(trend, /two, p50: TCP_BURST .*Mbit\/s\] over 2 runs/s);
    assert.equal(JSON.parse(await hoplab('trend', 'two', '--probe', NAME, '--json')).series[0].unit, 'bit/s');
    await assert.rejects(hoplab('compare', basename(run), basename(slowed), '--statistics', 'p99'), /has no p99/);
  });

  it('is on the dashboard: in the list, on its page and in a comparison', async (context) => {
    const worker = new URL('../../support/burst/worker.js', import.meta.url);
    const { ask } = await served(context, root, { kinds: { experiments, worker } });
    const [id, slow] = [basename(run), basename(slowed)];
    assert.match((await ask('/')).body, /<b title="[^"]*">[\d.]+ Mbit\/s<\/b>/);
    assert.match((await ask(`/runs/${id}`)).body, /<th scope="col">rate in Mbit\/s<\/th>/);
    const compared = (await ask(`/compare?run=${id}&run=${slow}&allow=load`)).body;
    assert.match(compared, /<th scope="col">candidate, Mbit\/s<\/th>/);
    assert.match(compared, /data-head="compared">itself<\/td>/);
  });
});
