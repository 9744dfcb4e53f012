// SPDX-License-Identifier: GPL-2.0-only
/** hoplab-capture on real devices: frames of both directions, and what the kernel knows of them beside their bytes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checksumState } from '../../src/frame/checksum.ts';
import { describeFrame } from '../../src/frame/describe-frame.ts';
import { parseFrame } from '../../src/frame/parse-frame.ts';
import type { CapturedFrame } from '../../src/model/capture.ts';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { needs } from '../support/needs.ts';
import { EvidenceRig, LEFT, RIGHT } from './evidence-rig.ts';
import { type BuiltFrame, buildSegment, rightChecksum, type Segment, withChecksum } from './hopbridge-frames.ts';

const SETTLE = { version: 4, protocol: 'udp', payload: Buffer.from('hello from the left end') } as const;

describe('hoplab-capture', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let rig: EvidenceRig;
  const signal = new AbortController().signal;

  before(async () => {
    rig = await EvidenceRig.open(signal);
  });

  after(() => rig[Symbol.asyncDispose]());

  const built = (segment: Segment): BuiltFrame => buildSegment(RIGHT.mac, LEFT.mac, segment);
  const seen = async (work: () => Promise<unknown>): Promise<CapturedFrame[][]> => {
    const { captures } = await rig.capture(rig.wire(), work);
    return captures.map(({ frames }) => [...frames]);
  };

  it('sees both directions at both ends, with their direction and times that follow the way', async () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const [near = [], far = []] = await seen(() => rig.ns('left', 'busybox', 'ping', '-c3', '-A', '-q', RIGHT.address));
    const echoes = (frames: CapturedFrame[]) =>
      frames.map((frame) => {
        const transport = parseFrame(frame.bytes)?.transport;
        assert.equal(transport?.kind, 'icmp', describeFrame(frame));
        return `${frame.outgoing ? 'out' : 'in'} ${transport.type} ${transport.sequence}`;
      });
    const expected = (first: string, second: string) =>
      [0, 1, 2].flatMap((number) => [`${first} 8 ${number}`, `${second} 0 ${number}`]);
    assert.deepEqual(echoes(near), expected('out', 'in'));
    assert.deepEqual(echoes(far), expected('in', 'out'));
    for (const [i, { timeNs, length, bytes }] of near.entries()) {
      const there = far[i];
      assert.ok(there);
      assert.ok(i % 2 === 0 ? timeNs <= there.timeNs : timeNs >= there.timeNs, `order of frame ${i}`);
      assert.ok(timeNs > before && timeNs < before + 60_000_000_000n);
      assert.deepEqual([length, bytes.length], [98, 98]);
      assert.deepEqual(bytes, there.bytes);
    }
  });

  it("tells the kernel's mark of a partial checksum, and that a raw frame with the same bytes has none", async () => {
    const frame = built(SETTLE);
    const bytes = withChecksum(frame, frame.pseudo);
    const [, far = []] = await seen(async () => {
      await rig.send(bytes, { csum: { start: frame.segmentAt, offset: frame.field } });
      await rig.send(bytes);
      await rig.send(withChecksum(frame, rightChecksum(frame)));
    });
    assert.deepEqual(
      far.map((one) => [checksumState(one), one.offload?.needsChecksum]),
      [
        ['partial', true],
        ['partial', false],
        ['complete', false],
      ],
    );
    assert.deepEqual(Buffer.from(far[0]?.bytes ?? []), bytes);
  });

  it("sees the complete checksum of the kernel's own segments once the sender's offload is off", async () => {
    const syn = () => rig.ns('left', 'bash', '-c', `exec 3<>/dev/tcp/${RIGHT.address}/9 || :`);
    const first = async () => {
      const [near = []] = await seen(syn);
      const frame = near.find(({ outgoing }) => outgoing);
      assert.ok(frame);
      return frame;
    };
    assert.match(describeFrame(await first()), /10\.77\.0\.1:\d+ > 10\.77\.0\.2:9 TCP SYN, .* partial and marked$/);
    await rig.ns('left', 'ethtool', '-K', LEFT.device, 'tx', 'off');
    try {
      assert.match(describeFrame(await first()), /TCP SYN, .* complete$/);
    } finally {
      await rig.ns('left', 'ethtool', '-K', LEFT.device, 'tx', 'on');
    }
  });

  it('puts a VLAN tag back that the kernel keeps beside the frame, and moves the offsets along', async () => {
    const frame = built({ ...SETTLE, tag: { vlan: 77, priority: 5 } });
    const bytes = withChecksum(frame, frame.pseudo);
    const [, far = []] = await seen(() => rig.send(bytes, { csum: { start: frame.segmentAt, offset: frame.field } }));
    const [one] = far;
    assert.ok(one);
    assert.deepEqual(Buffer.from(one.bytes), bytes);
    assert.equal(one.length, bytes.length);
    assert.deepEqual(parseFrame(one.bytes)?.tags, [{ vlan: 77, priority: 5, tpid: 0x8100 }]);
    assert.deepEqual([checksumState(one), one.offload?.needsChecksum], ['partial', true]);
  });

  it('keeps a frame that is yet to be segmented whole, with the size of its segments', async () => {
    const frame = built({ version: 4, protocol: 'tcp', payload: Buffer.alloc(5000, 7) });
    const [, far = []] = await seen(() =>
      rig.send(withChecksum(frame, frame.pseudo), {
        csum: { start: frame.segmentAt, offset: frame.field },
        gso: { type: 1, size: 1448, headers: 54 },
      }),
    );
    const [one] = far;
    assert.ok(one);
    assert.deepEqual([one.length, one.bytes.length, one.offload?.gsoBytes], [5054, 2048, 1448]);
    assert.match(
      describeFrame(one),
      /5054 bytes, to be cut into segments of 1448, checksum 0x\w{4} partial and marked$/,
    );
  });

  it('counts what is over its limits, and goes on without a device that is not there', async () => {
    const frame = built(SETTLE);
    const missing = { hop: 'nowhere', place: 'host2', device: 'vx' } as const;
    const { captures, sources } = await rig.capture(
      [missing, ...rig.wire()],
      async () => {
        for (let i = 0; i < 25; i++) await rig.send(withChecksum(frame, i));
      },
      { frames: 10, bytes: 60 },
    );
    assert.deepEqual(
      captures.map(({ hop, frames, lost }) => [hop, frames.length, lost]),
      [
        ['near end', 10, 15],
        ['far end', 10, 15],
      ],
    );
    assert.deepEqual(sources[0], {
      ...{ kind: 'frames', places: ['host2'], of: 'nowhere', device: 'vx' },
      ...{ used: false, why: 'ENODEV' },
    });
    assert.deepEqual(
      captures[1]?.frames.map(({ length, bytes }) => [length, bytes.length]),
      Array.from({ length: 10 }, () => [frame.bytes.length, 60]),
    );
  });

  it('refuses a plan that it does not understand, naming the line, before it listens', async () => {
    for (const [plan, said] of [
      ['hop a lo\n', /it ends before its last line "go"/],
      ['go\n', /hop \(none\)/],
      ['hop a\ngo\n', /hop a: not understood/],
      ['hop a device-name-too-long\ngo\n', /hop a: not understood/],
      ['hop a lo netns\ngo\n', /hop a: not understood/],
      ['hop a lo\nlimit 0 5\ngo\n', /limit 0: not understood/],
      ['hop a lo\nlimit 5 99999999\ngo\n', /limit 5: not understood/],
      [`hop a ${'x'.repeat(2000)}\ngo\n`, /it ends before its last line/],
      ['listen a lo\ngo\n', /listen a: not understood/],
    ] as const) {
      const { code, stdout, stderr } = await run([nativeBinary('capture')], {
        signal,
        input: plan,
        allowFailure: true,
      });
      assert.deepEqual([code, stdout], [2, ''], plan);
      assert.match(stderr, said);
    }
  });

  it('counts the frames that its socket had no room for', async () => {
    const sent = 30_000;
    await rig.ns('left', 'ip', 'neigh', 'add', '10.77.0.3', 'lladdr', RIGHT.mac, 'dev', LEFT.device);
    const flood = `exec 3>/dev/udp/10.77.0.3/9; for ((i = 0; i < ${sent}; i++)); do printf %1400s >&3; done`;
    const hops = rig.wire();
    const { captures } = await rig.capture(
      hops,
      async (tool) => {
        process.kill(tool.pid, 'SIGSTOP');
        await rig.ns('left', 'bash', '-c', flood).finally(() => process.kill(tool.pid, 'SIGCONT'));
      },
      { frames: sent, bytes: 64 },
    );
    for (const { hop, frames, lost } of captures) {
      assert.equal(frames.length + lost, sent, hop);
      assert.ok(lost > 0 && frames.length > 1000, `${hop}: ${lost} lost`);
    }
  });
});
