// SPDX-License-Identifier: GPL-2.0-only
/** The counts of hoplab-drops: names for people, and an error for what the tool cannot have written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeDrops, planDrops } from '../../../src/diagnose/decode-drops.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { buildSegment, withChecksum } from '../../root/hopbridge-frames.ts';

const DROP = {
  netns: 'host1',
  ifindex: 3,
  device: 'w1',
  reason: 'TCP_CSUM',
  protocol: 0x0800,
  ipProtocol: 6,
  port: 9100,
  frames: 2,
  marked: false,
  headAt: 'link',
  head: '',
};

function output(changes: object): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, drops: [], xdp: [], uncounted: 0, sources: [], ...changes }));
}

describe('the counts of dropped frames', () => {
  it('name the protocol, the most frames first, and keep those without a reason apart', () => {
    const drops = [
      DROP,
      { ...DROP, reason: 'UDP_CSUM', ipProtocol: 17, frames: 9 },
      { ...DROP, reason: 'NOT_SPECIFIED', frames: 100 },
      { ...DROP, reason: 'NO_SOCKET', protocol: 0x86dd, ipProtocol: 17, frames: 1, netns: '-' },
      { ...DROP, reason: 'UNHANDLED_PROTO', protocol: 0x88cc, ipProtocol: 0, port: 0, frames: 3 },
      { ...DROP, reason: 'NEIGH_FAILED', protocol: 0x0806, ipProtocol: 0, port: 0, frames: 4 },
    ];
    const found = decodeDrops(output({ drops }), ['host2', 'host1']);
    assert.deepEqual(
      found.drops.map(({ place, reason, protocol, port, frames }) => [place, reason, protocol, port, frames]),
      [
        ['host1', 'UDP_CSUM', 'UDP', 9100, 9],
        ['host1', 'NEIGH_FAILED', 'ARP', 0, 4],
        ['host1', 'UNHANDLED_PROTO', '0x88cc', 0, 3],
        ['host1', 'TCP_CSUM', 'TCP', 9100, 2],
        ['host2', 'NO_SOCKET', 'IPv6/UDP', 9100, 1],
      ],
    );
    assert.deepEqual(
      found.unspecified.map(({ reason, frames }) => [reason, frames]),
      [['NOT_SPECIFIED', 100]],
    );
  });

  it('describe the first frame of a kind from its Ethernet or its IP header on, with its own length', () => {
    const built = buildSegment('02:00:00:00:00:02', '02:00:00:00:00:01', {
      version: 4,
      protocol: 'tcp',
      payload: Buffer.alloc(1000),
    });
    const bytes = withChecksum(built, built.pseudo);
    const example = (head: Buffer, headAt: string) =>
      decodeDrops(output({ drops: [{ ...DROP, head: head.toString('hex'), headAt }] }), ['host1']).drops[0]?.example;
    const expected =
      /^10\.1\.2\.3:40000 > 10\.200\.100\.50:5201 TCP PSH with 1000 bytes of data, 1054 bytes, .* partial and not marked$/;
    assert.match(example(bytes.subarray(0, 128), 'link') ?? '', expected);
    assert.match(example(bytes.subarray(14, 142), 'network') ?? '', expected);
    const head = bytes.subarray(0, 128).toString('hex');
    const [marked] = decodeDrops(output({ drops: [{ ...DROP, head, marked: true }] }), ['host1']).drops;
    assert.match(marked?.example ?? '', / partial and marked$/);
    assert.equal(example(Buffer.alloc(0), 'link'), '');
  });

  it('say which sources were refused, and that kinds were too many to count', () => {
    const sources = [
      { tracepoint: 'skb:kfree_skb', why: '' },
      { tracepoint: 'xdp:xdp_bulk_tx', why: 'Permission denied' },
    ];
    const guest = { places: ['guest'], device: null };
    assert.deepEqual(decodeDrops(output({ sources, uncounted: 4 }), ['guest']).sources, [
      { ...guest, kind: 'drops', of: 'skb:kfree_skb', used: true, why: '' },
      { ...guest, kind: 'xdp', of: 'xdp:xdp_bulk_tx', used: false, why: 'Permission denied' },
      { ...guest, kind: 'uncounted', of: null, used: false, why: '4 frames of too many kinds were not counted' },
    ]);
  });

  it('are refused where they are not what the tool writes', () => {
    const refused = (bytes: Uint8Array) =>
      assert.throws(
        () => decodeDrops(bytes, ['host1']),
        (error) => error instanceof HoplabError && error.code === 'EVIDENCE_CORRUPT',
      );
    const whole = output({ drops: [DROP] });
    for (let length = 0; length < whole.length; length++) refused(whole.subarray(0, length));
    refused(output({ version: 2 }));
    refused(output({ drops: [{ ...DROP, frames: -1 }] }));
    refused(output({ drops: [{ ...DROP, netns: 'host2' }] }));
    refused(output({ drops: [{ ...DROP, head: 'xy' }] }));
    fc.assert(fc.property(fc.uint8Array(), refused));
  });

  it('take any head, whatever its bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 128 }),
        fc.constantFrom('link', 'network'),
        fc.nat(0xffff),
        (head, headAt, protocol) => {
          const drop = { ...DROP, head: Buffer.from(head).toString('hex'), headAt, protocol };
          assert.equal(decodeDrops(output({ drops: [drop] }), ['host1']).drops.length, 1);
        },
      ),
    );
  });

  it('are planned with a line a namespace; none is the tool own one', () => {
    assert.equal(planDrops([{ path: '/run/netns/host1', place: 'host1' }]), 'netns /run/netns/host1 host1\ngo\n');
    assert.equal(planDrops([]), 'go\n');
  });
});
