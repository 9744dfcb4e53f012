// SPDX-License-Identifier: GPL-2.0-only
/** What hoplab writes as pcapng, read back by tshark and capinfos. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { frameComment, writePcapng } from '../../src/diagnose/pcapng.ts';
import type { CapturedFrame, HopCapture } from '../../src/model/capture.ts';
import { run } from '../../src/system/exec.ts';
import { needs } from '../support/needs.ts';
import { EvidenceRig, LEFT, RIGHT } from './evidence-rig.ts';
import { buildSegment, rightChecksum, withChecksum } from './hopbridge-frames.ts';

const OPTIONS = { application: 'hoplab test', comment: 'path tap, guest-to-host1: ü', system: 'Linux' } as const;
const FIELDS = [
  'frame.interface_name',
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.packet_flags_direction',
  'frame.comment',
  'ip.src',
  'udp.dstport',
];

describe('captures as pcapng', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let folder: string;
  const signal = new AbortController().signal;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pcapng-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function tshark(captures: readonly HopCapture[], ...args: string[]): Promise<string[]> {
    const file = join(folder, 'capture.pcapng');
    await writeFile(file, writePcapng(captures, OPTIONS));
    const { stdout } = await run(['tshark', '-n', '-r', file, ...args], { signal });
    return stdout.split('\n').filter((line) => line !== '');
  }
  const fields = (captures: readonly HopCapture[]) =>
    tshark(captures, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field]));

  it('have an interface a hop, times to the nanosecond, direction, length and verdict, in the order of time', async () => {
    const frame = buildSegment(RIGHT.mac, LEFT.mac, { version: 4, protocol: 'udp', payload: Buffer.alloc(21, 1) });
    const partial = withChecksum(frame, frame.pseudo);
    const at = (timeNs: bigint, changes: Partial<CapturedFrame>): CapturedFrame => ({
      timeNs,
      outgoing: true,
      length: partial.length,
      bytes: partial,
      offload: { needsChecksum: true, dataValid: false, gsoBytes: 0 },
      ...changes,
    });
    const plain = { needsChecksum: false, dataValid: true, gsoBytes: 0 };
    const captures: HopCapture[] = [
      { hop: 'guest NIC', place: 'guest', device: 'eth0', lost: 0, frames: [at(1_700_000_000_123_456_789n, {})] },
      {
        hop: 'wire, far end',
        place: 'host1',
        device: 'w1',
        lost: 3,
        frames: [
          at(1_700_000_000_123_456_788n, { outgoing: false, offload: { ...plain, dataValid: false } }),
          at(1_700_000_000_123_456_999n, {
            outgoing: false,
            length: 5000,
            bytes: withChecksum(frame, rightChecksum(frame)).subarray(0, 60),
            offload: plain,
          }),
        ],
      },
    ];
    const length = String(partial.length);
    assert.deepEqual(
      (await fields(captures)).map((line) => line.split('\t')),
      [
        [
          'wire, far end (host1 w1)',
          '1700000000.123456788',
          length,
          length,
          '0x00000001',
          'checksum partial, not marked: nobody will complete it',
          '10.1.2.3',
          '5201',
        ],
        [
          'guest NIC (guest eth0)',
          '1700000000.123456789',
          length,
          length,
          '0x00000002',
          'checksum partial, marked: the kernel will complete it',
          '10.1.2.3',
          '5201',
        ],
        [
          'wire, far end (host1 w1)',
          '1700000000.123456999',
          '5000',
          '60',
          '0x00000001',
          'the kernel trusts the checksum',
          '10.1.2.3',
          '5201',
        ],
      ],
    );
    const { stdout } = await run(['capinfos', join(folder, 'capture.pcapng')], { signal });
    assert.match(stdout, /Number of packets: +3\n/);
    assert.match(stdout, /Number of interfaces in file: 2\n/);
    assert.match(stdout, /Capture application: +hoplab test\n/);
    assert.match(stdout, /Capture comment: +path tap, guest-to-host1: ü\n/);
    assert.match(stdout, /w1 in host1; 3 frames were not kept/);
  });

  it('of a real wire come back frame by frame, with the bytes that were captured', async () => {
    await using rig = await EvidenceRig.open(signal);
    const { captures } = await rig.capture(rig.wire(), () =>
      rig.ns('left', 'busybox', 'ping', '-c2', '-A', '-q', RIGHT.address),
    );
    const lines = await tshark(captures, '-T', 'fields', '-e', 'icmp.type', '-e', 'frame.interface_name');
    const ends = captures.map(({ hop, place, device }) => `${hop} (${place} ${device})`);
    assert.equal(lines.length, 8);
    for (const end of ends)
      assert.deepEqual(
        lines.filter((line) => line.endsWith(end)).map((line) => line.split('\t')[0]),
        ['8', '0', '8', '0'],
      );
    const text = await tshark(captures, '-x', '-Y', 'frame.number == 1');
    const hex = text
      .flatMap((line) => /^[0-9a-f]{4} {2}((?:[0-9a-f]{2} )+)/.exec(line)?.[1]?.replaceAll(' ', '') ?? [])
      .join('');
    assert.equal(hex, Buffer.from(captures[0]?.frames[0]?.bytes ?? []).toString('hex'));
  });

  it('without any frame, or with hostile names, are still a file that is read without complaint', async () => {
    const hostile = { hop: 'a"\u0001<b>', place: 'host2', device: 'x'.repeat(70_000), lost: 0, frames: [] } as const;
    assert.deepEqual(await tshark([]), []);
    assert.deepEqual(await tshark([hostile]), []);
    assert.equal(frameComment({ timeNs: 0n, outgoing: true, length: 0, bytes: new Uint8Array(0), offload: null }), '');
  });
});
