// SPDX-License-Identifier: GPL-2.0-only
/** The eBPF bridge forwards, learns, forgets and refuses, over real taps and veths. */
// @first 2
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { needs } from '../support/needs.ts';
import { ethernet, mac } from './hopbridge-frames.ts';
import { portsOf, Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const C = '02:00:00:00:00:0c';
const signal = AbortSignal.timeout(600_000);
const AGEING_MS = 900;
/** A station that was late by more than this may be forgotten: a frame takes its time to the bridge. */
const LATE_MS = 600;

for (const mode of ['native', 'generic', 'tc'] as const) {
  describe(`the bridge in mode ${mode}`, { skip: needs('root', 'linux') }, () => {
    let rig: Rig;
    const ports = (options: Record<string, string> = {}) =>
      ['t0', 't1', 'v0'].map((name) => `port ${name} mode=${mode} ${options[name] ?? ''}`);

    before(async () => {
      rig = await Rig.open({ taps: 2, veths: 1 }, signal);
    });
    after(async () => rig?.[Symbol.asyncDispose]());

    it('floods what it does not know to all but the sender, and forwards what it learned to one', async () => {
      const ready = await rig.bridge(...ports());
      assert.deepEqual(
        ready.ports.map((port) => port.mode),
        [mode, mode, mode],
      );
      const first = ethernet(ALL, A);
      const flooded = await rig.exchange(0, first);
      assert.deepEqual(portsOf(flooded), [1, 2]);
      for (const { bytes } of flooded) assert.deepEqual(bytes, first);
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(A, B))), [0]);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(B, A))), [2]);
      assert.deepEqual(portsOf(await rig.exchange(1, ethernet(C, '02:00:00:00:00:0d'))), [0, 2]);
      const { ports: counted, losses } = await rig.stats();
      for (const { port, counters } of counted) {
        const dropped = Object.entries(counters).filter(([name]) => name.startsWith('drop_'));
        const out = dropped.reduce((sum, [, { packets }]) => sum + packets, 0);
        const done = (counters.forwarded?.packets ?? 0) + (counters.flooded?.packets ?? 0);
        assert.equal(counters.received?.packets, done + out, port);
      }
      assert.deepEqual(
        counted.map(({ counters }) => [counters.received?.packets, counters.sent?.packets]),
        [
          [2, 2],
          [1, 1],
          [1, 3],
        ],
      );
      assert.deepEqual(losses, []);
    });

    it('does not send a frame back to where its destination is', async () => {
      await rig.bridge(...ports());
      await rig.exchange(0, ethernet(ALL, A));
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(A, B))), []);
      assert.equal(await rig.counted('t0', 'drop_same_port'), 1);
    });

    it('follows a station that moves, and counts the move', async () => {
      await rig.bridge(...ports());
      await rig.exchange(0, ethernet(ALL, A));
      await rig.exchange(1, ethernet(ALL, A));
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(A, B))), [1]);
      assert.equal(await rig.counted('t1', 'moved'), 1);
      const entry = (await rig.fdb()).find((one) => one.mac === A);
      assert.deepEqual([entry?.port, entry?.moves], ['t1', 1]);
    });

    it('forgets a silent station after the ageing time, and not one that speaks', async () => {
      await rig.bridge(`ageing-ms ${AGEING_MS}`, ...ports());
      let longest = LATE_MS;
      // A machine that was too busy to let the station speak in time has shown nothing: once more.
      for (let attempt = 0; longest >= LATE_MS; attempt++) {
        assert.ok(attempt < 10, `${longest} ms without a word of the station`);
        await rig.exchange(0, ethernet(ALL, A));
        let spoke = performance.now();
        await rig.exchange(1, ethernet(ALL, C));
        longest = 0;
        const heard = () => {
          longest = Math.max(longest, performance.now() - spoke);
          spoke = performance.now();
        };
        for (let i = 0; i < 4; i++) {
          await delay(AGEING_MS / 4);
          rig.send(1, ethernet(ALL, C));
          heard();
        }
        await rig.arrived();
        const reached = portsOf(await rig.exchange(2, ethernet(C, B)));
        heard();
        if (longest < LATE_MS) assert.deepEqual(reached, [1]);
      }
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(A, B))), [0, 1]);
      const known = (await rig.fdb()).map((one) => one.mac);
      assert.ok(known.includes(C) && !known.includes(A), known.join());
    });

    it('acts on no lookup of before once a station moved, was flushed, was fixed elsewhere or has aged', async () => {
      await rig.bridge(...ports());
      const reached = async () => portsOf(await rig.exchange(2, ethernet(A, B)));
      await rig.exchange(0, ethernet(ALL, A));
      assert.deepEqual([await reached(), await reached()], [[0], [0]]);
      await rig.exchange(1, ethernet(ALL, A));
      assert.deepEqual(await reached(), [1]);
      await rig.command('fdb flush');
      assert.deepEqual(await reached(), [0, 1]);
      await rig.exchange(0, ethernet(ALL, A));
      assert.deepEqual(await reached(), [0]);
      await rig.command(`fdb add ${A} dev t1`);
      assert.deepEqual(await reached(), [1]);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), []);
      await rig.command(`fdb del ${A}`);
      assert.deepEqual(await reached(), [0, 1]);
      await rig.bridge(`ageing-ms ${AGEING_MS}`, ...ports());
      // As above: on a busy machine it may have aged already.
      for (let attempt = 0, late = true; late; attempt++) {
        assert.ok(attempt < 10, 'the frame to the station never came in time');
        const spoke = performance.now();
        await rig.exchange(0, ethernet(ALL, A));
        const ports = await reached();
        late = performance.now() - spoke >= LATE_MS;
        if (!late) assert.deepEqual(ports, [0]);
      }
      await delay(AGEING_MS + 100);
      assert.deepEqual(await reached(), [0, 1]);
    });

    it('keeps a static address where it was put: not flooded, not moved, and nobody else sends as it', async () => {
      await rig.bridge('ageing-ms 100', ...ports());
      assert.deepEqual(await rig.command(`fdb add ${A} dev t0`), { added: 1 });
      await delay(150);
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(A, B))), [0]);
      assert.deepEqual(portsOf(await rig.exchange(1, ethernet(ALL, A))), []);
      assert.equal(await rig.counted('t1', 'drop_static'), 1);
      assert.deepEqual(await rig.command(`fdb del ${A}`), { deleted: 1 });
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(A, B))), [0, 1]);
    });

    it('flushes the addresses of one port or of all', async () => {
      await rig.bridge(...ports());
      await rig.exchange(0, ethernet(ALL, A));
      await rig.exchange(1, ethernet(ALL, C));
      assert.deepEqual(await rig.command('fdb flush dev t0'), { flushed: 1 });
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(A, B))), [0, 1]);
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(C, B))), [1]);
      assert.deepEqual(await rig.command('fdb flush'), { flushed: 2 });
      assert.deepEqual(await rig.fdb(), []);
    });

    it('lets only allowed sources speak on a port with a list, and drops sources that are no station', async () => {
      await rig.bridge(...ports({ t0: `allow=${A},${C}` }));
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1, 2]);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, C))), [1, 2]);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, B))), []);
      assert.deepEqual(portsOf(await rig.exchange(1, ethernet(ALL, B))), [0, 2]);
      assert.deepEqual(portsOf(await rig.exchange(1, ethernet(A, '01:00:5e:00:00:01'))), []);
      assert.equal(await rig.counted('t0', 'drop_spoofed'), 1);
      assert.equal(await rig.counted('t1', 'drop_bad_source'), 1);
    });

    it('cuts a storm to its limit, and leaves known destinations alone', async () => {
      await rig.bridge(...ports({ t0: 'storm=50' }));
      await rig.exchange(1, ethernet(ALL, B));
      const began = performance.now();
      for (let i = 0; i < 200; i++) rig.send(0, ethernet(ALL, A));
      for (let i = 0; i < 100; i++) rig.send(0, ethernet(B, A));
      const arrived = await rig.arrived();
      const windows = Math.ceil((performance.now() - began) / 100) + 1;
      const broadcasts = arrived.filter(
        ({ port, bytes }) => port === 2 && bytes.subarray(0, 6).equals(mac(ALL)),
      ).length;
      const dropped = await rig.counted('t0', 'drop_storm');
      // Five in each window of a tenth of a second; the frames take a few of them, unless their sender has no CPU.
      assert.ok(broadcasts >= 5 && broadcasts <= 5 * windows, `${broadcasts} in ${windows} windows`);
      assert.equal(broadcasts + dropped, 200);
      assert.equal(arrived.filter(({ port, bytes }) => port === 1 && bytes.subarray(0, 6).equals(mac(B))).length, 100);
    });

    it('keeps to the size of its FDB: evicted addresses are flooded and counted, and nothing stalls', async () => {
      await rig.bridge('fdb-size 64', ...ports());
      const address = (i: number) =>
        `02:00:00:01:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
      for (let i = 0; i < 1000; i++) rig.send(0, ethernet(B, address(i)));
      assert.equal((await rig.arrived()).length, 2000);
      const { fdb } = await rig.stats();
      assert.equal(fdb.size, 64);
      assert.ok(fdb.entries <= 64 && fdb.entries > 0, String(fdb.entries));
      assert.equal(fdb.learned, 1000);
      assert.equal(fdb.evicted, 1000 - fdb.entries);
      // The kernel's LRU is not a strict one: which address went is for the table to say.
      const known = new Set((await rig.fdb()).map((entry) => entry.mac));
      const evicted = Array.from({ length: 1000 }, (_, i) => address(i)).find((each) => !known.has(each)) ?? '';
      assert.deepEqual(portsOf(await rig.exchange(2, ethernet(evicted, B))), [0, 1]);
    });

    it('keeps link-local groups to itself, unless told otherwise', async () => {
      await rig.bridge(...ports());
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet('01:80:c2:00:00:0e', A))), []);
      assert.equal(await rig.counted('t0', 'drop_link_local'), 1);
      await rig.bridge('link-local forward', ...ports());
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet('01:80:c2:00:00:0e', A))), [1, 2]);
    });

    it('drops and counts what is larger than the MTU of where it goes', async () => {
      await rig.ns('ip', 'link', 'set', 't1', 'mtu', '600');
      try {
        const { notes } = await rig.bridge(...ports());
        assert.ok(notes.some(({ port, text }) => port === 't1' && /MTU 600/.test(text)));
        const large = { payload: Buffer.alloc(1000, 7) };
        assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A, large))), [2]);
        assert.equal(await rig.counted('t1', 'flood_too_big'), 1);
        await rig.exchange(1, ethernet(ALL, B));
        assert.deepEqual(portsOf(await rig.exchange(0, ethernet(B, A, large))), []);
        assert.equal(await rig.counted('t0', 'drop_too_big'), 1);
      } finally {
        await rig.ns('ip', 'link', 'set', 't1', 'mtu', '1500');
      }
    });

    it('answers a wrong command with an error and goes on', async () => {
      await rig.bridge(...ports());
      for (const wrong of ['nonsense', 'fdb add', 'fdb add 02:00:00:00:00:zz dev t0', `fdb add ${A} dev t9`]) {
        assert.match(JSON.stringify(await rig.command(wrong)), /^\{"error":/);
      }
      assert.match(JSON.stringify(await rig.command(`fdb add ${A} dev t0 vlan 4095`)), /^\{"error":/);
      assert.match(JSON.stringify(await rig.command(`fdb del ${A}`)), /no such address/);
      assert.deepEqual(await rig.fdb(), []);
    });

    it('leaves nothing attached when it is killed', async () => {
      await rig.bridge(...ports());
      await rig.killBridge();
      // The kernel drops a dead process's links a moment later.
      for (const until = Date.now() + 30_000; /xdp/.test(await rig.ns('ip', 'link')) && Date.now() < until; )
        await delay(20);
      assert.doesNotMatch(await rig.ns('ip', '-d', 'link'), /xdp/);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), []);
    });
  });
}
