// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab report` as a process: formats, files, several runs, what it refuses and what it leaves out. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CommandResult, run } from '../../../src/system/exec.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordedDiagnosis } from '../../fixtures/recorded-diagnosis.ts';
import { RECORDED_RUN, RECORDED_TRACE } from '../../fixtures/subjects.ts';

const BIN = join(projectFolder(), 'bin', 'hoplab.js');
const RUN = '20260101-000000-aaaa';
const TRACE = '20260101-000001-bbbb';
const DIAGNOSIS = '20260101-000002-cccc';

describe('hoplab report', () => {
  let root = '';

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'hoplab-report-'));
    cpSync(RECORDED_RUN, join(root, RUN), { recursive: true });
    cpSync(RECORDED_TRACE, join(root, TRACE), { recursive: true });
    mkdirSync(join(root, 'diagnoses', DIAGNOSIS), { recursive: true });
    writeFileSync(join(root, 'diagnoses', DIAGNOSIS, 'diagnosis.json'), JSON.stringify(recordedDiagnosis('cured')));
    mkdirSync(join(root, '20260101-000003-dddd'));
    writeFileSync(join(root, '20260101-000003-dddd', 'run.json'), '{"format": 99}');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function report(...words: readonly string[]): Promise<CommandResult> {
    const { signal } = new AbortController();
    return run([process.execPath, BIN, 'report', ...words, '--runs', root], { signal, cwd: root, allowFailure: true });
  }

  it('prints every format of a run, a trace and a diagnosis, and says which format a trace or a diagnosis has not', async () => {
    const first = {
      text: /RTT in us/,
      json: /^\{/,
      markdown: /^## hoplab run/,
      csv: /^kind,run,/,
      openmetrics: /^# TYPE /,
      prometheus: /^# HELP /,
      html: /^<!doctype html>/,
      hdr: /^#\[Histogram log/,
    };
    for (const [format, begins] of Object.entries(first)) {
      const { code, stdout, stderr } = await report(RUN, '--format', format);
      assert.deepEqual([code, stderr], [0, ''], format);
      assert.match(stdout, begins);
    }
    const all = await report(RUN, TRACE, DIAGNOSIS, '--format', 'md');
    assert.match(all.stdout, /## hoplab run[\s\S]*## hoplab trace[\s\S]*## hoplab diagnosis/);
    const refused = await report(DIAGNOSIS, '--format', 'hdr');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /is a diagnosis, which has no samples/);
  });

  it('takes the format from the name of the file, and says where it wrote', async () => {
    for (const [file, begins] of [
      ['a.html', '<!doctype'],
      ['a.csv', 'kind,'],
      ['a.prom', '# HELP'],
      ['a.om', '# TYPE'],
      ['a.json', '{'],
    ] as const) {
      const { code, stdout, stderr } = await report(RUN, '-o', file);
      assert.deepEqual([code, stdout], [0, '']);
      assert.match(stderr, new RegExp(`: ${file}\\n$`));
      assert.ok(readFileSync(join(root, file), 'utf8').startsWith(begins));
    }
    assert.equal((await report(RUN, '--html', 'b.html')).code, 0);
    assert.ok(readFileSync(join(root, 'b.html'), 'utf8').startsWith('<!doctype'));
    assert.match((await report(RUN, '--samples', '-o', '-')).stdout, /^run,block,/);
  });

  it('refuses two formats, two files, an unknown format and a folder to write to', async () => {
    for (const [words, says] of [
      [['--format', 'csv', '--html', 'x.html'], /one format/],
      [['--html', 'a.html', '-o', 'b.html'], /two files/],
      [['--format', 'htlm'], /did you mean "html"/],
      [['--samples', '--format', 'hdr'], /one format/],
    ] as const) {
      const { code, stderr } = await report(RUN, ...words);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
    const { code, stderr } = await report(RUN, '-o', join(root, 'nowhere', 'x.html'));
    assert.equal(code, 1);
    assert.match(stderr, /RUN_NOT_WRITABLE.*nowhere/);
  });

  it('leaves out a run that cannot be read, says why, and shows the others', async () => {
    const { code, stdout, stderr } = await report(RUN, '20260101-000003-dddd', 'nosuch', RUN);
    assert.equal(code, 1);
    assert.match(stderr, /left out 20260101-000003-dddd: RUN_TOO_NEW/);
    assert.match(stderr, /left out nosuch: RUN_NOT_FOUND/);
    assert.equal(stdout.split('RTT in us').length, 2);
  });

  it('ends in silence when its reader has seen enough, in the middle of what it writes', async () => {
    const { signal } = new AbortController();
    const script = `'${process.execPath}' '${BIN}' report ${RUN} ${TRACE} --samples --runs '${root}' 2>said | head -n 1; cat said`;
    const { stdout } = await run(['bash', '-o', 'pipefail', '-c', script], { signal, cwd: root, allowFailure: true });
    assert.match(stdout, /^run,block,[^\n]*\n$/);
  });

  it('finds a diagnosis by its path and by the beginning of its id, and refuses a damaged one', async () => {
    const byId = await report('20260101-000002');
    const byPath = await report(join(root, 'diagnoses', DIAGNOSIS));
    assert.equal(byId.stdout, byPath.stdout);
    assert.match(byId.stdout, /cures applied/);
    writeFileSync(join(root, 'diagnoses', DIAGNOSIS, 'diagnosis.json'), '{"schema": 1, "paths": 7}');
    const damaged = await report(DIAGNOSIS);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /RUN_DAMAGED.*diagnosis\.txt/s);
  });
});
