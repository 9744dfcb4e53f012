// SPDX-License-Identifier: GPL-2.0-only
/** Checksum verdicts against an independent reference, for every shape of frame that carries TCP or UDP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checksumState, isMarked } from '../../../src/frame/checksum.ts';
import { describeFrame } from '../../../src/frame/describe-frame.ts';
import { parseFrame } from '../../../src/frame/parse-frame.ts';
import type { CapturedFrame, FrameOffload } from '../../../src/model/capture.ts';
import { buildSegment, ethernet, rightChecksum, type Segment, withChecksum } from '../../root/hopbridge-frames.ts';

const TO = '02:00:00:00:00:02';
const FROM = '02:00:00:00:00:01';
const MARKED: FrameOffload = { needsChecksum: true, dataValid: false, gsoBytes: 0 };

const segments = fc.record(
  {
    version: fc.constantFrom(4 as const, 6 as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    payload: fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)),
    tag: fc.record({ vlan: fc.nat(4094), priority: fc.nat(7) }),
    padding: fc.nat(20),
    options: fc.nat(4),
  },
  { requiredKeys: ['version', 'protocol', 'payload'] },
);

function captured(bytes: Uint8Array, offload: FrameOffload | null = null, length = bytes.length): CapturedFrame {
  return { timeNs: 1n, outgoing: false, length, bytes, offload };
}

const build = (segment: Segment) => buildSegment(TO, FROM, segment);

describe('the checksum of a frame', () => {
  it('is what the reference says: complete, partial, absent or wrong, for any value of the field', () => {
    fc.assert(
      fc.property(segments, fc.nat(0xffff), (segment, value) => {
        const frame = build(segment);
        const right = rightChecksum(frame);
        // The two writings of zero in ones' complement are one number, but for UDP's 0.
        const equal = (a: number, b: number) => a % 0xffff === b % 0xffff;
        const expected = (field: number) => {
          if (segment.protocol === 'udp' && field === 0) return 'absent';
          if (equal(field, right)) return 'complete';
          return equal(field, frame.pseudo) ? 'partial' : 'wrong';
        };
        for (const field of [value, right, frame.pseudo, 0])
          assert.equal(checksumState(captured(withChecksum(frame, field))), expected(field), field.toString(16));
      }),
      { numRuns: 1000 },
    );
  });

  it('is partial by the mark where the field is right both ways', () => {
    // A payload that makes the right checksum equal the sum of the pseudo-header.
    const empty = build({ version: 4, protocol: 'udp', payload: Buffer.alloc(2) });
    let frame = empty;
    for (let word = 0; word <= 0xffff && rightChecksum(frame) !== frame.pseudo; word++) {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(word);
      frame = build({ version: 4, protocol: 'udp', payload });
    }
    assert.equal(rightChecksum(frame), frame.pseudo);
    const bytes = withChecksum(frame, frame.pseudo);
    assert.equal(checksumState(captured(bytes)), 'complete');
    assert.equal(checksumState(captured(bytes, MARKED)), 'partial');
  });

  it('can be told of a cut frame only where it is partial', () => {
    const frame = build({ version: 6, protocol: 'tcp', payload: Buffer.alloc(1000, 3), tag: { vlan: 9 } });
    const cut = (field: number) =>
      checksumState(captured(withChecksum(frame, field).subarray(0, 120), null, frame.bytes.length));
    assert.equal(cut(frame.pseudo), 'partial');
    assert.equal(cut(rightChecksum(frame)), null);
  });

  it('is null of what has none: ARP, ICMP, fragments, other types', () => {
    const frame = build({ version: 4, protocol: 'udp', payload: Buffer.alloc(8) });
    const at = frame.segmentAt - 20;
    const fragment = withChecksum(frame, frame.pseudo);
    fragment.writeUInt16BE(0x2000, at + 6);
    const icmp = withChecksum(frame, frame.pseudo);
    icmp[at + 9] = 1;
    for (const bytes of [fragment, icmp, ethernet(TO, FROM), Buffer.alloc(0)])
      assert.equal(checksumState(captured(bytes)), null);
  });

  it('has the mark beside it: a source without marks says so', () => {
    const bytes = ethernet(TO, FROM);
    assert.equal(isMarked(captured(bytes, MARKED)), true);
    assert.equal(isMarked(captured(bytes, { ...MARKED, needsChecksum: false })), false);
    assert.equal(isMarked(captured(bytes)), null);
  });
});

describe('parsing and describing a frame', () => {
  it('finds addresses, ports, tags and payload of any of them', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        const frame = build(segment);
        const parsed = parseFrame(frame.bytes);
        assert.ok(parsed?.network?.kind === (segment.version === 4 ? 'ipv4' : 'ipv6'));
        assert.equal(parsed.network.dataAt, frame.segmentAt);
        assert.equal(parsed.network.dataAt + parsed.network.dataBytes, frame.segmentEnd);
        const { transport } = parsed;
        assert.ok(transport?.kind === segment.protocol);
        assert.deepEqual([transport.sourcePort, transport.destinationPort], [40000, 5201]);
        assert.equal(transport.payloadBytes, segment.payload.length);
        assert.equal(transport.checksumAt, frame.segmentAt + frame.field);
        assert.deepEqual(
          parsed.tags.map(({ vlan, priority }) => [vlan, priority]),
          segment.tag === undefined ? [] : [[segment.tag.vlan, segment.tag.priority]],
        );
      }),
    );
  });

  it('never throws, whatever the bytes, cut anywhere or changed', () => {
    const look = (bytes: Uint8Array, length: number) => {
      const frame = captured(bytes, MARKED, length);
      assert.ok(describeFrame(frame).length > 0);
      checksumState(frame);
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(200), (bytes, more) => look(bytes, bytes.length + more)),
    );
    fc.assert(
      fc.property(segments, fc.nat(200), fc.nat(100), fc.nat(255), (segment, length, at, value) => {
        const bytes = Buffer.from(build(segment).bytes);
        bytes[at % bytes.length] = value;
        look(bytes.subarray(0, length), bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('says a frame in one line, with the checksum and whether it is marked', () => {
    const tcp = build({ version: 4, protocol: 'tcp', payload: Buffer.alloc(20) });
    const syn = withChecksum(tcp, tcp.pseudo);
    syn[tcp.segmentAt + 13] = 2;
    const ends = '10.1.2.3:40000 > 10.200.100.50:5201';
    const field = `0x${tcp.pseudo.toString(16).padStart(4, '0')}`;
    assert.equal(
      describeFrame(captured(syn, { ...MARKED, needsChecksum: false })),
      `${ends} TCP SYN with 20 bytes of data, 74 bytes, checksum ${field} partial and not marked`,
    );
    assert.equal(
      describeFrame(captured(syn, { ...MARKED, gsoBytes: 10 })),
      `${ends} TCP SYN with 20 bytes of data, 74 bytes, to be cut into segments of 10, checksum ${field} partial and marked`,
    );
    assert.match(describeFrame(captured(syn)), /partial$/);
    const udp = build({ version: 6, protocol: 'udp', payload: Buffer.alloc(4), tag: { vlan: 12 } });
    const right = `0x${rightChecksum(udp).toString(16).padStart(4, '0')}`;
    assert.equal(
      describeFrame(captured(withChecksum(udp, rightChecksum(udp)))),
      `VLAN 12 ${textOf(udp.bytes, 26)}:40000 > ${textOf(udp.bytes, 42)}:5201 UDP, 70 bytes, checksum ${right} complete`,
    );
    const arp = Buffer.from('0001080006040001020000000001c0000201000000000000c0000202', 'hex');
    assert.equal(
      describeFrame(captured(ethernet('ff:ff:ff:ff:ff:ff', FROM, { type: 0x0806, payload: arp }))),
      `ARP who has 192.0.2.2, tell 192.0.2.1 (${FROM}), 42 bytes`,
    );
    assert.equal(describeFrame(captured(ethernet(TO, FROM))), `${FROM} > ${TO} type 0x88b5, 60 bytes`);
  });

  it('writes IPv6 addresses as RFC 5952 says', () => {
    const frame = build({ version: 6, protocol: 'udp', payload: Buffer.alloc(0) });
    const cases = {
      '20010db8000000000001000000000001': '2001:db8::1:0:0:1',
      '00000000000000000000000000000000': '::',
      '00000000000000000000000000000001': '::1',
      fe800000000000000000000000000000: 'fe80::',
      '20010db8000100010001000100010000': '2001:db8:1:1:1:1:1:0',
      '00000001000200030004000500060007': '0:1:2:3:4:5:6:7',
    };
    for (const [hex, text] of Object.entries(cases)) {
      const bytes = Buffer.from(frame.bytes);
      bytes.set(Buffer.from(hex, 'hex'), 22);
      const network = parseFrame(bytes)?.network;
      assert.ok(network?.kind === 'ipv6');
      assert.equal(network.source, text);
    }
  });
});

function textOf(bytes: Buffer, at: number): string {
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + 2 * i).toString(16));
  return `[${words.join(':')}]`;
}
