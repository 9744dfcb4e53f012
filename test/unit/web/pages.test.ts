// SPDX-License-Identifier: GPL-2.0-only
/** What the dashboard's pages and its JSON say of real run folders: whole, damaged, newer, under way, hostile. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunFolder } from '../../../src/run-store/create-run-folder.ts';
import { currentOwner } from '../../../src/run-store/run-owner.ts';
import { SAMPLES_GONE } from '../../../src/run-store/samples-gone.ts';
import { HARMFUL } from '../../../src/words/plain-text.ts';
import { generateRun, type RunShape } from '../../fixtures/generated-run.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { served } from '../../support/served.ts';

const SMALL: Partial<RunShape> = { paced: false, count: 300, draws: 2 };
const TRACE = '20260302-100000-0001';
const DIAGNOSIS = '20260302-110000-0002';

function runsFolder(context: TestContext): string {
  const root = join(temporaryFolder(context), 'runs');
  mkdirSync(root);
  return root;
}

function addRecorded(root: string): void {
  const fixtures = join(projectFolder(), 'test', 'fixtures');
  cpSync(join(fixtures, 'recorded-trace'), join(root, TRACE), { recursive: true });
  mkdirSync(join(root, 'diagnoses', DIAGNOSIS), { recursive: true });
  cpSync(join(fixtures, 'recorded-diagnoses', 'cured.json'), join(root, 'diagnoses', DIAGNOSIS, 'diagnosis.json'));
}

function rewriteHead(folder: RunFolder, change: Readonly<Record<string, unknown>>): void {
  writeFileSync(join(folder.path, 'run.json'), JSON.stringify({ ...folder.header, ...change }));
}

describe('the pages', () => {
  it('of a run, a trace and a diagnosis have their sections, and their JSON is that of the commands', async (context) => {
    const root = runsFolder(context);
    addRecorded(root);
    const { header } = await generateRun({ ...SMALL, root, label: 'one' });
    const { ask } = await served(context, root);
    const list = (await ask('/')).body;
    for (const id of [header.id, TRACE, DIAGNOSIS]) assert.ok(list.includes(id), id);
    const run = (await ask(`/runs/${header.id}`)).body;
    for (const words of ['Round trips', 'Comparisons', 'Over time', 'Environment'])
      assert.ok(run.includes(words), words);
    assert.match((await ask(`/runs/${TRACE}`)).body, /Where a round trip goes/);
    assert.match((await ask(`/diagnoses/${DIAGNOSIS}`)).body, /Ladder/);
    const report = JSON.parse((await ask(`/api/runs/${header.id}`)).body);
    assert.equal(report.run.id, header.id);
    assert.ok(report.probes[0].cells.length > 3);
    assert.equal(JSON.parse((await ask(`/api/runs/${TRACE}`)).body).kind, 'trace');
    assert.ok(JSON.parse((await ask(`/api/diagnoses/${DIAGNOSIS}`)).body).paths.length > 0);
    const { probes } = JSON.parse((await ask(`/api/runs/${header.id}/series`)).body);
    const [tap] = probes[0].paths.filter(({ path }: { path: string }) => path === 'tap');
    const cell = report.probes[0].cells.find(({ path }: { path: string }) => path === 'tap');
    // Thinned out, and no extreme lost.
    assert.equal(Math.round(Math.max(...tap.maxUs) * 1000), cell.maxNs);
    assert.equal(Math.round(Math.min(...tap.minUs) * 1000), cell.minNs);
    const listed = JSON.parse((await ask('/api/runs?kind=run')).body);
    assert.deepEqual([listed.total, listed.runs[0].id], [1, header.id]);
  });

  it('of a comparison show effects, or what it is refused for and the way to allow it', async (context) => {
    const root = runsFolder(context);
    const a = await generateRun({ ...SMALL, root });
    const b = await generateRun({ ...SMALL, root, seed: 12 });
    const c = await generateRun({ ...SMALL, root, seed: 13, refused: ['SCHED_FIFO: Operation not permitted'] });
    const { ask } = await served(context, root);
    const query = (...ids: string[]) => ids.map((id) => `run=${id}`).join('&');
    const alike = (await ask(`/compare?${query(b.header.id, a.header.id)}`)).body;
    assert.match(alike, /What became of every transaction/);
    assert.doesNotMatch(alike, /are not compared/);
    assert.match(alike, /<main id="main"><h1>Compare<\/h1>\s*<section aria-labelledby="answer-h">/);
    // A ratio to another path is told from the figure itself, whose change is another one; the pictures have a scale.
    assert.match(alike, /over \w+<\/td><td data-head="baseline, us"><b>[\d.]+ x<\/b> <span class="faint">\([\d.]+\)/);
    assert.match(alike, /itself<\/td><td data-head="baseline, us">[\d.]+<\/td>/);
    assert.match(alike, /change of what is compared/);
    assert.match(alike, /aria-label="scale: -[\d.]+ to \+[\d.]+ %"/);
    const refused = (await ask(`/compare?${query(a.header.id, c.header.id)}`)).body;
    assert.match(refused, /These runs are not compared/);
    assert.match(refused, /<code>scheduling<\/code>/);
    assert.doesNotMatch(refused, /What became of every transaction/);
    const allowed = (await ask(`/compare?${query(a.header.id, c.header.id)}&allow=scheduling`)).body;
    assert.match(allowed, /What became of every transaction/);
    const json = JSON.parse((await ask(`/api/compare?${query(a.header.id, c.header.id)}`)).body);
    assert.deepEqual([json.kind, json.refused, json.cells.length], ['comparison', true, 0]);
    assert.match((await ask('/compare')).body, /<select name="run">[\s\S]*<select name="run">/);
    assert.match((await ask(`/compare?run=${a.header.id}`)).body, new RegExp(b.header.id));
    assert.equal((await ask(`/compare?${query(a.header.id, '20260302-093000-9999')}`)).status, 404);
    assert.equal((await ask(`/api/compare?run=${a.header.id}`)).status, 400);
  });

  it('of a trend count runs and say how many more are needed', async (context) => {
    const root = runsFolder(context);
    for (let seed = 1; seed <= 3; seed++) await generateRun({ ...SMALL, draws: 0, root, seed });
    const { ask } = await served(context, root);
    const page = (await ask('/trend?path=tap')).body;
    assert.match(page, /3 runs, \d+ series/);
    assert.match(page, /data-head="runs">3<\/td><td data-head="more needed">7<\/td>/);
    assert.doesNotMatch(page, /data-trend=/);
    const report = JSON.parse((await ask('/api/trend?path=tap')).body);
    assert.equal(report.series[0].points.length, 3);
    assert.equal((await ask('/trend?path=nothing')).status, 200);
  });

  it('of a trend mark where a level changed, with what else changed there', async (context) => {
    const root = runsFolder(context);
    const { ask } = await served(context, root);
    for (let seed = 1; seed <= 16; seed++) {
      const made = await generateRun({ ...SMALL, count: 200, draws: 0, root, seed });
      const later = seed > 8;
      const environment = join(made.path, 'environment.json');
      const kernel = later ? '6.12.0-planted' : '6.1.0';
      writeFileSync(
        environment,
        readFileSync(environment, 'utf8').replace(/"release": "[^"]*"/, `"release": "${kernel}"`),
      );
      const report = JSON.parse((await ask(`/api/runs/${made.header.id}`)).body);
      const start = `2026-03-${String(seed).padStart(2, '0')}T09:30:00.000Z`;
      rewriteHead(made, { startedAt: start, state: 'finished', endedAt: start });
      for (const { cells } of report.probes)
        for (const cell of cells) cell.p50Ns = Math.round(cell.p50Ns * (later && cell.path === 'tap' ? 1.1 : 1));
      writeFileSync(
        join(made.path, 'results.json'),
        JSON.stringify({ ...report, run: { ...report.run, startedAt: start } }),
      );
    }
    const { body } = await ask('/trend?path=tap');
    assert.match(body, /16 runs, \d+ series: \d+ of them changed/);
    assert.match(body, /<b>\+1\d\.\d %<\/b>[^<]*changed there: kernel: 6\.1\.0 .* -&gt; 6\.12\.0-planted/);
    assert.match(body, /&quot;changes&quot;:\[\{&quot;index&quot;:8,/);
    assert.match((await ask('/trend?path=macvtap')).body, /no level changed/);
  });

  it('of what doctor finds are not asked for twice in a moment', async (context) => {
    let asked = 0;
    const { DOCTOR } = await import('../../support/served.ts');
    const { ask } = await served(context, runsFolder(context), {
      doctor: () => {
        asked += 1;
        return Promise.resolve(DOCTOR);
      },
    });
    const { body } = await ask('/doctor');
    assert.match(body, /ovs-vswitchd \(not found\)/);
    assert.match(body, /SCHED_FIFO/);
    await ask('/doctor?again=1');
    assert.equal(JSON.parse((await ask('/api/doctor')).body).machine, 'a machine');
    assert.equal(asked, 1);
  });

  it('of nothing: an empty folder, one that is not there, and an address that leads nowhere', async (context) => {
    const root = runsFolder(context);
    const { ask } = await served(context, join(root, 'none'));
    assert.match((await ask('/')).body, /There is no run here yet/);
    assert.match((await ask('/?text=x')).body, /No run matches/);
    const gone = await ask('/runs/20260302-093000-0000');
    assert.equal(gone.status, 404);
    assert.match(gone.body, /there is none with the id/);
    const json = await ask('/api/runs/nothing');
    assert.equal(JSON.parse(json.body).error.code, 'RUN_NOT_FOUND');
    for (const path of ['/x', '/runs/a/b/c', '/api/x', '/doctor/x', '/assets/x', '/assets/x/none.js'])
      assert.equal((await ask(path)).status, 404, path);
  });
});

describe('a folder that is not whole', () => {
  it('is listed with what is wrong, its page says it, and the others are as they were', async (context) => {
    const root = runsFolder(context);
    const good = await generateRun({ ...SMALL, root });
    const damaged = await generateRun({ ...SMALL, root });
    writeFileSync(join(damaged.path, 'run.json'), '{"format": 1, "id":');
    const future = await generateRun({ ...SMALL, root });
    rewriteHead(future, { format: 2 });
    const half = await generateRun({ ...SMALL, root, interruptAfter: 0 });
    const samples = await generateRun({ ...SMALL, root });
    writeFileSync(join(samples.path, 'samples', 'overview-tcp-rr-guest-0.hls'), 'HOPLABS\ncut');
    const { ask } = await served(context, root);
    const { body, status } = await ask('/');
    assert.equal(status, 200);
    assert.match(body, /run.json: not valid JSON/);
    assert.match(body, /layout version 2, newer than this hoplab reads/);
    const guessed = (await ask(`/runs/${basename(damaged.path)}`)).body;
    assert.match(guessed, /the head of the run is guessed/);
    assert.match(guessed, /how it ended could not be read/);
    assert.match((await ask(`/runs/${future.header.id}`)).body, /its layout is version 2/);
    assert.match((await ask(`/runs/${half.header.id}`)).body, /has no finished cell/);
    assert.equal((await ask(`/api/runs/${half.header.id}`)).status, 422);
    assert.match((await ask(`/runs/${samples.header.id}`)).body, /Failed/);
    assert.match((await ask(`/runs/${good.header.id}`)).body, /Round trips/);
    const compared = await ask(`/compare?run=${good.header.id}&run=${future.header.id}`);
    assert.match(compared.body, /fewer than two can be read/);
    assert.match((await ask('/trend')).body, /Runs without a point/);
  });

  it('without its samples says so once, and in the same words in list, page, comparison and trend', async (context) => {
    const root = runsFolder(context);
    const good = await generateRun({ ...SMALL, root });
    const emptied = await generateRun({ ...SMALL, root });
    rmSync(join(emptied.path, 'samples'), { recursive: true });
    mkdirSync(join(emptied.path, 'samples'));
    rmSync(join(emptied.path, 'results.json'), { force: true });
    const { ask } = await served(context, root);
    for (const path of [
      '/',
      `/runs/${emptied.header.id}`,
      `/compare?run=${good.header.id}&run=${emptied.header.id}`,
      '/trend',
    ]) {
      const { body } = await ask(path);
      const said = body.split(SAMPLES_GONE).length - 1;
      // A report has a line for each way in which a path failed, and what is wrong with the run comes first.
      assert.ok(said >= 1 && said <= (path.startsWith('/runs') ? 3 : 1), `${path} says it ${said} times`);
      assert.doesNotMatch(body, /it has no row|read samples\//);
    }
  });

  it('may not be readable at all', async (context) => {
    const root = runsFolder(context);
    const made = await generateRun({ ...SMALL, root });
    // Root may read everything but this.
    rmSync(join(made.path, 'run.json'));
    mkdirSync(join(made.path, 'run.json'));
    const { ask } = await served(context, root);
    assert.match((await ask('/')).body, /run\.json: not a regular file/);
  });
});

describe('names from a folder', () => {
  it('are text on every page, whatever they hold', async (context) => {
    const root = runsFolder(context);
    const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>'\`{{7*7}}\u202e\u001b[31m`;
    const ids: string[] = [];
    for (let seed = 1; seed <= 2; seed++) {
      const made = await generateRun({ ...SMALL, root, seed });
      ids.push(made.header.id);
      for (const name of ['spec.json', 'plan.json', 'environment.json', ...blockFiles(made.path)]) {
        const path = join(made.path, name);
        const text = readFileSync(path, 'utf8')
          .replaceAll('"tap"', JSON.stringify(evil))
          .replaceAll('"passt"', '"../../etc/passwd"');
        writeFileSync(path, text.replace('"hostname": "', `"hostname": ${JSON.stringify(evil).slice(0, -1)}`));
      }
      rewriteHead(made, { argv: ['run', evil], label: evil, state: 'finished', endedAt: new Date().toISOString() });
      writeFileSync(
        join(made.path, 'failed.json'),
        JSON.stringify([
          { part: 'overview', probe: evil, path: evil, draw: null, code: evil, reason: evil, hint: evil },
        ]),
      );
      writeFileSync(join(made.path, 'warnings.json'), JSON.stringify([{ kind: evil, text: evil }]));
      const report = JSON.parse((await (await served(context, root)).ask(`/api/runs/${made.header.id}`)).body);
      writeFileSync(join(made.path, 'results.json'), JSON.stringify(report));
    }
    const { ask } = await served(context, root);
    const [a, b] = ids;
    const asked = encodeURIComponent(evil);
    // They are there, as text.
    for (const path of ['/', `/runs/${a}`, `/compare?run=${a}&run=${b}`, '/trend'])
      assert.ok((await ask(path)).body.includes('&lt;img src=x onerror=alert(1)&gt;'), path);
    for (const path of [
      '/',
      `/?text=${asked}`,
      `/?path=${asked}&label=${asked}&state=${asked}`,
      `/runs/${a}`,
      `/compare?run=${a}&run=${b}`,
      `/api/compare?run=${a}&run=${b}`,
      '/api/trend',
      `/trend?path=${asked}`,
      '/trend',
      `/runs/${asked.slice(0, 100)}`,
      `/api/runs/${a}`,
      '/api/runs',
    ]) {
      const { body, headers } = await ask(path);
      assert.equal(body.replaceAll('\n', '').search(HARMFUL), -1, `${path}: a sign that turns or colours text`);
      if (String(headers['content-type']).startsWith('application/json')) continue;
      assert.doesNotMatch(body, /<img|<script>|<script(?! (type="module" )?src="\/assets\/)/, path);
      assert.doesNotMatch(body, /"[^"<>]*onerror=alert\(1\)[^"]*>/, path);
    }
  });

  function blockFiles(path: string): string[] {
    return ['overview-tcp-rr-guest-0', 'overview-tcp-rr-guest-1']
      .map((id) => join('blocks', `${id}.json`))
      .filter((name) => readFileSync(join(path, name)).length > 0);
  }
});

describe('a run under way', () => {
  it('has a page of its own, and a stream that tells each block and ends with it', async (context) => {
    const root = runsFolder(context);
    const made = await generateRun({ ...SMALL, root, interruptAfter: 2 });
    const owner = currentOwner();
    rewriteHead(made, { state: 'running', endedAt: null, owner });
    const held = join(root, 'held');
    cpSync(join(made.path, 'blocks', 'overview-tcp-rr-guest-0.json'), held);
    rmSync(join(made.path, 'blocks', 'overview-tcp-rr-guest-0.json'));
    const { ask, port } = await served(context, root);
    const page = (await ask(`/runs/${made.header.id}`)).body;
    assert.match(page, /id="live-blocks">1<\/span> of/);
    assert.match((await ask('/doctor')).body, /A run is under way/);
    const events: string[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path: `/api/runs/${made.header.id}/events`, agent: false },
        (response) => {
          assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
          response.setEncoding('utf8').on('data', (chunk: string) => events.push(chunk));
          response.on('end', resolve);
        },
      );
      sent.on('error', reject).end();
    });
    const until = async (pattern: RegExp) => {
      for (let i = 0; i < 200 && !pattern.test(events.join('')); i++) await delay(50);
      assert.match(events.join(''), pattern);
    };
    await until(/"blocks":1,/);
    cpSync(held, join(made.path, 'blocks', 'overview-tcp-rr-guest-0.json'));
    await until(/"blocks":2,[\s\S]*"path":"tap"/);
    rewriteHead(made, { state: 'interrupted', endedAt: new Date().toISOString() });
    await ended;
    assert.match(events.join(''), /event: end/);
    assert.match((await ask(`/runs/${made.header.id}`)).body, /Round trips/);
  });

  it('whose process is gone is no run under way', async (context) => {
    const root = runsFolder(context);
    const made = await generateRun({ ...SMALL, root, interruptAfter: 2 });
    rewriteHead(made, { state: 'running', endedAt: null, owner: { pid: 1, startTicks: 1, bootId: 'another' } });
    const { ask } = await served(context, root);
    const { body } = await ask('/');
    assert.match(body, /class="state died"/);
    assert.doesNotMatch(body, /A run is under way/);
    assert.match((await ask(`/runs/${made.header.id}`)).body, /Round trips/);
  });
});
