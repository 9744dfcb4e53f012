// SPDX-License-Identifier: GPL-2.0-only
/** Checksums across the eBPF bridge: partial ones are completed, right ones stay, wrong ones are not laundered. */
// @first 2
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { needs } from '../support/needs.ts';
import { buildSegment, ethernet, onesSum, rightChecksum, type Segment, withChecksum } from './hopbridge-frames.ts';
import { Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const RUNS = 250;
const signal = AbortSignal.timeout(600_000);

const segments: fc.Arbitrary<Segment> = fc.record(
  {
    version: fc.constantFrom(4 as const, 6 as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    payload: fc
      .oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ minLength: 400, maxLength: 1300, size: 'max' }))
      .map((bytes) => Buffer.from(bytes)),
    tag: fc.record({ vlan: fc.integer({ min: 1, max: 4094 }), priority: fc.integer({ min: 0, max: 7 }) }),
    padding: fc.integer({ min: 0, max: 9 }),
    options: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ['version', 'protocol', 'payload'] },
);

function draw<T>(arbitrary: fc.Arbitrary<T>, seed: number): T[] {
  return fc.sample(arbitrary, { numRuns: RUNS, seed });
}

describe('checksums across the bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open({ taps: 3, veths: 1 }, signal);
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  /** From tap 0 (or the veth's far end) to tap 1, which is told nothing of the checksum: the frames as they came out. */
  async function through(frames: readonly Buffer[], from = 0): Promise<Buffer[]> {
    await rig.exchange(1, ethernet(ALL, B));
    for (const frame of frames) rig.send(from, frame);
    const out = (await rig.arrived()).filter(({ port }) => port === 1);
    assert.equal(out.length, frames.length);
    assert.ok(out.every(({ partial }) => !partial));
    return out.map(({ bytes }) => bytes);
  }

  for (const [name, from, seed] of [
    ['a tap', 0, 1],
    ['a veth', 3, 2],
  ] as const) {
    it(`that are partial are completed when a frame comes in natively from ${name}`, async () => {
      await rig.bridge('port t0 mode=native', 'port t1 mode=native', 'port v0 mode=native');
      const built = draw(segments, seed).map((segment) => buildSegment(B, A, segment));
      const out = await through(
        built.map((frame) => withChecksum(frame, frame.pseudo)),
        from,
      );
      for (const [i, frame] of built.entries()) assertSame(out[i], withChecksum(frame, rightChecksum(frame)));
      assert.ok((await rig.counted(from === 0 ? 't0' : 'v0', 'completed')) >= RUNS - 2);
    });
  }

  it('that are right stay right, and those that are neither right nor partial stay as they came', async () => {
    await rig.bridge('port t0 mode=native', 'port t1 mode=native');
    const drawn = draw(fc.tuple(segments, fc.integer({ min: 1, max: 0xffff }), fc.boolean()), 3);
    const sent = drawn.map(([segment, noise, right]) => {
      const frame = buildSegment(B, A, segment);
      const check = right ? rightChecksum(frame) : rightChecksum(frame) ^ noise;
      return withChecksum(frame, check === frame.pseudo && !right ? 0 : check);
    });
    const out = await through(sent);
    for (const [i, frame] of sent.entries()) assertSame(out[i], frame);
    assert.equal(await rig.counted('t0', 'completed'), 0);
  });

  it('that are right and equal the pseudo-header sum by chance stay right', async () => {
    await rig.bridge('port t0 mode=native', 'port t1 mode=native');
    const frame = buildSegment(B, A, { version: 4, protocol: 'udp', payload: Buffer.alloc(32, 1) });
    // A word of the payload chosen so that the sum comes out: the checksum is then its own complement's partner.
    const at = frame.segmentAt + 8;
    frame.bytes.writeUInt16BE(0, at);
    const rest = onesSum(Buffer.from(frame.bytes.subarray(frame.segmentAt, frame.segmentEnd)), frame.pseudo);
    frame.bytes.writeUInt16BE(onesSum(Buffer.alloc(0), (~frame.pseudo & 0xffff) + (~rest & 0xffff)), at);
    assert.equal(rightChecksum(frame), frame.pseudo);
    const sent = withChecksum(frame, frame.pseudo);
    assert.deepEqual(await through([sent]), [sent]);
  });

  it('are left alone on a port with complete=off, and in a UDP frame that says it has none', async () => {
    const frame = buildSegment(B, A, { version: 4, protocol: 'udp', payload: Buffer.alloc(40, 9) });
    await rig.bridge('port t0 mode=native complete=off', 'port t1 mode=native');
    const partial = withChecksum(frame, frame.pseudo);
    assert.deepEqual(await through([partial]), [partial]);
    await rig.bridge('port t0 mode=native', 'port t1 mode=native');
    const none = withChecksum(frame, 0);
    assert.deepEqual(await through([none]), [none]);
  });

  it('are completed in every copy of a flooded frame', async () => {
    await rig.bridge('port t0 mode=native vlan=access:5', 'port t1 mode=native vlan=access:5', 'port v0 vlan=trunk:5');
    const frame = buildSegment(ALL, A, { version: 6, protocol: 'udp', payload: Buffer.alloc(99, 3) });
    const copies = await rig.exchange(0, withChecksum(frame, frame.pseudo));
    const want = withChecksum(frame, rightChecksum(frame));
    assert.deepEqual(copies.map(({ port }) => port).sort(), [1, 3]);
    for (const { port, bytes } of copies) assertSame(port === 1 ? bytes : untagged(bytes), want);
  });

  it('no mutated frame comes out with anything changed but a checksum that was partial', async () => {
    await rig.bridge('port t0 mode=native', 'port t1 mode=native', 'port t2 mode=native');
    const edits = fc.array(fc.tuple(fc.nat({ max: 90 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    const mutants = draw(fc.tuple(segments, edits, fc.constantFrom('partial', 'right'), fc.nat({ max: 60 })), 4);
    const sent = mutants.map(([segment, changes, kind, cut]) => {
      const frame = buildSegment(B, A, segment);
      const bytes = withChecksum(frame, kind === 'right' ? rightChecksum(frame) : frame.pseudo);
      // Behind the addresses, so that every frame is forwarded; the tag is the bridge's own business.
      for (const [at, value] of changes) if (14 + at < bytes.length) bytes[14 + at] = value;
      if (bytes.readUInt16BE(12) === 0x8100) bytes.writeUInt16BE(0x88b5, 12);
      return bytes.subarray(0, Math.max(14, bytes.length - cut));
    });
    await rig.exchange(1, ethernet(ALL, B));
    for (const frame of sent) rig.send(0, frame);
    const out = (await rig.arrived()).filter(({ port }) => port === 1).map(({ bytes }) => bytes);
    assert.equal(out.length, sent.length);
    let changed = 0;
    for (const [i, before] of sent.entries()) {
      const frame = out[i];
      assert.ok(frame);
      assert.equal(frame.length, before.length);
      const at = [...before.keys()].filter((offset) => before[offset] !== frame[offset]);
      if (at.length === 0) continue;
      changed++;
      const [first = 0] = at;
      assert.ok((at.at(-1) ?? 0) - first <= 1, `bytes ${at.join()} of ${before.toString('hex')}`);
      assert.ok(wasPartial(before, frame, first), before.toString('hex'));
    }
    assert.equal(await rig.counted('t0', 'completed'), changed);
  });
});

function assertSame(got: Buffer | undefined, want: Buffer): void {
  assert.equal(got?.toString('hex'), want.toString('hex'));
}

function untagged(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 12), bytes.subarray(16)]);
}

/**
 * Whether a two-byte field that contains `at` was the pseudo-header's sum of the mutated frame, and is right now:
 * whatever addresses, protocol and length the mutation left.
 */
function wasPartial(before: Buffer, now: Buffer, at: number): boolean {
  const six = before.readUInt16BE(12) === 0x86dd;
  const addresses = six ? before.subarray(22, 54) : before.subarray(26, 34);
  for (const [protocol, field] of [
    [6, 16],
    [17, 6],
  ] as const) {
    for (const start of [at - field, at - field - 1]) {
      const headers = 14 + (six ? 40 : ((before[14] ?? 0) & 15) * 4);
      if (start < headers) continue;
      const length = six ? before.readUInt16BE(18) - (start - 54) : before.readUInt16BE(16) - (start - 14);
      const pseudo = onesSum(addresses, protocol + length);
      if (before.readUInt16BE(start + field) !== pseudo) continue;
      if (onesSum(Buffer.from(now.subarray(start, start + length)), pseudo) === 0xffff) return true;
    }
  }
  return false;
}
