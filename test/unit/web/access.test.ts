// SPDX-License-Identifier: GPL-2.0-only
/** Who may ask the dashboard, over real sockets: hosts, origins, methods, the token and its sessions. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { newToken } from '../../../src/web/access.ts';
import { makeRuns } from '../../fixtures/many-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { type Served, served } from '../../support/served.ts';

const TOKEN = 'a-token-of-some-length-0123456789';

function runsFolder(context: TestContext): string {
  const root = join(temporaryFolder(context), 'runs');
  mkdirSync(root);
  makeRuns(root, 3);
  return root;
}

function cookieOf(headers: { readonly 'set-cookie'?: string[] | undefined }): string {
  const [cookie = ''] = headers['set-cookie'] ?? [];
  return cookie.split(';')[0] ?? '';
}

describe('a server on loopback', () => {
  it('answers its own names and addresses, whatever the port they were forwarded from', async (context) => {
    const { ask, port } = await served(context, runsFolder(context));
    for (const host of [`127.0.0.1:${port}`, 'localhost:9000', '[::1]:80', '127.0.0.1'])
      assert.equal((await ask('/', { headers: { host } })).status, 200, host);
  });

  it('refuses a foreign name in the Host header: it may have been made to lead here', async (context) => {
    const { ask } = await served(context, runsFolder(context));
    for (const host of ['evil.example', 'localhost.evil.example:80', '127.0.0.1.nip.io', 'localhost@evil.example']) {
      const { status, body } = await ask('/', { headers: { host } });
      assert.ok(status === 421 || status === 400, `${host}: ${status}`);
      assert.doesNotMatch(body, /2026/);
    }
  });

  it('has strict headers on every answer, errors and files too', async (context) => {
    const { ask } = await served(context, runsFolder(context));
    const page = (await ask('/')).body;
    const asset = /href="(\/assets\/[^"]+serve\.css)"/.exec(page)?.[1];
    assert.ok(asset);
    for (const path of ['/', '/nothing', '/api/runs', '/doctor', '/%zz', asset]) {
      const { headers } = await ask(path);
      const policy = headers['content-security-policy'] ?? '';
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
      ])
        assert.ok(String(policy).includes(rule), `${path}: ${rule}`);
      assert.doesNotMatch(String(policy), /unsafe/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
  });

  it('has pages without anything inline', async (context) => {
    const { ask } = await served(context, runsFolder(context));
    for (const path of ['/', '/doctor', '/trend', '/nothing']) {
      const { body } = await ask(path);
      assert.doesNotMatch(body, /<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:/i, path);
    }
  });

  it('takes GET and HEAD alone, and no body of another site', async (context) => {
    const { ask, send } = await served(context, runsFolder(context));
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const { status, headers } = await ask('/', { method });
      assert.equal(status, 405, method);
      assert.match(String(headers.allow), /GET/);
    }
    const head = await ask('/', { method: 'HEAD' });
    assert.deepEqual([head.status, head.body], [200, '']);
    assert.equal((await send('/', {})).status, 405);
    assert.equal((await send('/start', { effort: 'quick' })).status, 403);
    assert.equal((await ask('/start')).status, 404);
    assert.equal((await send('/login', {}, { origin: 'http://evil.example' })).status, 403);
    assert.equal((await send('/login', {}, { origin: 'null' })).status, 403);
    assert.equal((await ask('/login', { method: 'POST' })).status, 403);
    const crossed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    assert.equal((await ask('/', { headers: crossed })).status, 403);
    assert.equal((await ask('/', { headers: { ...crossed, 'sec-fetch-mode': 'navigate' } })).status, 200);
  });

  it('tells a fault to its terminal, and nothing of it to who asks', async (context) => {
    const { ask, said } = await served(context, runsFolder(context), {
      doctor: () => Promise.reject(new Error('secret of /root/place')),
    });
    for (const path of ['/doctor?x=sensitive', '/api/doctor']) {
      const { status, body } = await ask(path);
      assert.equal(status, 500);
      assert.doesNotMatch(body, /secret|\/root|\bat .*\.js/);
    }
    assert.match(said.join('\n'), /secret of \/root\/place[\s\S]*at /);
    assert.doesNotMatch(said.join('\n'), /sensitive/);
  });
});

describe('a server with a token', () => {
  const start = (context: TestContext): Promise<Served> => served(context, runsFolder(context), { token: TOKEN });

  it('shows nothing without it: the form alone', async (context) => {
    const { ask } = await start(context);
    for (const path of ['/', '/runs/20260302-093000-0000-even', '/api/runs', '/doctor', '/start']) {
      const { status, body } = await ask(path);
      assert.equal(status, 401, path);
      assert.doesNotMatch(body, /20260302|bench1|tap/);
    }
    assert.equal((await ask('/assets/x/serve.css')).status, 200);
  });

  it('answers the token in an address with a clean address and a cookie that scripts and other sites do not get', async (context) => {
    const { ask, port, said } = await start(context);
    const first = await ask(`/trend?path=tap&token=${TOKEN}`);
    assert.equal(first.status, 303);
    assert.equal(first.headers.location, '/trend?path=tap');
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    assert.match(cookie, new RegExp(`^hoplab-${port}=`));
    for (const word of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(word), word);
    assert.doesNotMatch(JSON.stringify(first), new RegExp(TOKEN));
    const page = await ask('/trend?path=tap', { headers: { cookie: cookieOf(first.headers) } });
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.body, new RegExp(TOKEN));
    // Typed once more, with a session: it leaves the address all the same.
    const again = await ask(`/?token=${TOKEN}`, { headers: { cookie: cookieOf(first.headers) } });
    assert.deepEqual([again.status, again.headers.location], [303, '/']);
    assert.deepEqual(said, []);
  });

  it('takes it from the form and from the header of a program', async (context) => {
    const { ask, send } = await start(context);
    const sent = await send('/login', { token: ` ${TOKEN}\n` });
    assert.deepEqual([sent.status, sent.headers.location], [303, '/']);
    assert.equal((await ask('/', { headers: { cookie: cookieOf(sent.headers) } })).status, 200);
    assert.equal((await ask('/api/runs', { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200);
    assert.equal((await send('/login', { token: TOKEN }, { origin: 'http://evil.example' })).status, 403);
  });

  it('knows no invented, cut or other cookie', async (context) => {
    const { ask, port } = await start(context);
    const good = cookieOf((await ask(`/?token=${TOKEN}`)).headers);
    for (const cookie of [
      `hoplab-${port}=${newToken()}`,
      good.slice(0, -1),
      `hoplab-1=${good.split('=')[1]}`,
      `hoplab-${port}=`,
      `hoplab-${port}=${TOKEN}`,
    ])
      assert.equal((await ask('/', { headers: { cookie } })).status, 401, cookie);
    assert.equal((await ask('/', { headers: { cookie: `a=b; ${good}; c=d` } })).status, 200);
  });

  it('makes whoever guesses wait, also with the right token then, and keeps sessions going', async (context) => {
    const { ask } = await start(context);
    const cookie = cookieOf((await ask(`/?token=${TOKEN}`)).headers);
    const wrong = [];
    for (let i = 0; i < 8; i++) wrong.push((await ask(`/?token=wrong-${i}`)).status);
    assert.deepEqual(wrong, [401, 401, 401, 401, 401, 429, 429, 429]);
    const right = await ask(`/?token=${TOKEN}`);
    assert.equal(right.status, 429);
    assert.ok(Number(right.headers['retry-after']) > 0);
    assert.equal((await ask('/', { headers: { cookie } })).status, 200);
  });

  it('checks the host before the token', async (context) => {
    const { ask } = await start(context);
    assert.equal((await ask(`/?token=${TOKEN}`, { headers: { host: 'evil.example' } })).status, 421);
  });
});
