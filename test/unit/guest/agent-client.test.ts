// SPDX-License-Identifier: GPL-2.0-only
/** The client of the guest's agent, against a peer that is played by the test. */
import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { type Agent, connectAgent } from '../../../src/guest/agent.ts';
import { setDeadlines } from '../../../src/system/deadline.ts';

const signal = AbortSignal.timeout(30_000);

interface PlayedAgent {
  readonly agent: Agent;
  readonly peer: Duplex;
  heard(): string;
}

function playAgent(answer: (line: string) => string | null): PlayedAgent {
  const [ours, peer] = duplexPair();
  let heard = '';
  let rest = '';
  peer.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = answer(line);
      if (reply !== null) peer.write(Buffer.from(reply, 'latin1'));
    }
  });
  return { agent: connectAgent(ours), peer, heard: () => heard };
}

const ok = (line: string, body: string) => `${line.split(' ')[0]} ok ${body.length}\n${body}`;

describe('the agent client', () => {
  it('sends an order as a line and a payload behind it', async () => {
    const { agent, heard } = playAgent((line) => (line.startsWith('1 spawn') ? ok(line, '42') : null));
    const pid = await agent.spawn({ name: 'p', argv: ['/bin/prober', 'a b'], fifo: 10 }, { signal });
    assert.equal(pid, 42);
    assert.equal(heard(), '1 spawn p -1 10 0 +16\n/bin/prober\0a b\0');
  });

  it('takes binary replies whole, in whatever pieces and order they come', async () => {
    const { agent, peer } = playAgent(() => null);
    const first = agent.output('one', { signal });
    const second = agent.output('two', { signal });
    const body = Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 255));
    const bytes = Buffer.concat([Buffer.from('2 ok 0\n1 ok 1000\n'), body]);
    for (let at = 0; at < bytes.length; at += 7) peer.write(bytes.subarray(at, at + 7));
    assert.equal((await second).length, 0);
    assert.deepEqual(await first, body);
  });

  it('tells the agent to wait for an hour at most, however deadlines are stretched', async (context) => {
    context.after(() => setDeadlines('x1'));
    setDeadlines('x10');
    const { agent, heard } = playAgent((line) => ok(line, '{"code":0,"signal":null}'));
    await agent.waitEnd('p', { signal, timeoutMs: 30_000 });
    await agent.waitEnd('p', { signal, timeoutMs: 394_000 });
    assert.equal(heard(), '1 wait p 300000\n2 wait p 3600000\n');
  });

  it("throws the agent's words where it refuses", async () => {
    const { agent } = playAgent((line) => `${line.split(' ')[0]} error 11\nno such nic`);
    await assert.rejects(agent.addAddress('eth9', '10.0.0.1/24', { signal }), {
      code: 'AGENT_REFUSED',
      message: 'order "address" to the guest: no such nic',
    });
  });

  it('parses replies, and does not take what lacks a field', async () => {
    const { agent } = playAgent((line) => {
      if (line.includes('clock')) return ok(line, '123456789012345678');
      return ok(line, line.includes('wait') ? '{"code":null,"signal":9}' : '{"agent":1}');
    });
    assert.equal(await agent.clockNs({ signal }), 123456789012345678n);
    assert.deepEqual(await agent.waitEnd('p', { signal, timeoutMs: 10 }), { code: null, signal: 9 });
    await assert.rejects(agent.hello({ signal }), /lacks "cpus"/);
  });

  it('tells a guest that ended, fell silent or talks nonsense from one that refuses', async () => {
    const silent = playAgent(() => null);
    await assert.rejects(silent.agent.clockNs({ signal, timeoutMs: 20 }), {
      code: 'GUEST_GONE',
      message: /within 20 ms/,
    });
    const waiting = silent.agent.clockNs({ signal });
    silent.peer.end();
    await assert.rejects(waiting, { code: 'GUEST_GONE' });
    await assert.rejects(silent.agent.clockNs({ signal }), { code: 'GUEST_GONE' });
    const odd = playAgent(() => 'what?\n');
    await assert.rejects(odd.agent.clockNs({ signal }), { code: 'GUEST_GONE', message: /malformed/ });
  });

  it('drops a reply that comes after its deadline, and goes on', async () => {
    let late = '';
    const { agent, peer } = playAgent((line) => {
      if (late !== '') return ok(line, '7');
      late = ok(line, 'too late');
      return null;
    });
    await assert.rejects(agent.clockNs({ signal, timeoutMs: 20 }), { code: 'GUEST_GONE' });
    peer.write(late);
    assert.equal(await agent.clockNs({ signal }), 7n);
  });

  it('sends no word that the protocol cannot carry', async () => {
    const { agent, heard } = playAgent(() => null);
    for (const path of ['two words', 'line\nbreak', '']) {
      await assert.rejects(agent.readFile(path, { signal }), /not a word/);
    }
    assert.equal(heard(), '');
  });
});
