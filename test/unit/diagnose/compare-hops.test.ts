// SPDX-License-Identifier: GPL-2.0-only
/** The same packet at every hop: found again whatever a hop may change, and what it should not is named. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  changedBetween,
  repeatedPartial,
  type TracedPacket,
  tracePackets,
  vanishedBetween,
} from '../../../src/diagnose/compare-hops.ts';
import type { CapturedFrame, FrameOffload, HopCapture } from '../../../src/model/capture.ts';
import type { Place } from '../../../src/model/place.ts';
import {
  type BuiltFrame,
  buildSegment,
  rightChecksum,
  type Segment,
  withChecksum,
} from '../../root/hopbridge-frames.ts';
import { checksumByHop } from '../../support/trace/checksum-by-hop.ts';

const GUEST = '02:00:00:00:00:03';
const HOST1 = '02:00:00:00:00:01';
const MARKED: FrameOffload = { needsChecksum: true, dataValid: false, gsoBytes: 0 };
const PLAIN: FrameOffload = { ...MARKED, needsChecksum: false };

/** The hops of a path over a tap, with the direction that a request has at each. */
const HOPS: readonly { hop: string; place: Place; device: string; outgoing: boolean }[] = [
  { hop: 'guest NIC', place: 'guest', device: 'eth0', outgoing: true },
  { hop: 'tap', place: 'host2', device: 't0', outgoing: false },
  { hop: 'wire, near end', place: 'host2', device: 'w2', outgoing: true },
  { hop: 'wire, far end', place: 'host1', device: 'w1', outgoing: false },
];

interface Seen {
  /** Index among HOPS. */
  readonly at: number;
  readonly bytes: Buffer;
  readonly offload?: FrameOffload;
  readonly length?: number;
  readonly back?: boolean;
}

let clock = 0n;

function captures(seen: readonly Seen[]): HopCapture[] {
  return HOPS.map(({ outgoing, ...hop }, index) => ({
    ...hop,
    lost: 0,
    frames: seen
      .filter(({ at }) => at === index)
      .map(
        ({ bytes, offload = PLAIN, length = bytes.length, back = false }): CapturedFrame => ({
          timeNs: clock++,
          outgoing: outgoing !== back,
          length,
          bytes,
          offload,
        }),
      ),
  }));
}

const build = (changes: Partial<Segment> = {}): BuiltFrame =>
  buildSegment(HOST1, GUEST, { version: 4, protocol: 'tcp', payload: Buffer.alloc(0), ...changes });

/** Sets the IPv4 identification and the sequence number, and a checksum that is right or as given. */
function numbered(frame: BuiltFrame, id: number, sequence: number, check?: number): Buffer {
  const bytes = Buffer.from(frame.bytes);
  bytes.writeUInt16BE(id, frame.segmentAt - 16);
  if (frame.field === 16) bytes.writeUInt32BE(sequence, frame.segmentAt + 4);
  return withChecksum({ ...frame, bytes }, check ?? rightChecksum({ ...frame, bytes }));
}

const only = (packets: readonly TracedPacket[]): TracedPacket => {
  assert.equal(packets.length, 1);
  const [packet] = packets;
  assert.ok(packet);
  return packet;
};
const hopsOf = (packet: TracedPacket) =>
  packet.sightings.map(({ hop, seen }) => `${hop.device}${seen === null ? ' -' : ''}`);

describe('a packet at several hops', () => {
  it('is one packet whatever a hop does to checksum, mark, TTL, MAC addresses and tag, and each change is named', () => {
    const frame = build();
    const inside = numbered(frame, 7, 1, frame.pseudo);
    const routed = numbered(frame, 7, 1);
    routed.writeUInt8(63, frame.segmentAt - 12);
    routed.set(Buffer.from('020000000099', 'hex'), 6);
    const tagged = Buffer.concat([inside.subarray(0, 12), Buffer.from('8100000a', 'hex'), inside.subarray(12)]);
    const packet = only(
      tracePackets(
        captures([
          { at: 0, bytes: inside, offload: MARKED },
          { at: 1, bytes: tagged, offload: MARKED },
          { at: 2, bytes: inside },
          { at: 3, bytes: routed },
        ]),
      ),
    );
    assert.equal(packet.way, 'forward');
    assert.deepEqual(
      checksumByHop(packet).map(({ hop, state, marked }) => `${hop.device} ${state} ${marked}`),
      ['eth0 partial true', 't0 partial true', 'w2 partial false', 'w1 complete false'],
    );
    assert.deepEqual(
      changedBetween(packet).map(({ from, to, what }) => `${from.device} ${to.device} ${what.join(' ')}`),
      ['eth0 t0 tags', 't0 w2 mark tags', 'w2 w1 checksum macs ttl'],
    );
    assert.equal(vanishedBetween(packet), null);
  });

  it('has a last hop, where it vanished behind, in its own direction', () => {
    const bytes = numbered(build(), 1, 1);
    const lost = only(tracePackets(captures([0, 1].map((at) => ({ at, bytes })))));
    const between = vanishedBetween(lost);
    assert.deepEqual([between?.after.device, between?.before.device], ['t0', 'w2']);

    const back = only(tracePackets(captures([3, 2].map((at) => ({ at, bytes, back: true })))));
    assert.equal(back.way, 'back');
    assert.deepEqual(hopsOf(back), ['w1', 'w2', 't0 -', 'eth0 -']);
    assert.equal(vanishedBetween(back)?.before.device, 't0');
  });

  it('is not taken for lost at a hop that others passed unseen', () => {
    const frame = build();
    const [passed, lost] = [numbered(frame, 1, 1), numbered(frame, 2, 2)];
    const packets = tracePackets(captures([...[0, 2, 3].map((at) => ({ at, bytes: passed })), { at: 0, bytes: lost }]));
    assert.deepEqual(
      packets.map(({ sightings }) => sightings.map(({ blind }) => blind)),
      packets.map(() => [false, true, false, false]),
    );
    const [first, second] = packets;
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(vanishedBetween(first), null);
    assert.equal(vanishedBetween(second)?.before.device, 'w2');
  });

  it('that was seen in host2 alone goes the way of the others between its ends, or of its times', () => {
    const frame = build();
    const reply = numbered(frame, 2, 2);
    const known = tracePackets(
      captures([
        { at: 3, bytes: numbered(frame, 1, 1), back: true },
        { at: 2, bytes: reply, back: true },
      ]),
    );
    assert.deepEqual(
      known.map(({ way }) => way),
      ['back', 'back'],
    );
    const frames = captures([
      { at: 1, bytes: reply },
      { at: 2, bytes: reply },
    ]);
    assert.equal(only(tracePackets(frames)).way, 'forward');
    const later = frames.map((hop) => ({
      ...hop,
      frames: hop.frames.map((one) => ({ ...one, timeNs: hop.device === 't0' ? 10_000n : 1n })),
    }));
    assert.equal(only(tracePackets(later)).way, 'back');
  });

  it('whose bytes were changed on the way is still the same packet, and the hops between are named', () => {
    const whole = numbered(build({ payload: Buffer.from('what was sent') }), 1, 1);
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 2] = 0;
    const [change, ...rest] = changedBetween(
      only(
        tracePackets(
          captures([
            { at: 0, bytes: whole },
            { at: 1, bytes: whole },
            { at: 3, bytes: damaged },
          ]),
        ),
      ),
    );
    assert.deepEqual([change?.from.device, change?.to.device, change?.what], ['t0', 'w1', ['checksum', 'bytes']]);
    assert.deepEqual(rest, []);
  });

  it('that is cut into segments on its way was seen there, unless a segment is missing, and is listed once', () => {
    const payload = Buffer.from(Array.from({ length: 300 }, (_, i) => i & 0xff));
    const large = numbered(build({ payload }), 1, 0xffffff80, build({ payload }).pseudo);
    const segments = [0, 100, 200].map((from) =>
      numbered(build({ payload: payload.subarray(from, from + 100) }), 1 + from / 100, (0xffffff80 + from) >>> 0),
    );
    const first = { at: 0, bytes: large, offload: { ...MARKED, gsoBytes: 100 } };
    const packet = only(tracePackets(captures([first, ...segments.map((bytes) => ({ at: 3, bytes }))])));
    assert.deepEqual(hopsOf(packet), ['eth0', 't0 -', 'w2 -', 'w1']);
    assert.deepEqual(changedBetween(packet)[0]?.what, ['regrouped', 'checksum']);
    const lacking = tracePackets(captures([first, ...segments.slice(1).map((bytes) => ({ at: 3, bytes }))]));
    assert.equal(vanishedBetween(only(lacking))?.after.device, 'eth0');
  });

  it('is found for any set of hops that any packets passed, in any order of sending', () => {
    const segment = fc.record({
      version: fc.constantFrom(4 as const, 6 as const),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      hops: fc.uniqueArray(fc.nat(HOPS.length - 1), { minLength: 1 }),
      size: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), (all) => {
        const packets = all.map(({ version, protocol, hops, size }, index) => {
          // The payload begins with a number of its own: a datagram of IPv6 has no other.
          const payload = Buffer.concat([Buffer.from([index]), Buffer.alloc(size, 5)]);
          const frame = build({ version, protocol, payload });
          const bytes = Buffer.from(frame.bytes);
          if (version === 4) bytes.writeUInt16BE(index + 1, frame.segmentAt - 16);
          if (protocol === 'tcp') bytes.writeUInt32BE(1000 * index, frame.segmentAt + 4);
          return { hops: hops.toSorted(), bytes };
        });
        const traced = tracePackets(captures(packets.flatMap(({ hops, bytes }) => hops.map((at) => ({ at, bytes })))));
        const found = traced.map(({ sightings }) =>
          sightings
            .flatMap(({ seen }, index) =>
              seen === null ? [] : [`${index} ${Buffer.from(seen.frame.bytes).toString('hex')}`],
            )
            .join(),
        );
        const expected = packets.map(({ hops, bytes }) => hops.map((at) => `${at} ${bytes.toString('hex')}`).join());
        assert.deepEqual(found.sort(), expected.sort());
      }),
    );
  });

  it('is not confused by other frames of any bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(3), bytes: fc.uint8Array({ maxLength: 80 }) }), { maxLength: 8 }),
        (all) => {
          const found = captures(all.map(({ at, bytes }) => ({ at, bytes: Buffer.from(bytes) })));
          for (const packet of tracePackets(found)) {
            vanishedBetween(packet);
            changedBetween(packet);
            assert.ok(checksumByHop(packet).length > 0);
          }
          repeatedPartial(found);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a partial checksum that is repeated', () => {
  it('is told where segments that differ have it unmarked, once a hop, and not of one that is only sent again', () => {
    const frame = build();
    const syn = (sequence: number) => numbered(frame, 1, sequence, frame.pseudo);
    const datagram = build({ protocol: 'udp', payload: Buffer.alloc(6) });
    const found = repeatedPartial(
      captures([
        ...[1, 2].map((sequence) => ({ at: 0, bytes: syn(sequence), offload: MARKED })),
        ...[1, 2, 2].map((sequence) => ({ at: 3, bytes: syn(sequence) })),
        ...[1, 1].map((sequence) => ({ at: 1, bytes: syn(sequence) })),
        ...[1, 2].map((id) => ({ at: 3, bytes: numbered(datagram, id, 0, datagram.pseudo) })),
        ...[4, 5].map((sequence) => ({ at: 2, bytes: numbered(frame, 1, sequence) })),
      ]),
    );
    assert.deepEqual(
      found.map(({ hop, protocol, checksum, frames, contents }) => [hop.device, protocol, checksum, frames, contents]),
      [['w1', 'tcp', frame.pseudo, 3, 2]],
    );
    assert.match(found[0]?.text ?? '', /partial and not marked$/);
  });
});
