// SPDX-License-Identifier: GPL-2.0-only
/** What monitoring takes of a report is read by Prometheus' own tools: promtool, its database, node_exporter. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { run } from '../../../src/system/exec.ts';
import { startService } from '../../../src/system/service.ts';
import { unpackedTool } from '../../../src/system/unpacked-tools.ts';
import { allShown, hostileRun, written } from '../../fixtures/subjects.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { dashboardExpressions, grafanaDashboard } from '../../generated/grafana-dashboard.ts';

const { signal } = new AbortController();

/** null = the test is skipped. */
function tool(name: Parameters<typeof unpackedTool>[0], context: TestContext): string | null {
  const path = unpackedTool(name);
  if (path !== null) return path;
  assert.equal(process.env.CI, undefined, `${name} is not there: ./setup.sh --dev brings it`);
  context.skip(`no ${name}: ./setup.sh --dev brings it`);
  return null;
}

const samplesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

it('promtool has nothing to say against a .prom of every kind of folder, whatever names are in it', async (context) => {
  const promtool = tool('promtool', context);
  if (promtool === null) return;
  for (const all of [await allShown(), [await hostileRun()]]) {
    const input = written('prometheus', ...all);
    const { code, stdout, stderr } = await run([promtool, 'check', 'metrics'], { signal, input, allowFailure: true });
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  }
});

it('promtool makes a database of the OpenMetrics, every sample at the end of its run', async (context) => {
  const promtool = tool('promtool', context);
  if (promtool === null) return;
  const folder = temporaryFolder(context);
  const [file, database] = [join(folder, 'runs.om'), join(folder, 'db')];
  const text = written('openmetrics', ...(await allShown()));
  writeFileSync(file, text);
  await run([promtool, 'tsdb', 'create-blocks-from', 'openmetrics', file, database], { signal });
  // Of a database that no server has had open, the log is missing, and promtool would not read it.
  mkdirSync(join(database, 'wal'));
  const { stdout } = await run([promtool, 'tsdb', 'dump', database], { signal });
  const times = (lines: readonly string[], unit: number): number[] =>
    lines.map((line) => Math.round(Number(line.slice(line.lastIndexOf(' '))) * unit)).sort((a, b) => a - b);
  assert.deepEqual(times(samplesOf(stdout), 1), times(samplesOf(text), 1000));
});

it("node_exporter's textfile collector serves a .prom", async (context) => {
  const exporter = tool('prometheus-node-exporter', context);
  if (exporter === null) return;
  const folder = temporaryFolder(context);
  const text = written('prometheus', ...(await allShown()));
  writeFileSync(join(folder, 'hoplab.prom'), text);
  const collector = [
    '--collector.disable-defaults',
    '--collector.textfile',
    `--collector.textfile.directory=${folder}`,
  ];
  await using service = await startService(
    [exporter, ...collector, '--web.disable-exporter-metrics', '--web.listen-address=127.0.0.1:0'],
    { name: 'node_exporter', signal, logFile: null, ready: (line) => line.includes('Listening on') },
  );
  const address = /Listening on.*address=(\S+)/.exec(service.lastLines(10).join('\n'))?.[1];
  const served = await (await fetch(`http://${address}/metrics`)).text();
  assert.match(served, /^node_textfile_scrape_error 0$/m);
  const ours = samplesOf(served).filter((line) => line.startsWith('hoplab_'));
  assert.equal(ours.length, samplesOf(text).length);
});

/** Metric -> the labels of its samples. */
function exported(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of samplesOf(text)) {
    const [, name = '', labels = ''] = /^([a-z0-9_]+)\{(.*)\} /.exec(line) ?? [];
    const names = [...labels.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label);
    found.set(name, new Set([...(found.get(name) ?? []), ...names]));
  }
  return found;
}

it('every expression of the Grafana dashboard asks for metrics and labels that a report has', async (context) => {
  const metrics = exported(written('prometheus', ...(await allShown())));
  const expressions = dashboardExpressions();
  assert.ok(expressions.length > 5);
  for (const expr of expressions) {
    const selectors = [...expr.matchAll(/(hoplab_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].filter(
      ([, name = '', matchers]) => matchers !== undefined || !expr.includes(`{${name}=`),
    );
    assert.ok(selectors.length > 0, expr);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
    for (const [, name = '', matchers = ''] of selectors) {
      const labels = metrics.get(name) ?? assert.fail(`no metric ${name}: ${expr}`);
      const matched = [...matchers.matchAll(/([a-z_]+)=~?"/g)].map(([, label = '']) => label);
      for (const label of [...matched, ...grouped]) assert.ok(labels.has(label), `${name} has no ${label}: ${expr}`);
    }
  }
  const promtool = tool('promtool', context);
  if (promtool === null) return;
  const rules = expressions.map((expr, index) => ({
    record: `panel:${index}`,
    expr: expr.replaceAll(/\$[a-z]+/g, '.*'),
  }));
  const file = join(temporaryFolder(context), 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  await run([promtool, 'check', 'rules', file], { signal });
});

it('the Grafana dashboard has its data source as a variable, and panels with numbers of their own', () => {
  const { schemaVersion, uid, templating, panels } = JSON.parse(grafanaDashboard());
  assert.ok(schemaVersion >= 39);
  assert.equal(uid, 'hoplab');
  assert.equal(templating.list[0].type, 'datasource');
  const ids = panels.map(({ id }: { readonly id: number }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(panels.every((panel: { datasource: { uid: string } }) => panel.datasource.uid === '$datasource'));
});
