// SPDX-License-Identifier: GPL-2.0-only
/** The bridge's programs on thousands of mutated frames. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { needs } from '../support/needs.ts';
import {
  type BuiltFrame,
  buildSegment,
  mac,
  onesSum,
  rightChecksum,
  type Segment,
  withChecksum,
} from './hopbridge-frames.ts';
import {
  complete,
  findSegment,
  isRightChecksum,
  isTagged,
  type PortVlans,
  retagged,
  vlanOf,
} from './hopbridge-reference.ts';
import { Rig } from './hopbridge-rig.ts';

const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const GROUP = '01:00:5e:00:00:05';
const FRAMES = 3000;
const MTU = 1500;
const signal = AbortSignal.timeout(600_000);

interface Tried {
  readonly verdict: string;
  readonly hex: string;
}

const segments: fc.Arbitrary<Segment> = fc.record(
  {
    version: fc.constantFrom(4 as const, 6 as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    payload: fc
      .oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 400, maxLength: 1500, size: 'max' }),
        // Sums that meet ones' complement's two zeros.
        fc.nat({ max: 64 }).map((n) => new Uint8Array(n).fill(0xff)),
      )
      .map((bytes) => Buffer.from(bytes)),
    tag: fc.record({ vlan: fc.constantFrom(0, 1, 10, 20, 30, 4094, 4095), priority: fc.integer({ min: 0, max: 7 }) }),
    padding: fc.integer({ min: 0, max: 9 }),
    options: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: ['version', 'protocol', 'payload'] },
);
const checks = fc.constantFrom('partial', 'right', 'zero', 'noise');
/** Bytes that decide: types, lengths, protocols, header sizes; and any others. */
const edits = fc.array(
  fc.tuple(fc.oneof(fc.integer({ min: 12, max: 64 }), fc.integer({ min: 6, max: 120 })), fc.nat({ max: 255 })),
  { maxLength: 4 },
);
const cuts = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 200 }) });

const HEADERS = { 16: 20, 6: 8 } as const;

/** The first word of the payload with which the checksum comes to 0. */
function zeroing(frame: BuiltFrame): Buffer {
  const segment = Buffer.from(frame.bytes.subarray(frame.segmentAt, frame.segmentEnd));
  segment.writeUInt16BE(0, HEADERS[frame.field]);
  const word = Buffer.alloc(2);
  word.writeUInt16BE(~onesSum(segment, frame.pseudo) & 0xffff);
  return word;
}

/** Frames of which most are nearly right: those reach furthest into the program. */
function mutants(seed: number): Buffer[] {
  return fc
    .sample(fc.tuple(segments, checks, edits, cuts, fc.nat({ max: 0xffff }), fc.constantFrom(B, B, B, GROUP)), {
      numRuns: FRAMES,
      seed,
    })
    .map(([segment, check, changes, cut, noise, to]) => {
      const frame = buildSegment(to, A, segment);
      const values = { partial: frame.pseudo, right: rightChecksum(frame), zero: 0, noise };
      const bytes = withChecksum(frame, values[check as keyof typeof values]);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes.subarray(0, Math.max(14, bytes.length - cut));
    });
}

describe('the programs of the bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open({ taps: 0, veths: 2 }, signal);
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  /** Every frame as if it had come in at v0; B is known to be behind v1. */
  async function tryAll(
    frames: readonly Buffer[],
    mode: 'native' | 'generic' | 'tc',
    vlans: readonly string[],
  ): Promise<Tried[]> {
    const plan = ['v0', 'v1'].map((port, at) => `port ${port} mode=${mode} vlan=${vlans[at]}`);
    const program = mode === 'tc' ? 'tc' : 'xdp';
    const known = [0, 1, 10, 20, 30].map((vlan) => `fdb add ${B} dev v1 vlan ${vlan}`);
    const { stdout } = await run(['ip', 'netns', 'exec', rig.netns, nativeBinary('bridge')], {
      signal,
      timeoutMs: 300_000,
      input: `${[...plan, 'go', ...known, ...frames.map((frame) => `try ${program} v0 ${frame.toString('hex')}`)].join('\n')}\n`,
    });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .slice(1 + known.length);
    assert.equal(answers.length, frames.length);
    return answers.map((line) => JSON.parse(line) as Tried);
  }

  const any: PortVlans = { pvid: 0, tagged: () => true };
  const access: PortVlans = { pvid: 10, tagged: () => false };
  const trunk: PortVlans = { pvid: 30, tagged: (vlan) => [10, 20, 30].includes(vlan) };
  const strict: PortVlans = { pvid: null, tagged: (vlan) => vlan === 10 };
  const carries = (port: PortVlans, vlan: number) => vlan === port.pvid || port.tagged(vlan);

  for (const [name, from, to, words, seed] of [
    ['ports that know of no VLANs', any, any, ['any', 'any'], 101],
    ['an access port to a trunk', access, strict, ['access:10', 'trunk:10'], 102],
    ['a trunk to an access port', trunk, access, ['trunk:10,20:native:30', 'access:10'], 103],
    ['a trunk to a trunk', trunk, trunk, ['trunk:10,20:native:30', 'trunk:10,20:native:30'], 104],
  ] as const)
    it(`do with ${FRAMES} mutated frames of ${name} what a second implementation does`, async () => {
      const frames = mutants(seed);
      const tried = await tryAll(frames, 'native', words);
      const seen = new Map<string, number>();
      const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
      for (const [i, frame] of frames.entries()) {
        const { verdict, hex } = tried[i] ?? { verdict: '', hex: '' };
        const shown = `${frame.toString('hex')} ${verdict} ${hex}`;
        const want = wanted(frame, from, to);
        assert.equal(verdict, want.verdict, shown);
        note(verdict);
        if (want.frame === null) continue;
        assert.equal(hex, want.frame.toString('hex'), shown);
        if (!complete(frame).equals(frame)) note('completed');
        // Independent of what completing means: right ones stay right, wrong ones wrong, unless exactly partial.
        const [before, after] = [isRightChecksum(frame), isRightChecksum(Buffer.from(hex, 'hex'))];
        const found = findSegment(frame);
        const partial = found !== null && frame.readUInt16BE(found.start + found.field) === found.pseudo;
        if (!partial) assert.equal(after, before, shown);
        else if (before === true) assert.equal(after, true, shown);
      }
      // The mutants are worth something only if they get everywhere.
      for (const what of ['redirect', 'drop', 'completed'])
        assert.ok((seen.get(what) ?? 0) > 50, `${what}: ${seen.get(what)}`);
    });

  for (const mode of ['generic', 'tc'] as const)
    it(`on sk_buffs leave every byte of ${FRAMES} mutated frames as it was, in mode ${mode}`, async () => {
      // All to one station: the copies of a flood would be sent for real.
      const frames = mutants(105).map((frame) => Buffer.concat([mac(B), frame.subarray(6)]));
      const tried = await tryAll(frames, mode, ['any', 'any']);
      let redirected = 0;
      for (const [i, frame] of frames.entries()) {
        const { verdict, hex } = tried[i] ?? { verdict: '', hex: '' };
        // The kernel makes no sk_buff of a frame that ends before its network header does.
        if (mode === 'tc' && verdict === undefined && frame.length < 54) continue;
        assert.ok(['redirect', 'drop', 'pass'].includes(verdict), `${verdict} ${frame.toString('hex')}`);
        if (verdict !== 'redirect') continue;
        redirected++;
        // The tag of a priority alone is no part of what is passed on.
        assert.equal(hex, (mode === 'tc' ? frame : retagged(frame, vlanOf(frame, any) ?? 0, any)).toString('hex'));
      }
      assert.ok(redirected > FRAMES / 2, String(redirected));
    });

  it('complete every partial checksum as the reference does, whatever the length, headers and tags', async () => {
    const frames = fc
      .sample(segments, { numRuns: FRAMES, seed: 106 })
      .filter(({ tag, payload }) => tag?.vlan !== 4095 && payload.length < 1380)
      .map((segment, index) => {
        const frame = buildSegment(B, A, segment);
        // Every tenth has a checksum of 0, which UDP must not send.
        const at = frame.segmentAt + HEADERS[frame.field];
        if (index % 10 === 0 && segment.payload.length >= 2) frame.bytes.set(zeroing(frame), at);
        return {
          partial: withChecksum(frame, frame.pseudo),
          right: withChecksum(frame, rightChecksum(frame)),
          segment,
        };
      });
    const tried = await tryAll(
      frames.map(({ partial }) => partial),
      'native',
      ['any', 'any'],
    );
    let odd = 0;
    let zero = 0;
    for (const [i, { right, partial, segment }] of frames.entries()) {
      const { verdict, hex } = tried[i] ?? { verdict: '', hex: '' };
      // A tag with a priority alone stands for no VLAN, and is not passed on.
      const vlan = vlanOf(partial, any) ?? 0;
      assert.equal(verdict, 'redirect', partial.toString('hex'));
      assert.equal(hex, retagged(right, vlan, any).toString('hex'), partial.toString('hex'));
      odd += segment.payload.length & 1;
      const found = findSegment(right);
      const check = found === null ? -1 : right.readUInt16BE(found.start + found.field);
      if (check === (segment.protocol === 'udp' ? 0xffff : 0)) zero++;
    }
    assert.ok(odd > FRAMES / 10 && zero > 100 && frames.length > FRAMES / 2, `${odd} ${zero} ${frames.length}`);
  });

  /** The verdict and the frame that leaves; the rules in their order. */
  function wanted(frame: Buffer, from: PortVlans, to: PortVlans): { verdict: string; frame: Buffer | null } {
    const drop = { verdict: 'drop', frame: null };
    if (isTagged(frame) && frame.length < 18) return drop;
    const vlan = vlanOf(frame, from);
    const group = ((frame[0] ?? 0) & 1) === 1;
    const known =
      !group &&
      frame.subarray(0, 6).toString('hex') === B.replaceAll(':', '') &&
      [0, 1, 10, 20, 30].includes(vlan ?? -1);
    const flooded = vlan !== null && !known;
    if (flooded && frame.length > MTU + 14) return { verdict: 'pass', frame };
    if (((frame[6] ?? 0) & 1) === 1 || frame.subarray(6, 12).every((byte) => byte === 0)) return drop;
    if (vlan === null) return drop;
    if (/^0180c200000[0-9a-f]/.test(frame.subarray(0, 6).toString('hex'))) return drop;
    // B itself is fixed behind the other port.
    if (frame.subarray(6, 12).toString('hex') === B.replaceAll(':', '') && [0, 1, 10, 20, 30].includes(vlan))
      return drop;
    if (flooded) return { verdict: 'redirect', frame: complete(frame) };
    if (!carries(to, vlan) || frame.length > MTU + 14 + (isTagged(frame) ? 4 : 0)) return drop;
    return { verdict: 'redirect', frame: retagged(complete(frame), vlan, to) };
  }
});
