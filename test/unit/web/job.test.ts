// SPDX-License-Identifier: GPL-2.0-only
/** The one form that does something: starts a run as a child process, one at a time, and cancels it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { requestRun } from '../../../src/cli/record/run-request.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { needs } from '../../support/needs.ts';
import { type Served, served } from '../../support/served.ts';

const PRETENDED = fileURLToPath(new URL('../../fixtures/pretended-run.js', import.meta.url));

async function start(context: TestContext): Promise<Served & { readonly root: string }> {
  const root = join(temporaryFolder(context), 'runs');
  mkdirSync(root);
  return {
    ...(await served(context, root, {
      starter: { process: [process.execPath, PRETENDED], request: requestRun },
    })),
    root,
  };
}

const form = (...fields: [string, string][]) => new URLSearchParams([['effort', 'quick'], ...fields]);

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await what()) return;
    await delay(50);
  }
  assert.fail('it did not come');
}

describe('a run that a page starts', { skip: needs('root', 'linux') }, () => {
  it('has the chosen words, a live page, and ends as ctrl-C ends it', async (context) => {
    const { ask, send, root } = await start(context);
    assert.match((await ask('/start')).body, /value="tap"/);
    assert.doesNotMatch((await ask('/start')).body, /value="ovs"/);
    const sent = await send('/start', form(['path', 'host'], ['path', 'tap'], ['label', 'from-page']));
    assert.deepEqual([sent.status, sent.headers.location], [303, '/start']);
    await until(async () => /href="\/runs\/\d{8}-\d{6}-[0-9a-f]{4}-from-page"/.test((await ask('/start')).body));
    const page = (await ask('/start')).body;
    assert.match(page, /hoplab run --quick --only host,tap --label from-page/);
    assert.match(page, /No run can be started: a run that was started here is under way/);
    const [id = ''] = readdirSync(root).filter((name) => name.endsWith('from-page'));
    assert.match((await ask(`/runs/${id}`)).body, /cancel this run/);
    assert.equal((await send('/start', form(['path', 'tap']))).status, 409);
    assert.equal((await send('/start/cancel', {})).status, 303);
    await until(async () => /ended with status 130/.test((await ask('/start')).body));
    const read = (name: string) => JSON.parse(readFileSync(join(root, id, name), 'utf8'));
    assert.equal(read('run.json').state, 'interrupted');
    assert.deepEqual(
      read('spec.json').paths.map(({ name }: { name: string }) => name),
      ['host', 'tap'],
    );
    assert.equal((await send('/start/cancel', {})).status, 409);
  });

  it('ends with the server', async (context) => {
    const { ask, send, serving } = await start(context);
    await send('/start', form(['path', 'tap']));
    await until(async () => /href="\/runs\//.test((await ask('/start')).body));
    const pid = Number(/process (\d+)/.exec((await ask('/start')).body)?.[1]);
    await serving[Symbol.asyncDispose]();
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
  });

  it('is not started by another site, with paths that this machine has not, or with words of their own', async (context) => {
    const { ask, send, root } = await start(context);
    assert.equal((await send('/start', form(['path', 'tap']), { origin: 'http://evil.example' })).status, 403);
    assert.equal((await send('/start', form(['path', 'tap']), { origin: '' })).status, 403);
    assert.equal((await ask('/start?path=tap&effort=quick')).status, 200);
    for (const fields of [
      form(['path', 'ovs']),
      form(['path', '--help']),
      form(['path', 'tap,--runs']),
      form(),
      new URLSearchParams({ path: 'tap' }),
      new URLSearchParams({ path: 'tap', effort: '--dry-run' }),
      form(['path', 'tap'], ['label', '--quick']),
      form(['path', 'tap'], ['label', 'a b;reboot']),
    ])
      assert.equal((await send('/start', fields)).status, 400, String(fields));
    assert.deepEqual(
      readdirSync(root).filter((name) => !name.startsWith('.')),
      [],
    );
  });
});
