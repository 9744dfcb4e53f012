// SPDX-License-Identifier: GPL-2.0-only
/** What rides beside a frame across the eBPF bridge: marks of partial checksums, and GSO, in every mode. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { needs } from '../support/needs.ts';
import { type BuiltFrame, buildSegment, ethernet, onesSum, rightChecksum, withChecksum } from './hopbridge-frames.ts';
import { Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const signal = AbortSignal.timeout(600_000);

describe('checksums that are partial', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open({ taps: 3, veths: 1 }, signal);
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  for (const mode of ['generic', 'tc']) {
    it(`announced as partial by a tap stay announced where the frame goes by sk_buff, in mode ${mode}`, async () => {
      await rig.bridge(`port t0 mode=${mode}`, `port t1 mode=${mode}`, `port t2 mode=${mode}`);
      const frame = buildSegment(B, A, { version: 4, protocol: 'tcp', payload: Buffer.alloc(100, 4) });
      const sent = withChecksum(frame, frame.pseudo);
      const announce = async () => {
        const out = await rig.exchange(0, sent, { csum: { start: frame.segmentAt, offset: frame.field } });
        for (const { bytes, partial } of out) {
          assert.equal(partial, true);
          assertSame(bytes, sent);
        }
        return out.map(({ port }) => port).sort();
      };
      assert.deepEqual(await announce(), [1, 2]);
      await rig.exchange(1, ethernet(ALL, B));
      assert.deepEqual(await announce(), [1]);
      assert.equal(await rig.counted('t0', 'skb_path'), 0);
    });

    it(`announced as partial are completed for a target whose driver does not, in mode ${mode}`, async () => {
      await rig.bridge(`port t0 mode=${mode}`, `port t1 mode=${mode}`, `port v0 mode=${mode}`);
      await rig.ns('ethtool', '-K', 'v0', 'tx', 'off');
      try {
        await rig.bridge(`port t0 mode=${mode}`, `port t1 mode=${mode}`, `port v0 mode=${mode}`);
        for (const learned of [false, true]) {
          if (learned) await rig.exchange(3, ethernet(ALL, B));
          const frame = buildSegment(B, A, { version: 4, protocol: 'udp', payload: Buffer.alloc(100, 4) });
          const csum = { start: frame.segmentAt, offset: frame.field };
          const out = await rig.exchange(0, withChecksum(frame, frame.pseudo), { csum });
          const one = out.find(({ port }) => port === 3);
          assertSame(one?.bytes, withChecksum(frame, rightChecksum(frame)));
        }
        assert.equal(await rig.counted('t0', 'skb_path'), mode === 'generic' ? 2 : 0);
      } finally {
        await rig.ns('ethtool', '-K', 'v0', 'tx', 'on');
      }
    });
  }

  for (const mode of ['native', 'generic', 'tc']) {
    it(`a GSO frame passes whole or cut to size, with the right bytes, in mode ${mode}`, async () => {
      await rig.bridge(`port t0 mode=${mode}`, `port t1 mode=${mode}`, `port v0 mode=${mode}`);
      await rig.exchange(1, ethernet(ALL, B));
      const payload = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 31) & 0xff));
      const frame = buildSegment(B, A, { version: 4, protocol: 'tcp', payload });
      const gso = { type: 1, size: 1448, headers: frame.segmentAt + 20 };
      const options = { csum: { start: frame.segmentAt, offset: frame.field }, gso };
      const out = await rig.exchange(0, withChecksum(frame, frame.pseudo), options);
      assert.deepEqual(Buffer.concat(out.map(({ bytes }) => bytes.subarray(frame.segmentAt + 20))), payload);
      for (const one of out) assert.ok(one.partial || one.gsoSize > 0 || isRight(one.bytes, frame));
      assert.equal(await rig.counted('t0', 'skb_path'), mode === 'tc' ? 0 : 1);
    });
  }

  it('and GSO frames would be lost by generic XDP, were they not handed up to tc', async () => {
    rig.object = await rig.buildObject('-DHANDS_UP=0');
    try {
      await rig.ns('ethtool', '-K', 'v0', 'tx', 'off');
      await rig.bridge('port t0 mode=generic', 'port v0 mode=generic');
      await rig.exchange(3, ethernet(ALL, B));
      const large = buildSegment(B, A, { version: 4, protocol: 'tcp', payload: Buffer.alloc(20_000, 5) });
      const csum = { start: large.segmentAt, offset: large.field };
      const gso = { type: 1, size: 1448, headers: large.segmentAt + 20 };
      assert.deepEqual(await rig.exchange(0, withChecksum(large, large.pseudo), { csum, gso }), []);
      const { losses } = await rig.stats();
      assert.deepEqual(losses, [{ port: 'v0', reason: "larger than the target's MTU", error: -90, frames: 1 }]);
      const small = buildSegment(B, A, { version: 4, protocol: 'tcp', payload: Buffer.alloc(20, 5) });
      const [out] = await rig.exchange(0, withChecksum(small, small.pseudo), { csum });
      // The driver was told not to complete checksums, and nobody does it for it.
      assertSame(out?.bytes, withChecksum(small, small.pseudo));
    } finally {
      rig.object = null;
      await rig.ns('ethtool', '-K', 'v0', 'tx', 'on');
    }
  });

  it('a GSO frame no larger than the MTU passes too', async () => {
    await rig.bridge('port t0 mode=native', 'port t1 mode=native');
    await rig.exchange(1, ethernet(ALL, B));
    const frame = buildSegment(B, A, { version: 4, protocol: 'tcp', payload: Buffer.alloc(1200, 6) });
    const gso = { type: 1, size: 536, headers: frame.segmentAt + 20 };
    const csum = { start: frame.segmentAt, offset: frame.field };
    const sent = withChecksum(frame, frame.pseudo);
    const out = await rig.exchange(0, sent, { csum, gso });
    assert.equal(Buffer.concat(out.map(({ bytes }) => bytes.subarray(frame.segmentAt + 20))).length, 1200);
    // Whole, it must still be what it says it is: completed *and* announced as partial would be wrong at the receiver.
    for (const one of out) {
      if (one.partial) assertSame(one.bytes, sent);
      else assert.ok(isRight(one.bytes, frame));
    }
  });
});

function assertSame(got: Buffer | undefined, want: Buffer): void {
  assert.equal(got?.toString('hex'), want.toString('hex'));
}

/** Judged by the frame's own header: its sum with the pseudo-header is all ones. */
function isRight(bytes: Buffer, like: BuiltFrame): boolean {
  const segment = bytes.subarray(like.segmentAt);
  return onesSum(Buffer.from(segment), onesSum(bytes.subarray(26, 34), 6 + segment.length)) === 0xffff;
}
