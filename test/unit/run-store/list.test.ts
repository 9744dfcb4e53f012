// SPDX-License-Identifier: GPL-2.0-only
/** Listing runs, and finding the one that a user means. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import type { RunHeader } from '../../../src/model/run-header.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { createRunFolder } from '../../../src/run-store/create-run-folder.ts';
import { listRuns, resolveRun } from '../../../src/run-store/list-runs.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { currentOwner } from '../../../src/run-store/run-owner.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

function putRun(root: string, id: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const header = {
    format: 1,
    id,
    label: null,
    startedAt: '2026-03-02T09:30:00.000Z',
    endedAt: '2026-03-02T09:31:00.000Z',
    state: 'finished',
    tool: { name: 'hoplab', version: '0.1.0' },
    argv: ['hoplab', 'run'],
    ...changes,
  };
  mkdirSync(join(root, id), { recursive: true });
  writeFileSync(join(root, id, 'run.json'), JSON.stringify(header));
  return join(root, id);
}

async function stateOf(root: string, id: string): Promise<string | undefined> {
  return (await listRuns(root)).find((run) => run.id === id)?.state;
}

describe('the list of runs', () => {
  it('is empty where there is no runs folder', async (context) => {
    assert.deepEqual(await listRuns(join(temporaryFolder(context), 'none')), []);
  });

  it('has the newest run first and passes over what is no run', async (context) => {
    const root = temporaryFolder(context);
    putRun(root, '20260302-093000-aaaa');
    putRun(root, '20260303-093000-0000');
    putRun(root, '20260302-093000-bbbb-slow');
    mkdirSync(join(root, 'notes'));
    writeFileSync(join(root, '20260304-093000-0000'), 'a file');
    assert.deepEqual(
      (await listRuns(root)).map(({ id }) => id),
      ['20260303-093000-0000', '20260302-093000-bbbb-slow', '20260302-093000-aaaa'],
    );
  });

  it('says of a run that says "running" whether its process still lives', async (context) => {
    const root = temporaryFolder(context);
    const owner = currentOwner();
    assert.ok(owner, 'this test needs /proc');
    const running = { state: 'running', endedAt: null };
    putRun(root, '20260302-093000-0001', { ...running, owner });
    putRun(root, '20260302-093000-0002', { ...running, owner: { ...owner, startTicks: owner.startTicks + 1 } });
    putRun(root, '20260302-093000-0003', { ...running, owner: { ...owner, bootId: 'another boot' } });
    putRun(root, '20260302-093000-0004', { ...running, owner: { ...owner, pid: 4_194_305 } });
    putRun(root, '20260302-093000-0005', running);
    assert.equal(await stateOf(root, '20260302-093000-0001'), 'running');
    assert.equal(await stateOf(root, '20260302-093000-0002'), 'died');
    assert.equal(await stateOf(root, '20260302-093000-0003'), 'died');
    assert.equal(await stateOf(root, '20260302-093000-0004'), 'died');
    assert.equal(await stateOf(root, '20260302-093000-0005'), 'running');
  });

  it('shows a run that was killed as killed in its report, whatever its head says', async (context) => {
    const folder = await generateRun({ root: temporaryFolder(context), count: 400, paced: false, interruptAfter: 3 });
    const head = join(folder.path, 'run.json');
    const owner = currentOwner();
    assert.ok(owner, 'this test needs /proc');
    const put = (startTicks: number) => {
      const header: RunHeader = JSON.parse(readFileSync(head, 'utf8'));
      const left = { ...header, state: 'running', endedAt: null, owner: { ...owner, startTicks } };
      writeFileSync(head, JSON.stringify(left));
    };
    const text = async () =>
      renderText(buildReport(await readRun(folder.path)), { width: 300, colour: false, ascii: false });
    put(owner.startTicks);
    assert.match(await text(), /^run \S+: running, started/m);
    put(owner.startTicks + 1);
    assert.match(await text(), /^run \S+: killed, its process is gone, started/m);
    assert.match(await text(), /^the run was killed, its process is gone: \d+ blocks? of \d+ (?:is|are) here/m);
    assert.equal((await readRun(folder.path)).header.state, 'interrupted');
  });

  it('shows a run whose head is damaged or of a newer hoplab as unreadable, with the reason', async (context) => {
    const root = temporaryFolder(context);
    putRun(root, '20260302-093000-0001', { format: 2, state: 'paused' });
    writeFileSync(join(putRun(root, '20260302-093000-0002'), 'run.json'), '{"format": 1, "id"');
    rmSync(join(putRun(root, '20260302-093000-0003'), 'run.json'));
    const runs = await listRuns(root);
    assert.deepEqual(
      runs.map(({ state, problem }) => [state, problem]),
      [
        ['unreadable', 'run.json: missing'],
        ['unreadable', 'run.json: not valid JSON (18 characters)'],
        ['unreadable', 'layout version 2, newer than this hoplab reads'],
      ],
    );
  });

  it('strips what a hostile head would send to the terminal', async (context) => {
    const root = temporaryFolder(context);
    putRun(root, '20260302-093000-0001', {
      label: '\u001b]0;owned\u0007good',
      argv: ['hoplab', 'run\n\u001b[2J', '\u202egpj.exe'],
    });
    const [run] = await listRuns(root);
    assert.ok(run);
    assert.doesNotMatch(JSON.stringify([run.label, run.argv]), /\\u|\\n/);
    assert.match(run.label ?? '', /owned good/);
  });

  it('of a thousand runs reads their heads alone', async (context) => {
    const root = temporaryFolder(context);
    for (let i = 0; i < 1000; i++) putRun(root, `20260302-093000-${i.toString(16).padStart(4, '0')}`);
    await listRuns(root);
    const started = performance.now();
    const runs = await listRuns(root);
    const ms = performance.now() - started;
    context.diagnostic(`1000 runs listed in ${ms.toFixed(0)} ms`);
    assert.equal(runs.length, 1000);
    // Many times of what it takes on a busy machine of two cores: catches reading more than the heads.
    assert.ok(ms < 5000, `${ms} ms`);
  });
});

describe('a run that the user names', () => {
  async function root(context: Parameters<typeof temporaryFolder>[0]): Promise<string> {
    const folder = temporaryFolder(context);
    putRun(folder, '20260301-090000-aaaa-base', { label: 'base' });
    putRun(folder, '20260302-090000-bbbb-base', { label: 'base' });
    putRun(folder, '20260303-090000-cccc');
    return folder;
  }

  it('is found by path, id, unique beginning, label and "latest"', async (context) => {
    const folder = await root(context);
    const id = '20260301-090000-aaaa-base';
    assert.equal(await resolveRun(join(folder, id), '/nowhere'), join(folder, id));
    assert.equal(await resolveRun(`./${relative(process.cwd(), join(folder, id))}`, '/nowhere'), join(folder, id));
    assert.equal(await resolveRun(id, folder), join(folder, id));
    assert.equal(await resolveRun('20260301', folder), join(folder, id));
    assert.equal(await resolveRun('latest', folder), join(folder, '20260303-090000-cccc'));
  });

  it('is the newest of those with a label', async (context) => {
    const folder = await root(context);
    assert.equal(await resolveRun('base', folder), join(folder, '20260302-090000-bbbb-base'));
  });

  it('is refused with the candidates when a beginning fits several', async (context) => {
    const folder = await root(context);
    await assert.rejects(resolveRun('202603', folder), {
      code: 'RUN_NOT_FOUND',
      message: /3 runs in .* start with "202603": 20260303-090000-cccc, 20260302-090000-bbbb-base, /,
      hint: 'hoplab runs',
    });
  });

  it('is refused with the runs folder when there is none of that name', async (context) => {
    const folder = await root(context);
    await assert.rejects(resolveRun('nope', folder), { code: 'RUN_NOT_FOUND', message: new RegExp(folder) });
    await assert.rejects(resolveRun('', folder), { code: 'RUN_NOT_FOUND' });
    const none = join(folder, 'none');
    await assert.rejects(resolveRun('latest', none), { code: 'RUN_NOT_FOUND', hint: /hoplab run/ });
  });
});

describe('a run folder of this process', () => {
  it('carries an owner that is alive until the run is finished', async (context) => {
    const root = temporaryFolder(context);
    const folder = await createRunFolder(root, { label: null, version: '0.1.0', argv: [] });
    assert.equal(await stateOf(root, folder.header.id), 'running');
    await folder.finish('interrupted', null);
    assert.equal(await stateOf(root, folder.header.id), 'interrupted');
    const header: RunHeader = JSON.parse(readFileSync(join(folder.path, 'run.json'), 'utf8'));
    assert.equal(header.state, 'interrupted');
    assert.ok(Date.parse(header.endedAt ?? '') >= Date.parse(header.startedAt));
  });
});
