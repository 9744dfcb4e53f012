// SPDX-License-Identifier: GPL-2.0-only
/** What the dashboard withstands, over real sockets: paths that lead out, links, slow and greedy clients. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { currentOwner } from '../../../src/run-store/run-owner.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { makeRuns } from '../../fixtures/many-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { served } from '../../support/served.ts';

const ID = '20260302-093000-0000-even';

function runsFolder(context: TestContext): string {
  const root = join(temporaryFolder(context), 'runs');
  mkdirSync(root);
  makeRuns(root, 1);
  writeFileSync(join(root, '..', 'secret.json'), '{"secret": "outside"}');
  return root;
}

describe('a path', () => {
  it('never leaves the folder of runs or that of the assets', async (context) => {
    const { ask } = await served(context, runsFolder(context));
    const out = [
      ...[
        '/../secret.json',
        '/runs/../../secret.json',
        '/runs/..',
        '/runs/%2e%2e',
        '/runs/..%2f..%2fsecret.json',
        '/runs/%2e%2e%2fsecret.json',
      ],
      ...[
        '/runs/..%5csecret.json',
        '/runs/%252e%252e%252fsecret',
        `/runs/${ID}/..%2f..%2f..%2fsecret.json`,
        `/runs/${ID}%00.json`,
        '/runs/%00',
      ],
      ...[
        '/assets/x/..%2fserve.css',
        '/assets/x/../../package.json',
        '/assets/x/tsconfig.json',
        '/assets/x/uplot.d.ts',
        '/assets/%2e%2e/serve.css',
      ],
      ...[
        `/api/runs/${ID}/../../../secret.json`,
        '/api/diagnoses/..%2f..%2fsecret.json',
        '/runs/.index.sqlite',
        `/runs/${ID}/run.json`,
      ],
      ...[
        '/runs/%c0%ae%c0%ae',
        '/runs/%zz',
        '/runs/%0d%0aSet-Cookie:x=y',
        'http://127.0.0.1/secret.json',
        '//evil.example/',
        '*',
      ],
    ];
    for (const path of out) {
      const { status, body, headers } = await ask(path);
      assert.ok([400, 404].includes(status), `${path}: ${status}`);
      assert.doesNotMatch(body, /outside|"compilerOptions"|export/, path);
      assert.equal(headers['set-cookie'], undefined);
    }
  });

  it('through a link is not followed: neither a run, nor a file of one, nor the folder of diagnoses', async (context) => {
    const root = runsFolder(context);
    const elsewhere = join(root, '..', 'elsewhere');
    mkdirSync(elsewhere);
    renameSync(join(root, ID), join(elsewhere, ID));
    symlinkSync(join(elsewhere, ID), join(root, ID));
    const { ask } = await served(context, root);
    assert.equal((await ask(`/runs/${ID}`)).status, 404);
    assert.equal((await ask(`/api/runs/${ID}`)).status, 404);
    rmSync(join(root, ID));
    mkdirSync(join(root, ID));
    symlinkSync(join(root, '..', 'secret.json'), join(root, ID, 'run.json'));
    const page = await ask(`/runs/${ID}`);
    assert.doesNotMatch(page.body, /outside/);
    assert.match((await ask('/')).body, /a symbolic link, which is not followed/);
  });

  it('that is too long, or has too much in its query, is refused', async (context) => {
    const { ask } = await served(context, runsFolder(context));
    assert.equal((await ask(`/${'a'.repeat(5000)}`)).status, 414);
    assert.equal((await ask(`/?text=${'a'.repeat(300)}`)).status, 400);
    for (const path of [
      '/?page=0',
      '/?page=x',
      '/?since=yesterday',
      '/trend?last=1',
      '/trend?last=100000',
      '/compare?run=../x',
      `/compare?${Array.from({ length: 9 }, (_, i) => `run=20260302-09300${i}-0000`).join('&')}`,
    ])
      assert.equal((await ask(path)).status, 400, path);
    assert.equal((await ask("/?path=' OR 1=1 --".replaceAll(' ', '%20'))).status, 200);
  });
});

describe('a client', () => {
  it('that sends no HTTP, no host, or too large a head gets a short answer and no more', async (context) => {
    const { raw } = await served(context, runsFolder(context));
    assert.match(await raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n'), /^HTTP\/1.1 400/);
    assert.match(await raw('GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421/);
    assert.match(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 400/);
    const head = await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'a'.repeat(40_000)}\r\n\r\n`);
    assert.match(head, /^HTTP\/1.1 4\d\d/);
    assert.doesNotMatch(head, /2026/);
  });

  it('that is slow with its head or body is let go, and others are answered meanwhile', async (context) => {
    const { port, ask } = await served(context, runsFolder(context), { limits: { requestMs: 300 } });
    const ends = [
      'GET / HTTP/1.1\r\nHost: loc',
      `POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntok`,
    ].map(
      (text) =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(port, '127.0.0.1', () => socket.write(text));
          socket
            .on('close', () => resolve())
            .on('error', reject)
            .resume();
        }),
    );
    assert.equal((await ask('/')).status, 200);
    await Promise.all(ends);
  });

  it('that sends a form too large, or no form, is refused', async (context) => {
    const { send, ask, port } = await served(context, runsFolder(context), { token: 'a-token-of-some-length' });
    assert.equal((await send('/login', { token: 'a'.repeat(20_000) })).status, 413);
    const headers = { origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json' };
    assert.equal((await ask('/login', { method: 'POST', headers, body: '{}' })).status, 415);
  });

  it('of too many at once waits or is refused, and the others go on', async (context) => {
    const { port, ask } = await served(context, runsFolder(context), { limits: { connections: 8 } });
    const sockets = Array.from({ length: 30 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    await Promise.all(sockets.slice(0, 8).map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    for (const socket of sockets) socket.destroy();
    assert.equal((await ask('/')).status, 200);
  });

  it('that follows a run is one of a bounded number, and leaves nothing behind', async (context) => {
    const root = join(temporaryFolder(context), 'runs');
    mkdirSync(root);
    const folder = await generateRun({ root, paced: false, count: 200, draws: 0, interruptAfter: 2 });
    const { id } = folder.header;
    writeFileSync(
      join(folder.path, 'run.json'),
      JSON.stringify({ ...folder.header, state: 'running', endedAt: null, owner: currentOwner() }),
    );
    const { port, ask } = await served(context, root);
    const open = () =>
      new Promise<{ status: number; close: () => void }>((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path: `/api/runs/${id}/events`, agent: false }, (response) => {
          response.resume().on('error', () => undefined);
          resolve({ status: response.statusCode ?? 0, close: () => sent.destroy() });
        });
        sent.on('error', reject).end();
      });
    const opened = await Promise.all(Array.from({ length: 33 }, open));
    assert.deepEqual(
      opened.map(({ status }) => status).filter((status) => status !== 200),
      [503],
    );
    assert.equal((await ask('/')).status, 200);
    for (const { close } of opened) close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [again] = await Promise.all([open()]);
    assert.equal(again.status, 200);
    again.close();
    assert.equal((await ask(`/api/runs/${id}/events`, { method: 'HEAD' })).status, 405);
  });
});
