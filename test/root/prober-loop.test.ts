// SPDX-License-Identifier: GPL-2.0-only
/** The timed loop on loopback: exact counts, fair and repeatable rotation, pacing, stamps, and what the server saw. */
// @alone
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { before, describe, it } from 'node:test';
import { SAMPLE_FLAGS, type Samples } from '../../src/model/samples.ts';
import { protocolWords } from '../../src/probes/index.ts';
import { parseServerHeader } from '../../src/probes/prober/prober-header.ts';
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
  underWay,
} from './prober-rig.ts';

/** The order of the paths, round by round. */
function rounds(samples: Samples, k: number): string[] {
  const order: string[] = [];
  for (let i = 0; i < samples.length; i += k) order.push(Array.from(samples.path.subarray(i, i + k)).join(''));
  return order;
}

describe('prober loop', () => {
  before(buildProber);

  for (const protocol of protocolWords()) {
    for (const [requestBytes, responseBytes] of [
      [1, 1],
      [4, 2],
      [300, 4000],
    ] as const) {
      it(`records exactly what was asked for: ${protocol}, ${requestBytes} to ${responseBytes} bytes`, async () => {
        const { paths, listeners } = loopback(3, protocol);
        await using server = await Server.start(serverPlan(listeners, { requestBytes, responseBytes }));
        const { header, samples } = await measure(clientPlan(paths, { protocol, requestBytes, responseBytes }));
        assert.equal(samples.length, 3 * 210);
        assert.equal(header.ended, 'count');
        for (const { index, measured, lost, error } of header.paths) {
          assert.deepEqual({ measured, lost, error }, { measured: 200, lost: 0, error: null });
          assert.equal(ofPath(samples, index), 210);
          assert.equal(flagged(samples, SAMPLE_FLAGS.warmup, index), 10);
        }
        assert.ok(header.counts.wallNs > 0 && header.counts.cpuNs > 0);

        const dump = decodeServerDump(await server.stop(), 'server');
        const seen = parseServerHeader(dump.header, 'server').listeners;
        assert.deepEqual(
          seen.map(({ served, dropped, badRequests }) => [served, dropped, badRequests]),
          new Array(3).fill([210, 0, 0]),
        );
        const merged = mergeServerTimes(samples, dump.times, { protocol, requestBytes, connection: null });
        assert.equal(flagged(merged, SAMPLE_FLAGS.serverStamp), samples.length);
        assert.ok(merged.serverNs.every((ns, i) => ns > 0 && ns < (merged.rttNs[i] ?? 0)));
      });
    }

    it(`waits by busy-polling as well, or says that it may not: ${protocol}`, async () => {
      const { paths, listeners } = loopback(2, protocol);
      await using _server = await Server.start(serverPlan(listeners, { wait: 'busy-poll' }));
      const { header } = await measure(clientPlan(paths, { protocol, wait: 'busy-poll', count: 50 }));
      assert.deepEqual(
        header.paths.map(({ measured, lost }) => [measured, lost]),
        [
          [50, 0],
          [50, 0],
        ],
      );
      assert.ok(header.granted.refused.every((reason) => reason.startsWith('SO_BUSY_POLL: ')));
    });

    it(`waits by spinning as well: ${protocol}`, async () => {
      const { paths, listeners } = loopback(2, protocol);
      await using server = await Server.start(serverPlan(listeners, { wait: 'spin' }));
      const { header } = await measure(clientPlan(paths, { protocol, wait: 'spin', warmup: 0, count: 50 }));
      assert.deepEqual(
        header.paths.map(({ measured, lost }) => [measured, lost]),
        [
          [50, 0],
          [50, 0],
        ],
      );
      const seen = parseServerHeader(decodeServerDump(await server.stop(), 'server').header, 'server').listeners;
      assert.deepEqual(
        seen.map(({ served }) => served),
        [50, 50],
      );
    });
  }

  it('takes every path once a round, in every order, and the same ones for the same seed', async () => {
    const { paths, listeners } = loopback(3, 'tcp_rr');
    await using _server = await Server.start(serverPlan(listeners));
    const orders: string[][] = [];
    for (const seed of [7, 7, 8])
      orders.push(rounds((await measure(clientPlan(paths, { seed, warmup: 0, count: 600 }))).samples, 3));
    const [first, again, other] = orders;
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    const seen = new Map<string, number>();
    for (const order of first ?? []) seen.set(order, (seen.get(order) ?? 0) + 1);
    // 600 rounds over 6 orders; the seed is fixed, so this is no coin toss. 5.9 sd off the mean would be a biased shuffle.
    assert.deepEqual([...seen.keys()].sort(), ['012', '021', '102', '120', '201', '210']);
    for (const [order, n] of seen) assert.ok(n > 46 && n < 154, `${order} came ${n} times of 600`);
  });

  it('starts paced transactions at slots of one grid, each slot at most once, and none early', async () => {
    const paceNs = 500_000;
    const { paths, listeners } = loopback(2, 'udp_rr');
    await using _server = await Server.start(serverPlan(listeners));
    const { header, samples } = await measure(
      clientPlan(paths, { protocol: 'udp_rr', paceNs, count: 200, warmup: 5, spinNs: 100_000 }),
    );
    const measured = samples.schedNs.slice(10);
    const first = measured[0] ?? 0n;
    const slots = Array.from(measured, (ns) => Number(ns - first) / paceNs);
    slots.forEach((slot, i) => {
      assert.ok(Number.isInteger(slot), `slot ${slot}`);
      assert.ok(i === 0 || slot > (slots[i - 1] ?? 0));
    });
    // Every slot from the first to the last was either used or counted as skipped.
    const before = header.counts.skippedSlots - ((slots.at(-1) ?? 0) + 1 - slots.length);
    assert.ok(before >= 0, `${header.counts.skippedSlots} skipped of ${(slots.at(-1) ?? 0) + 1}`);
    assert.ok(header.counts.wallNs >= 400 * paceNs);
    const late = samples.lateNs.slice(10).filter((ns) => ns > 100_000).length;
    assert.equal(flagged(samples, SAMPLE_FLAGS.late), late);
  });

  it('skips and counts the slots that pass while a transaction is under way', async () => {
    const slow = createServer((socket) => {
      socket.on('data', (data) => setTimeout(() => socket.write(data), 10));
      // The client ends its connections by a reset.
      socket.on('error', () => socket.destroy());
    });
    const { paths } = loopback(1, 'tcp_rr');
    await new Promise<void>((resolve) => slow.listen(paths[0]?.port, '127.0.0.1', resolve));
    try {
      const { header, samples } = await measure(clientPlan(paths, { paceNs: 2_000_000, count: 20, warmup: 0 }));
      assert.equal(samples.length, 20);
      // Each of the 19 gaps holds at least four slots that a transaction of 10 ms covers.
      assert.ok(header.counts.skippedSlots >= 19 * 4, `${header.counts.skippedSlots}`);
      assert.ok(samples.schedNs.every((ns, i) => i === 0 || ns - (samples.schedNs[i - 1] ?? 0n) >= 10_000_000n));
    } finally {
      slow.close();
    }
  });

  it('ends at its duration with whole rounds only', async () => {
    const { paths, listeners } = loopback(3, 'tcp_rr');
    await using _server = await Server.start(serverPlan(listeners));
    const { header, samples } = await measure(clientPlan(paths, { count: null, durationNs: 100_000_000 }));
    assert.equal(header.ended, 'duration');
    assert.ok(samples.length > 30);
    assert.deepEqual(new Set(header.paths.map(({ measured }) => measured)).size, 1);
  });

  it('takes a kernel stamp within every transaction, and none when told so', async () => {
    for (const protocol of protocolWords()) {
      const { paths, listeners } = loopback(2, protocol);
      await using _server = await Server.start(serverPlan(listeners));
      const { samples } = await measure(clientPlan(paths, { protocol, warmup: 50 }));
      const bare = samples.flags.slice(100).filter((flags) => (flags & SAMPLE_FLAGS.kernelStamp) === 0).length;
      assert.equal(bare, 0, protocol);
      assert.ok(samples.kernelReceiveNs.every((ns, i) => i < 100 || (ns > 0 && ns <= (samples.rttNs[i] ?? 0))));
      const without = await measure(clientPlan(paths, { protocol, stamps: false }));
      assert.equal(flagged(without.samples, SAMPLE_FLAGS.kernelStamp), 0);
    }
  });

  it('makes more connections than there are ports, and leaves none in TIME_WAIT', async () => {
    const { paths, listeners } = loopback(1, 'tcp_crr');
    await using _server = await Server.start(serverPlan(listeners));
    const [low = 0, high = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
    const count = high - low + 500;
    const { header, samples } = await measure(clientPlan(paths, { protocol: 'tcp_crr', count, warmup: 0 }));
    assert.deepEqual(
      header.paths.map(({ measured, lost, error }) => [measured, lost, error]),
      [[count, 0, null]],
    );
    assert.equal(samples.length, count);
    const port = (paths[0]?.port ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const waiting = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`:${port} `) && / 06 /.test(line));
    assert.equal(waiting.length, 0);
  });

  it('keeps what was recorded when SIGTERM stops it', async () => {
    const { paths, listeners } = loopback(2, 'tcp_rr');
    await using server = await Server.start(serverPlan(listeners));
    const client = start('client', clientPlanText(clientPlan(paths, { count: 1_000_000 })));
    await underWay(paths[0]?.port ?? 0, 200);
    client.child.kill('SIGTERM');
    const { header, samples } = readResult(await client.finished);
    assert.equal(header.ended, 'signal');
    assert.ok(samples.length > 20);
    assert.equal(flagged(samples, SAMPLE_FLAGS.lost), 0);
    const { times } = decodeServerDump(await server.stop(), 'server');
    const merged = mergeServerTimes(samples, times, { protocol: 'tcp_rr', requestBytes: 1, connection: null });
    assert.ok(flagged(merged, SAMPLE_FLAGS.serverStamp) > 20);
  });
});
