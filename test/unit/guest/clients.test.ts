/** The clients of QEMU's monitor and of the guest's agent, against a peer that is played by the test. */
import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { type Agent, connectAgent } from '../../../src/guest/agent.ts';
import { unplugNics } from '../../../src/vmms/qemu/hotplug.ts';
import { QmpClient, QmpError } from '../../../src/vmms/qemu/qmp.ts';

const signal = AbortSignal.timeout(30_000);
const GREETING = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}\r\n';

interface Command {
  readonly execute: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly id: number;
}

interface PlayedQemu {
  readonly qmp: QmpClient;
  readonly peer: Duplex;
  readonly commands: Command[];
}

/** A QEMU that greets and answers each command with what `play` gives. */
async function playQemu(play: (command: Command, peer: Duplex) => string | null): Promise<PlayedQemu> {
  const [ours, peer] = duplexPair();
  const commands: Command[] = [];
  peer.setEncoding('utf8');
  let rest = '';
  peer.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const command: Command = JSON.parse(line);
      commands.push(command);
      const answer = command.execute === 'qmp_capabilities' ? '"return": {}' : play(command, peer);
      if (answer !== null) peer.write(`{${answer}, "id": ${command.id}}\r\n`);
    }
  });
  peer.write(GREETING);
  return { qmp: await QmpClient.connect(ours, { signal }), peer, commands };
}

describe('the QMP client', () => {
  it('greets, leaves the negotiation, and matches answers to commands by id', async () => {
    const late: number[] = [];
    const { qmp, peer, commands } = await playQemu(({ execute, id }) => {
      if (execute !== 'slow') return `"return": {"for": "${execute}"}`;
      late.push(id);
      return null;
    });
    const slow = qmp.execute('slow', { a: 1 }, { signal });
    assert.deepEqual(await qmp.execute('quick', {}, { signal }), { for: 'quick' });
    peer.write(`{"return": 5, "id": ${late[0]}}\n`);
    assert.equal(await slow, 5);
    assert.deepEqual(
      commands.map(({ execute }) => execute),
      ['qmp_capabilities', 'slow', 'quick'],
    );
    assert.deepEqual(commands[1]?.arguments, { a: 1 });
  });

  it('reads messages that arrive in pieces, with events between them', async () => {
    const { qmp, peer } = await playQemu((_, to) => {
      to.write('{"event": "RESUME", "timestamp": {"seconds": 1, "microseconds": 0}}\r\n{"timest');
      to.write('amp": {"seconds": 1, "microseconds": 1}, "event": "DEVICE_DELETED", "data": {"device": "d1"}}\n');
      return '"return": {}';
    });
    const other = qmp.waitEvent('DEVICE_DELETED', ({ data }) => data.device === 'd2', { signal });
    const event = qmp.waitEvent('DEVICE_DELETED', ({ data }) => data.device === 'd1', { signal });
    await qmp.execute('device_del', { id: 'd1' }, { signal });
    assert.deepEqual((await event).data, { device: 'd1' });
    peer.write('{"event": "DEVICE_DELETED", "data": {"device": "d2"}}\n');
    assert.equal((await other).data.device, 'd2');
  });

  it('throws what QEMU refused, with its class', async () => {
    const { qmp } = await playQemu(() => '"error": {"class": "DeviceNotFound", "desc": "Device \'x\' not found"}');
    await assert.rejects(qmp.execute('device_del', { id: 'x' }, { signal }), (error: unknown) => {
      assert.ok(error instanceof QmpError);
      assert.equal(error.errorClass, 'DeviceNotFound');
      assert.equal(error.code, 'QMP_FAILED');
      assert.match(error.message, /device_del: DeviceNotFound: Device 'x' not found/);
      return true;
    });
  });

  it('rejects all that waits when the connection ends, and all that comes after', async () => {
    const { qmp, peer } = await playQemu(() => null);
    const command = qmp.execute('query-status', {}, { signal });
    const event = qmp.waitEvent('STOP', () => true, { signal });
    peer.end();
    await assert.rejects(command, { code: 'QMP_FAILED', message: /closed/ });
    await assert.rejects(event, { code: 'QMP_FAILED' });
    await assert.rejects(qmp.execute('stop', {}, { signal }), { code: 'QMP_FAILED' });
  });

  it('gives up at its deadline and at an abort', async () => {
    const { qmp } = await playQemu(() => null);
    await assert.rejects(
      qmp.execute('stop', {}, { signal, timeoutMs: 20 }),
      /QMP stop: QEMU did not answer within 20 ms/,
    );
    const abort = new AbortController();
    const waiting = qmp.execute('stop', {}, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  it('does not take a peer that talks something else', async () => {
    const [ours, peer] = duplexPair();
    peer.write('HTTP/1.1 200 OK\n');
    await assert.rejects(QmpClient.connect(ours, { signal }), { code: 'QMP_FAILED', message: /HTTP/ });
  });
});

describe('unplugging', () => {
  it('asks once more for a NIC whose first request the guest has lost', async () => {
    const asked: string[] = [];
    const { qmp } = await playQemu(({ arguments: { id } }, peer) => {
      asked.push(String(id));
      const lost = id === 'd1' && asked.filter((one) => one === 'd1').length === 1;
      if (!lost) peer.write(`{"event": "DEVICE_DELETED", "data": {"device": "${id}"}}\n`);
      return '"return": {}';
    });
    await unplugNics(qmp, ['d0', 'd1'], { signal });
    assert.deepEqual(asked, ['d0', 'd1', 'd1']);
  });

  it('asks for one NIC only after the other is gone, as QEMU would tell both twice', async () => {
    const told: string[] = [];
    const { qmp } = await playQemu(({ arguments: { id } }, peer) => {
      told.push(`asked ${id}`);
      setTimeout(() => {
        told.push(`gone ${id}`);
        peer.write(`{"event": "DEVICE_DELETED", "data": {"device": "${id}"}}\n`);
      }, 10);
      return '"return": {}';
    });
    await unplugNics(qmp, ['d0', 'd1'], { signal });
    assert.deepEqual(told, ['asked d0', 'gone d0', 'asked d1', 'gone d1']);
  });

  it('takes "already gone" at the second request as done, once the event tells so', async () => {
    let asked = 0;
    const { qmp } = await playQemu((_, peer) => {
      asked += 1;
      if (asked === 1) return '"return": {}';
      peer.write('{"event": "DEVICE_DELETED", "data": {"device": "d0"}}\n');
      return '"error": {"class": "DeviceNotFound", "desc": "Device \'d0\' not found"}';
    });
    await unplugNics(qmp, ['d0'], { signal });
    assert.equal(asked, 2);
  });

  it('names what is stuck when the guest never lets go', async () => {
    const { qmp } = await playQemu(({ arguments: { id } }, peer) => {
      if (id === 'd0') peer.write('{"event": "DEVICE_DELETED", "data": {"device": "d0"}}\n');
      return '"return": {}';
    });
    await assert.rejects(unplugNics(qmp, ['d0', 'd1'], { signal, timeoutMs: 1300 }), {
      code: 'QMP_FAILED',
      message: /unplug d1: .* asked twice/,
    });
  });
});

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
