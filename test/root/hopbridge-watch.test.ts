// SPDX-License-Identifier: GPL-2.0-only
/** The eBPF bridge says which frames passed, where, and as what. */
// @first 2
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { needs } from '../support/needs.ts';
import { buildSegment, ethernet, rightChecksum, withChecksum } from './hopbridge-frames.ts';
import { Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const signal = AbortSignal.timeout(600_000);

interface SeenFrame {
  readonly time_ns: string;
  readonly monotonic_ns: string;
  readonly port: string;
  readonly way: string;
  readonly skb: boolean;
  readonly gso_size: number;
  readonly length: number;
  readonly hex: string;
}
interface SeenFrames {
  readonly frames: readonly SeenFrame[];
  readonly lost: number;
}

for (const mode of ['native', 'generic', 'tc'] as const) {
  describe(`frames that the bridge in mode ${mode} is told to watch`, { skip: needs('root', 'linux') }, () => {
    let rig: Rig;
    const plan = (...more: string[]) => ['t0', 't1', 'v0'].map((name) => `port ${name} mode=${mode}`).concat(more);
    const frames = async () => (await rig.command('frames')) as SeenFrames;
    const ways = (seen: SeenFrames) => seen.frames.map(({ port, way }) => `${port} ${way}`);

    before(async () => {
      rig = await Rig.open({ taps: 2, veths: 1 }, signal);
    });
    beforeEach(async () => rig.bridge(...plan('watch on')));
    after(async () => rig?.[Symbol.asyncDispose]());

    it('are told where they came in and where they went, with their time and bytes', async () => {
      const before = BigInt(Date.now()) * 1_000_000n;
      const flooded = ethernet(ALL, A);
      await rig.exchange(0, flooded);
      const seen = await frames();
      assert.deepEqual(ways(seen).sort(), ['t0 in', 't1 out', 'v0 out']);
      assert.equal(seen.frames[0]?.way, 'in');
      assert.equal(seen.lost, 0);
      for (const { hex, length, skb, time_ns } of seen.frames) {
        assert.equal(hex, flooded.toString('hex'));
        assert.equal(length, flooded.length);
        assert.equal(skb, mode !== 'native');
        const since = BigInt(time_ns) - before;
        assert.ok(since > -2_000_000n && since < 60_000_000_000n, String(since));
      }
      await rig.exchange(1, ethernet(A, B));
      assert.deepEqual(ways(await frames()), ['t1 in', 't0 out']);
      assert.deepEqual(await frames(), { frames: [], lost: 0 });
    });

    it('show the partial checksum where they come in, and what became of it where they go out', async () => {
      await rig.exchange(1, ethernet(ALL, B));
      await frames();
      const segment = buildSegment(B, A, { version: 4, protocol: 'tcp', payload: Buffer.alloc(100, 7) });
      const partial = withChecksum(segment, segment.pseudo);
      await rig.exchange(0, partial, { csum: { start: segment.segmentAt, offset: segment.field } });
      const { frames: seen } = await frames();
      assert.deepEqual(
        seen.map(({ way, hex }) => [way, hex]),
        [
          ['in', partial.toString('hex')],
          ['out', (mode !== 'native' ? partial : withChecksum(segment, rightChecksum(segment))).toString('hex')],
        ],
      );
    });

    it('are told with the rule that dropped them', async () => {
      await rig.exchange(0, ethernet(A, 'ff:00:00:00:00:01'));
      await rig.exchange(0, ethernet('01:80:c2:00:00:00', A));
      assert.deepEqual(ways(await frames()), ['t0 in', 't0 drop:bad_source', 't0 in', 't0 drop:link_local']);
    });

    it('carry their tag as on the wire', async () => {
      await rig.bridge(`port t0 mode=${mode}`, `port t1 mode=${mode} vlan=access:7`, 'watch on');
      const tagged = ethernet(ALL, A, { tag: { vlan: 7, priority: 3 } });
      await rig.exchange(0, tagged);
      const { frames: seen } = await frames();
      assert.deepEqual(
        seen.map(({ way, hex, length }) => [way, hex, length]),
        [
          ['in', tagged.toString('hex'), tagged.length],
          ['out', ethernet(ALL, A).toString('hex'), tagged.length - 4],
        ],
      );
    });

    it('are kept up to 2048 bytes of each, with the length that they have', async () => {
      await rig.ns('ip', 'link', 'set', 't0', 'mtu', '3000');
      await rig.bridge('port t0 mode=tc', 'port t1 mode=tc', 'watch on');
      const large = ethernet(ALL, A, { payload: Buffer.from(Array.from({ length: 2986 }, (_, i) => i & 0xff)) });
      await rig.exchange(0, large);
      const [first] = (await frames()).frames;
      assert.equal(first?.length, 3000);
      assert.equal(first?.hex, large.subarray(0, 2048).toString('hex'));
      await rig.ns('ip', 'link', 'set', 't0', 'mtu', '1500');
    });

    it('are counted as lost when nobody fetches them', async () => {
      const amount = 5000;
      for (let i = 0; i < amount; i++) rig.send(0, ethernet(A, 'ff:00:00:00:00:01'));
      await rig.arrived();
      const seen = await frames();
      assert.ok(seen.frames.length >= 3500 && seen.frames.length <= 4096, String(seen.frames.length));
      assert.equal(seen.frames.length + seen.lost, 2 * amount);
      await rig.exchange(0, ethernet(ALL, A));
      assert.equal((await frames()).frames.length, 3);
    });

    it('cost nothing while nobody watches: the kernel has taken the code out', async () => {
      const instructions = async () => {
        const { programs } = (await rig.command('programs')) as { programs: { name: string; instructions: number }[] };
        return new Map(programs.map(({ name, instructions }) => [name, instructions]));
      };
      const on = await instructions();
      await rig.bridge(...plan());
      const off = await instructions();
      // 20 is less than the smallest record costs: a call, its fields and the copy.
      for (const name of ['hopbridge_xdp', 'flood_out', 'hopbridge_tc'])
        assert.ok((off.get(name) ?? Infinity) + 20 < (on.get(name) ?? 0), `${name} ${off.get(name)} ${on.get(name)}`);
      assert.equal(off.get('pass_all'), on.get('pass_all'));
      assert.deepEqual(await rig.command('frames'), {
        error: "frames are not recorded: the plan's line for it is: watch on",
      });
    });
  });
}
