// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab serve` as a process: what it prints, what it refuses, and how it ends. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { currentOwner } from '../../src/run-store/run-owner.ts';
import { generateRun } from '../fixtures/generated-run.ts';
import { makeRuns } from '../fixtures/many-runs.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { errorOf, hoplab, killAllHoplabs, type Running, startHoplab } from '../support/hoplab.ts';

function runsFolder(context: TestContext): string {
  const root = join(temporaryFolder(context), 'runs');
  mkdirSync(root);
  return root;
}

async function addressOf(running: Running, heard: string[]): Promise<URL> {
  await running.until(/ctrl-C ends it/);
  running.kill('SIGINT');
  const { stdout } = await running.done;
  heard.push(stdout);
  return new URL(stdout.trim());
}

describe('hoplab serve', () => {
  after(killAllHoplabs);

  it('ends at ctrl-C at once with exit code 0, although a page follows a run', async (context) => {
    const root = runsFolder(context);
    const made = await generateRun({ root, paced: false, count: 200, draws: 0, interruptAfter: 2 });
    const head = { ...made.header, state: 'running', endedAt: null, owner: currentOwner() };
    writeFileSync(join(made.path, 'run.json'), JSON.stringify(head));
    const port = await freePort();
    const running = startHoplab(['serve', '--runs', root, '--port', String(port)]);
    await running.until(new RegExp(`^http://127.0.0.1:${port}/\n`));
    const closed = new Promise<void>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', path: `/api/runs/${made.header.id}/events` }, (response) => {
        response.once('data', () => running.kill('SIGINT'));
        response.on('error', () => resolve()).on('close', resolve);
      });
      sent.on('error', reject).end();
    });
    await closed;
    const { code, stdout } = await running.done;
    assert.equal(code, 0);
    assert.equal(stdout, `http://127.0.0.1:${port}/\n`);
  });

  it('says when its port is taken, and what to type then', async (context) => {
    const root = runsFolder(context);
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const bound = server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
      });
    });
    context.after(() => server.close());
    const outcome = await hoplab(['serve', '--runs', root, '--port', String(port)]);
    assert.equal(outcome.code, 1);
    const { code, hint } = errorOf(outcome);
    assert.equal(code, 'PORT_TAKEN');
    assert.match(hint, /hoplab serve --port 0/);
    const nowhere = errorOf(await hoplab(['serve', '--runs', root, '--port', '0', '--listen', '192.0.2.1']));
    assert.equal(nowhere.code, 'ADDRESS_REFUSED');
  });

  it('makes and prints a token where others can reach it, or pages may start runs, and never prints one that was given', async (context) => {
    const root = runsFolder(context);
    makeRuns(root, 1);
    const heard: string[] = [];
    const start = (args: readonly string[], env = {}) =>
      addressOf(startHoplab(['serve', '--runs', root, '--port', '0', ...args], { env }), heard);
    const token = async (...args: string[]) => (await start(args)).searchParams.get('token');
    assert.equal(await token(), null);
    const made = [await token('--listen', '0.0.0.0'), await token('--listen', '0.0.0.0'), await token('--allow-run')];
    for (const one of made) assert.match(one ?? '', /^[\w-]{32}$/);
    assert.equal(new Set(made).size, 3);
    const file = join(root, '..', 'token');
    writeFileSync(file, 'a-secret-of-enough-length\n');
    assert.equal(await token('--listen', '0.0.0.0', '--token-file', file), null);
    await start(['--listen', '0.0.0.0'], { HOPLAB_TOKEN: 'a-secret-of-enough-length' });
    assert.doesNotMatch(heard.join(''), /a-secret/);
    writeFileSync(file, 'short');
    for (const wrong of [file, `${file}.not-there`]) {
      const outcome = await hoplab(['serve', '--runs', root, '--port', '0', '--token-file', wrong]);
      assert.equal(outcome.code, 2);
      assert.doesNotMatch(outcome.stderr, /: short/);
    }
  });

  it('starts the run that a page asks for, which then records and ends as one of the command line', async (context) => {
    const root = runsFolder(context);
    const port = await freePort();
    const running = startHoplab(['serve', '--runs', root, '--port', String(port), '--allow-run'], {
      env: { HOPLAB_TOKEN: 'a-secret-of-enough-length' },
    });
    await running.until(/ctrl-C ends it/);
    const headers = { authorization: 'Bearer a-secret-of-enough-length', origin: `http://127.0.0.1:${port}` };
    const sent = await fetch(`http://127.0.0.1:${port}/start`, {
      ...{ method: 'POST', headers, redirect: 'manual' },
      body: new URLSearchParams({ path: 'host', effort: 'quick', label: 'page' }),
    });
    assert.equal(sent.status, 303);
    const state = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/start`, { headers })).text();
    const deadline = performance.now() + 300_000;
    while (!/ended with status \d+/.test(await state())) {
      assert.ok(performance.now() < deadline, await state());
      await delay(500);
    }
    assert.match(await state(), /ended with status 0/);
    running.kill('SIGINT');
    await running.done;
    const [id = ''] = readdirSync(root).filter((name) => name.endsWith('-page'));
    const head = JSON.parse(readFileSync(join(root, id, 'run.json'), 'utf8'));
    assert.equal(head.state, 'finished');
    assert.deepEqual(head.argv, ['run', '--quick', '--only', 'host', '--label', 'page', '--runs', root]);
    assert.match((await hoplab(['report', join(root, id)])).stdout, /host/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
