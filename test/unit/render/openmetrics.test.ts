// SPDX-License-Identifier: GPL-2.0-only
/** OpenMetrics by its grammar, and by the parser of its own Python client where that is installed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addRun } from '../../../src/experiments/run/metrics.ts';
import { renderOpenMetrics } from '../../../src/render/formats/openmetrics.ts';
import { run } from '../../../src/system/exec.ts';
import { holdsControls } from '../../fixtures/hostile.ts';
import { allShown, hostileRun, recordedFigures, shownRun, written } from '../../fixtures/subjects.ts';
import { timed } from '../../support/timed.ts';
import { untilSufficed } from '../../support/until-sufficed.ts';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?) (\\d+(?:\\.\\d+)?)$`,
);
const META = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total'],
  summary: ['', '_count', '_sum'],
  info: ['_info'],
  stateset: [''],
};

/** Throws on what section 4 of the specification does not allow; gives the samples. */
function parse(text: string): { name: string; labels: string; value: number }[] {
  assert.ok(text.endsWith('# EOF\n'));
  const samples: { name: string; labels: string; value: number }[] = [];
  const seen = new Set<string>();
  const keys = new Set<string>();
  let family = { name: '', type: '', unit: '' };
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const meta = META.exec(line);
    if (meta !== null) {
      const [, kind, name = '', rest = ''] = meta;
      if (name !== family.name) {
        assert.ok(!seen.has(name), `${name} stands twice`);
        seen.add(name);
        family = { name, type: '', unit: '' };
      }
      if (kind === 'TYPE') family.type = rest;
      if (kind === 'UNIT') assert.ok(name.endsWith(`_${rest}`), `${name} does not end with its unit ${rest}`);
      continue;
    }
    const sample = SAMPLE.exec(line);
    assert.ok(sample, `no sample: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const suffix = name.slice(family.name.length);
    assert.ok(name.startsWith(family.name) && SUFFIXES[family.type]?.includes(suffix), `${name} in ${family.name}`);
    assert.ok(!keys.has(`${name}{${labels}}`), `${line} stands twice`);
    keys.add(`${name}{${labels}}`);
    samples.push({ name, labels, value: Number(value) });
  }
  return samples;
}

const PARSER = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(sum(len(family.samples) for family in parse(sys.stdin.read())))
`;

/** Debian's, which its package of the client belongs to: another one may stand before it on PATH. */
const PYTHON = '/usr/bin/python3';

async function python(script: string, input: string): Promise<string | null> {
  const { signal } = new AbortController();
  const result = await run([PYTHON, '-c', script], { signal, input, allowFailure: true }).catch(() => null);
  if (result === null || /ModuleNotFoundError/.test(result.stderr)) return null;
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

describe('OpenMetrics', () => {
  it('follows the grammar, and holds each cell in seconds with its key', async () => {
    const { report } = (await recordedFigures()).figures;
    const samples = parse(written('openmetrics', await shownRun()));
    for (const { probe, cells } of report.probes) {
      for (const cell of cells.map(timed)) {
        const of = samples.filter(
          ({ labels }) => labels.includes(`probe="${probe.name}"`) && labels.includes(`path="${cell.path}"`),
        );
        const median = of.find(
          ({ name, labels }) => name === 'hoplab_rtt_seconds' && labels.includes('quantile="0.5"'),
        );
        assert.ok(median && Math.abs(median.value * 1e9 - cell.p50Ns) < 0.01);
        for (const key of [`k="${cell.k}"`, 'pace="', `run="${report.run.id}"`])
          assert.ok(median?.labels.includes(key));
        assert.equal(of.find(({ name }) => name === 'hoplab_rtt_seconds_count')?.value, cell.n);
        assert.equal(of.find(({ name }) => name === 'hoplab_lost_total')?.value, cell.lost);
      }
    }
    for (const set of ['hoplab_comparison_outcome', 'hoplab_comparison_validity']) {
      const states = samples.filter(({ name, value }) => name === set && value === 1);
      assert.equal(states.length, report.probes.flatMap(({ comparisons }) => comparisons).length);
    }
  });

  it('says of each comparison by which rule its draws ended', async () => {
    const { report } = (await recordedFigures()).figures;
    const count = report.probes.flatMap(({ comparisons }) => comparisons).length;
    const rules = (text: string): string[] =>
      parse(text).flatMap(({ name, labels }) => (name === 'hoplab_comparison_rule_info' ? [labels] : []));
    const fixed = rules(written('openmetrics', await shownRun()));
    assert.equal(fixed.filter((labels) => /draws="fixed"/.test(labels)).length, count);
    const stopped = rules(renderOpenMetrics([(families) => addRun(families, untilSufficed(report))]));
    assert.equal(stopped.length, count);
    for (const labels of stopped)
      assert.match(labels, /draws="until",half_width="0\.01",max_draws="40",ended="settled",twin="(yes|no)"$/);
  });

  it('holds traces and diagnoses, and nothing but its end for nothing', async () => {
    const names = new Set(parse(written('openmetrics', ...(await allShown()))).map(({ name }) => name));
    for (const name of ['hoplab_segment_seconds', 'hoplab_rung', 'hoplab_verdict_info'])
      assert.ok(names.has(name), name);
    assert.equal(written('openmetrics'), '# EOF\n');
  });

  it('lets no name end a label, a line or the file', async () => {
    const text = written('openmetrics', await hostileRun());
    assert.ok(parse(text).length > 50);
    assert.ok(!holdsControls(text));
    assert.equal(text.split('# EOF\n').length, 2);
  });

  it('is read by the parser of the Python client', async (context) => {
    const texts = [written('openmetrics', ...(await allShown())), written('openmetrics', await hostileRun())];
    for (const text of texts) {
      const counted = await python(PARSER, text);
      if (counted === null) {
        assert.equal(process.env.CI, undefined, 'python3-prometheus-client is not there: ./setup.sh --dev installs it');
        return context.skip('no prometheus_client: ./setup.sh --dev installs it');
      }
      assert.equal(Number(counted), parse(text).length);
    }
  });
});
