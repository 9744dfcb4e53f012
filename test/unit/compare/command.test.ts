// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab compare` and `hoplab trend` as a user runs them: output, files, and exit codes. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { comparisonReportSchema } from '../../../src/compare/compare-schema.ts';
import { trendReportSchema } from '../../../src/compare/trend-schema.ts';
import type { Environment } from '../../../src/model/environment.ts';
import { edit } from '../../fixtures/compared-runs.ts';
import { recordedRuns } from '../../fixtures/recorded-comparisons.ts';
import { hoplab, killAllHoplabs } from '../../support/hoplab.ts';

after(killAllHoplabs);

describe('hoplab compare', () => {
  it('compares, writes JUnit and a summary, and exits with 4 where a threshold is exceeded', async (context) => {
    const { root, folders } = recordedRuns(context, 'before-after');
    const [before = '', later = ''] = folders.map((folder) => basename(folder));
    const [junit, summary] = [join(root, 'out.xml'), join(root, 'summary.md')];
    writeFileSync(summary, 'an earlier step\n');
    const env = { ...process.env, HOPLAB_RUNS: root, GITHUB_STEP_SUMMARY: summary };
    const argv = [
      'compare',
      before,
      later,
      '--allow',
      'load',
      '--fail-if',
      'tap.p50 > 150us',
      '--junit',
      junit,
      '--summary',
    ];
    const { code, stdout, stderr } = await hoplab(argv, { env });
    assert.equal(code, 4, stderr);
    assert.match(stdout, /tap\.p50 > 150us: tap, tcp-rr: EXCEEDED/);
    assert.match(readFileSync(junit, 'utf8'), /failures="1"/);
    assert.match(readFileSync(summary, 'utf8'), /^an earlier step\n## hoplab compare: /);
    const limit = ['--allow', 'load', '--fail-if', 'p50 > 5ms', '--json'];
    const held = await hoplab(['compare', before, later, ...limit], { env });
    assert.equal(held.code, 0, held.stderr);
    assert.equal(comparisonReportSchema.parse(JSON.parse(held.stdout)).thresholds[0]?.outcome, 'held');
  });

  it('says so where --summary took a run for its file', async (context) => {
    const { root, folders } = recordedRuns(context, 'before-after');
    const env = { ...process.env, HOPLAB_RUNS: root };
    const [before = '', later = ''] = folders.map((folder) => basename(folder));
    const { code, stderr } = await hoplab(['compare', '--summary', before, later], { env });
    assert.equal(code, 2);
    assert.match(stderr, /--summary took ".*-before" as its file: write it last/);
  });

  it('refuses runs that are unlike, with what to type, and the files say so too', async (context) => {
    const { root, folders } = recordedRuns(context, 'before-after');
    const [before = '', later = ''] = folders;
    edit<Environment>(later, 'environment.json', (value) => ({ ...value, clocksource: 'hpet' }));
    const env = { ...process.env, HOPLAB_RUNS: root };
    const junit = join(root, 'out.xml');
    const argv = ['compare', before, later, '--fail-if', 'p50 > 5x', '--junit', junit];
    const { code, stdout, stderr } = await hoplab(argv, { env });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /error UNLIKE_RUNS: compare .* they differ in clocksource\n {2}clocksource \(refused\): tsc -> hpet: /,
    );
    assert.ok(
      stderr.includes(
        `try: hoplab compare ${before} ${later} --fail-if 'p50 > 5x' --junit ${junit} --allow clocksource\n`,
      ),
    );
    assert.match(readFileSync(junit, 'utf8'), /errors="1".*\n.*\n.*the runs are alike/);
    const allowed = await hoplab([...argv, '--allow', 'clocksource'], { env });
    // Allowed, but a ratio without a twin guards nothing.
    assert.equal(allowed.code, 4, allowed.stderr);
    assert.match(
      allowed.stdout,
      /p50 > 5x: macvtap, tcp-rr: NOT\s+CHECKED: [^;]*; itself [^:]*:\s+not controlled: no\s+twin\s+was\s+measured/,
    );
    assert.match(allowed.stdout, /clocksource \(allowed\): tsc -> hpet/);
  });
});

describe('hoplab trend', () => {
  it('draws a path, prints JSON, and says of a mistyped path which there are', async (context) => {
    const { root } = recordedRuns(context, 'nightly');
    const env = { ...process.env, HOPLAB_RUNS: root };
    const drawn = await hoplab(['trend', 'macvtap', '--relative-to', 'tap', '--width', '100'], { env });
    assert.equal(drawn.code, 0, drawn.stderr);
    assert.match(drawn.stdout, /-9\.1 % .*p = 0\.001/);
    const json = await hoplab(['trend', '--label', 'nightly', '--json'], { env });
    assert.equal(trendReportSchema.parse(JSON.parse(json.stdout)).series.length, 3);
    const wrong = await hoplab(['trend', 'macvtpa'], { env });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /no path|no run has a path "macvtpa" \(did you mean "macvtap"\?\)/);
  });
});
