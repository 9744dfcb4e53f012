// SPDX-License-Identifier: GPL-2.0-only
/** The prober under faults: loss, late answers, dead servers, clients that vanish; each path alone pays for its own. */
// @alone
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SAMPLE_FLAGS } from '../../src/model/samples.ts';
import { type ClientHeader, parseServerHeader } from '../../src/probes/prober/prober-header.ts';
import { clientPlanText } from '../../src/probes/prober/prober-plan.ts';
import { decodeServerDump, mergeServerTimes } from '../../src/probes/prober/server-times.ts';
import {
  buildProber,
  clientPlan,
  flagged,
  loopback,
  measure,
  ofPath,
  readResult,
  Server,
  serverPlan,
  start,
} from './prober-rig.ts';

const UDP_TIMEOUT_NS = 20_000_000;

/** A UDP peer that answers each n-th request as `act` says. */
async function udpPeer(
  port: number,
  act: (n: number) => { delayMs: number; copies: number },
): Promise<AsyncDisposable> {
  const socket = createSocket('udp4');
  let n = 0;
  let open = true;
  socket.on('message', (data, from) => {
    const { delayMs, copies } = act(n++);
    const answer = () => {
      for (let i = 0; i < copies && open; i++) socket.send(data, from.port, from.address);
    };
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  return {
    [Symbol.asyncDispose]: () => {
      open = false;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/** Paced transactions over K paths, of which the first one's server is killed after a moment. */
async function killOneOf(k: number, protocol: 'tcp_rr' | 'tcp_crr', count: number): Promise<ClientHeader> {
  const { paths, listeners } = loopback(k, protocol);
  const [first, ...rest] = listeners;
  assert.ok(first);
  await using doomed = await Server.start(serverPlan([first]));
  await using _others = await Server.start(serverPlan(rest));
  const client = start('client', clientPlanText(clientPlan(paths, { protocol, paceNs: 1_000_000, count, warmup: 0 })));
  await delay(150);
  doomed.kill();
  const { header, samples } = readResult(await client.finished);
  assert.equal(flagged(samples, SAMPLE_FLAGS.lost, 0), header.paths[0]?.lost);
  return header;
}

function missed({ paths: [dead] }: ClientHeader, count: number): boolean {
  return dead === undefined || dead.measured === 0 || dead.measured === count;
}

describe('prober faults', () => {
  before(buildProber);

  for (const requestBytes of [1, 4]) {
    it(`marks lost datagrams, drains late ones and never shifts an answer: ${requestBytes} bytes`, async () => {
      const { paths } = loopback(1, 'udp_rr');
      const late = 10;
      // Every 10th request goes unanswered; every 10th + 5 is answered long after its time-out.
      await using _peer = await udpPeer(paths[0]?.port ?? 0, (n) => ({
        delayMs: n % 10 === 5 ? 60 : 0,
        copies: n % 10 === 0 ? 0 : 1,
      }));
      const { header, samples } = await measure(
        clientPlan(paths, {
          protocol: 'udp_rr',
          requestBytes,
          responseBytes: requestBytes,
          count: 10 * late,
          warmup: 0,
          timeoutNs: UDP_TIMEOUT_NS,
          paceNs: 1_000_000,
        }),
      );
      assert.equal(samples.length, 10 * late);
      const lost = Array.from(samples.flags.keys()).filter((i) => ((samples.flags[i] ?? 0) & SAMPLE_FLAGS.lost) !== 0);
      const expected = Array.from(samples.flags.keys()).filter((i) => i % 5 === 0);
      // The peer may answer others late on a busy machine, but these are always lost.
      for (const i of expected) assert.ok(lost.includes(i), `${i} should be lost`);
      assert.ok(header.counts.lateResponses >= late - 1, `${header.counts.lateResponses} late`);
      for (const i of lost) assert.ok((samples.rttNs[i] ?? 0) >= UDP_TIMEOUT_NS - 4_000_000);
      assert.equal(header.paths[0]?.error, null);
    });
  }

  it('takes one answer of each pair of duplicates', async () => {
    const { paths } = loopback(1, 'udp_rr');
    await using _peer = await udpPeer(paths[0]?.port ?? 0, () => ({ delayMs: 0, copies: 2 }));
    const { header, samples } = await measure(clientPlan(paths, { protocol: 'udp_rr', count: 300, warmup: 0 }));
    assert.equal(samples.length, 300);
    assert.equal(flagged(samples, SAMPLE_FLAGS.lost), 0);
    assert.ok(header.counts.lateResponses >= 250, `${header.counts.lateResponses}`);
  });

  it('leaves a silent UDP path after its limit of losses, and goes on with the other', async () => {
    const { paths, listeners } = loopback(2, 'udp_rr');
    const [, second] = listeners;
    assert.ok(second);
    await using _server = await Server.start(serverPlan([second]));
    await using _silent = await udpPeer(paths[0]?.port ?? 0, () => ({ delayMs: 0, copies: 0 }));
    const { header, samples } = await measure(
      // Long enough for the answers of the other path on a busy machine.
      clientPlan(paths, { protocol: 'udp_rr', count: 100, warmup: 0, timeoutNs: 8 * UDP_TIMEOUT_NS }),
    );
    assert.equal(flagged(samples, SAMPLE_FLAGS.lost, 0), 10);
    assert.match(header.paths[0]?.error ?? '', /10 transactions in a row without a response from 127\.0\.0\.1/);
    assert.deepEqual(
      [ofPath(samples, 1), flagged(samples, SAMPLE_FLAGS.lost, 1), header.paths[1]?.error],
      [100, 0, null],
    );
  });

  it('keeps server times apart when datagrams were lost', async () => {
    const { paths, listeners } = loopback(1, 'udp_rr');
    await using server = await Server.start(serverPlan(listeners, { requestBytes: 4, responseBytes: 4 }));
    // A stranger's datagram of another length is counted and not answered; the server reads it before all others.
    const stranger = createSocket('udp4');
    await new Promise<void>((resolve) =>
      stranger.send(Buffer.alloc(9), paths[0]?.port ?? 0, '127.0.0.1', () => resolve()),
    );
    stranger.close();
    const plan = clientPlan(paths, { protocol: 'udp_rr', requestBytes: 4, responseBytes: 4, count: 50, warmup: 0 });
    const { samples } = await measure(plan);
    const dump = decodeServerDump(await server.terminate(), 'server');
    assert.equal(parseServerHeader(dump.header, 'server').listeners[0]?.badRequests, 1);
    const merged = mergeServerTimes(samples, dump.times, { protocol: 'udp_rr', requestBytes: 4, connection: null });
    assert.equal(flagged(merged, SAMPLE_FLAGS.serverStamp), 50);
  });

  for (const protocol of ['tcp_rr', 'tcp_crr'] as const) {
    it(`goes on with the other paths when one server dies in the middle: ${protocol}`, async () => {
      const count = 200;
      let header = await killOneOf(3, protocol, count);
      // On a busy machine the death may come before the first transaction, or after the last: that shows nothing.
      for (let attempt = 1; attempt < 5 && missed(header, count); attempt++)
        header = await killOneOf(3, protocol, count);
      const [dead, ...living] = header.paths;
      assert.match(dead?.error ?? '', /closed the connection|reset by peer|refused/);
      assert.ok((dead?.measured ?? 0) > 0 && (dead?.measured ?? 0) < count);
      assert.equal(dead?.lost, 1);
      for (const { measured, lost, error } of living) assert.deepEqual([measured, lost, error], [count, 0, null]);
    });
  }

  it('leaves out a path that refuses the connection, and writes a result even when all do', async () => {
    const { paths, listeners } = loopback(2, 'tcp_rr');
    await using _server = await Server.start(serverPlan(listeners.slice(1)));
    const { header } = await measure(clientPlan(paths));
    assert.match(header.paths[0]?.error ?? '', /connect to 127\.0\.0\.1 port \d+: Connection refused/);
    assert.deepEqual([header.paths[1]?.measured, header.paths[1]?.error], [200, null]);
    const alone = await measure(clientPlan(paths.slice(0, 1)));
    assert.equal(alone.header.ended, 'no-path');
    assert.equal(alone.samples.length, 0);
  });

  it('serves one client after another, though some vanish in the middle of a request', async () => {
    const { paths, listeners } = loopback(1, 'tcp_rr');
    await using server = await Server.start(serverPlan(listeners, { requestBytes: 100, responseBytes: 100 }));
    for (let i = 0; i < 300; i++) {
      await new Promise<void>((resolve) => {
        const socket = connect(paths[0]?.port ?? 0, '127.0.0.1', () => {
          socket.write(Buffer.alloc(37), () => {
            socket.destroy();
            resolve();
          });
        });
      });
      // The last one of all, too: connections are accepted in order, so it also waits for those before it.
      if (i % 100 === 99) await measure(clientPlan(paths, { requestBytes: 100, responseBytes: 100, count: 20 }));
    }
    const dump = decodeServerDump(await server.stop(), 'server');
    const [seen] = parseServerHeader(dump.header, 'server').listeners;
    assert.deepEqual([seen?.connections, seen?.served], [303, 90]);
  });

  it('lets a silent client hold a crr listener only for a while', async () => {
    const { paths, listeners } = loopback(1, 'tcp_crr');
    await using _server = await Server.start(serverPlan(listeners));
    const silent = connect(paths[0]?.port ?? 0, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const { header } = await measure(clientPlan(paths, { protocol: 'tcp_crr', count: 50, warmup: 0 }));
    silent.destroy();
    assert.deepEqual([header.paths[0]?.measured, header.paths[0]?.lost], [50, 0]);
  });

  it('counts the answers for whose times it had no room', async () => {
    const { paths, listeners } = loopback(1, 'tcp_rr');
    await using server = await Server.start(serverPlan(listeners, { records: 30 }));
    await measure(clientPlan(paths, { count: 100, warmup: 0 }));
    const dump = decodeServerDump(await server.stop(), 'server');
    assert.equal(dump.times.length, 30);
    assert.deepEqual(parseServerHeader(dump.header, 'server').listeners[0]?.dropped, 70);
  });
});
