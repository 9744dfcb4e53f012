// SPDX-License-Identifier: GPL-2.0-only
/** The client of QEMU's monitor, against a peer that is played by the test. */
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { QmpClient, QmpError } from '../../../src/vmms/qemu/qmp.ts';
import { unplugNics } from '../../../src/vmms/qemu/unplug.ts';
import { playQemu } from '../../support/played-qemu.ts';

const signal = AbortSignal.timeout(30_000);

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
