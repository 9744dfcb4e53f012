// SPDX-License-Identifier: GPL-2.0-only
/** Frames from hoplab-capture: its layout is the compiler's, and a cut or hostile file is an error, never a crash. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { planCapture, type WatchedHop } from '../../../src/diagnose/capture-plan.ts';
import {
  CAPTURE_HEAD,
  CAPTURE_VERSION,
  decodeCapture,
  FRAME_KNOWN,
  FRAME_RECORD,
  HOP_RECORD,
} from '../../../src/diagnose/decode-capture.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { buildNative } from '../../../src/system/native-build.ts';
import { nativeBinary } from '../../../src/system/paths.ts';

const HOPS: readonly WatchedHop[] = [
  { hop: 'tap', place: 'host2', device: 't0' },
  { hop: 'wire, far end', place: 'host1', device: 'w1', netns: '/run/netns/host1' },
];

interface Frame {
  readonly hop: number;
  readonly bytes: Uint8Array;
}

/** What the tool writes for these frames. */
function written(frames: readonly Frame[]): Buffer {
  const head = Buffer.alloc(CAPTURE_HEAD.size);
  head.write('HOPLABF\n', 'latin1');
  head.writeUInt32LE(CAPTURE_VERSION, CAPTURE_HEAD.version);
  head.writeUInt32LE(HOP_RECORD.size, CAPTURE_HEAD.hopBytes);
  head.writeUInt32LE(FRAME_RECORD.size, CAPTURE_HEAD.frameBytes);
  head.writeUInt32LE(HOPS.length, CAPTURE_HEAD.hops);
  head.writeBigUInt64LE(BigInt(frames.length), CAPTURE_HEAD.frames);
  const hops = HOPS.map((_, index) => {
    const hop = Buffer.alloc(HOP_RECORD.size);
    hop.writeBigUInt64LE(BigInt(index), HOP_RECORD.lost);
    hop.writeBigUInt64LE(2n, HOP_RECORD.skipped);
    return hop;
  });
  const records = frames.flatMap(({ hop, bytes }, index) => {
    const record = Buffer.alloc(FRAME_RECORD.size);
    record.writeBigInt64LE(1_700_000_000_000_000_000n + BigInt(index), FRAME_RECORD.timeNs);
    record.writeUInt32LE(bytes.length + 10, FRAME_RECORD.length);
    record.writeUInt32LE(bytes.length, FRAME_RECORD.captured);
    record.writeUInt16LE(hop, FRAME_RECORD.hop);
    record[FRAME_RECORD.packetType] = index % 2 === 0 ? 4 : 0;
    record[FRAME_RECORD.vnetFlags] = index % 3;
    record.writeUInt16LE(index * 100, FRAME_RECORD.gsoSize);
    return [record, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)];
  });
  return Buffer.concat([head, ...hops, ...records]);
}

const someFrames = fc.array(
  fc.record({ hop: fc.nat({ max: HOPS.length - 1 }), bytes: fc.uint8Array({ maxLength: 40 }) }),
  { maxLength: 6 },
);

const layoutSchema = z.object({
  version: z.number(),
  sizes: z.record(z.string(), z.number()),
  known: z.record(z.string(), z.number()),
  fields: z.array(z.object({ type: z.string(), field: z.string(), offset: z.number(), size: z.number() })),
});

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

describe('the frames of a capture', () => {
  before(() => buildNative('capture', new AbortController().signal));

  it('have the same layout in C and TypeScript, field by field', () => {
    const { stdout } = spawnSync(nativeBinary('capture'), ['layout'], { encoding: 'utf8' });
    const layout = layoutSchema.parse(JSON.parse(stdout));
    const records = { head: CAPTURE_HEAD, hop_record: HOP_RECORD, frame_record: FRAME_RECORD };
    for (const [type, offsets] of Object.entries(records)) {
      const fields = layout.fields.filter((field) => field.type === type);
      const inC = Object.fromEntries(fields.map(({ field, offset }) => [camel(field), offset]));
      assert.deepEqual({ ...inC, size: layout.sizes[type] }, { ...offsets }, type);
      assert.equal(
        fields.reduce((sum, { size }) => sum + size, 0),
        layout.sizes[type],
      );
    }
    assert.deepEqual(layout.known, { ...FRAME_KNOWN });
    assert.equal(layout.version, CAPTURE_VERSION);
  });

  it('come back by hop, whatever they hold', () => {
    fc.assert(
      fc.property(someFrames, (frames) => {
        const { captures, sources } = decodeCapture(written(frames), HOPS);
        assert.deepEqual(
          captures.map(({ hop, place, device, lost }) => ({ hop, place, device, lost })),
          HOPS.map(({ hop, place, device }, index) => ({ hop, place, device, lost: index + 2 })),
        );
        assert.ok(sources.every(({ used }) => used));
        for (const [hop, { frames: found }] of captures.entries()) {
          const expected = [...frames.entries()].filter(([, frame]) => frame.hop === hop);
          assert.deepEqual(
            found.map(({ bytes }) => Buffer.from(bytes)),
            expected.map(([, { bytes }]) => Buffer.from(bytes)),
          );
          assert.deepEqual(
            found.map(({ bytes, ...rest }) => ({ ...rest })),
            expected.map(([index, { bytes }]) => ({
              timeNs: 1_700_000_000_000_000_000n + BigInt(index),
              outgoing: index % 2 === 0,
              length: bytes.length + 10,
              offload: { needsChecksum: index % 3 === 1, dataValid: index % 3 === 2, gsoBytes: index * 100 },
            })),
          );
        }
      }),
    );
  });

  it('are refused where the file ends early, at every byte, and where bytes follow', () => {
    const whole = written([
      { hop: 0, bytes: Buffer.from('a frame of some bytes') },
      { hop: 1, bytes: Buffer.alloc(3) },
    ]);
    for (let length = 0; length < whole.length; length++)
      assert.throws(() => decodeCapture(whole.subarray(0, length), HOPS), corrupt, `cut to ${length}`);
    assert.throws(() => decodeCapture(Buffer.concat([whole, Buffer.alloc(8)]), HOPS), corrupt);
  });

  it('give frames or a HoplabError for any bytes, and for any change of a real file', () => {
    const decode = (bytes: Uint8Array) => {
      try {
        decodeCapture(bytes, HOPS);
      } catch (error) {
        assert.ok(corrupt(error));
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode));
    const changed = fc.record({
      frames: someFrames,
      at: fc.nat(400),
      to: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(changed, ({ frames, at, to }) => {
        const bytes = written(frames);
        bytes.set(to.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        decode(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('are not taken for those of another number of hops', () => {
    assert.throws(() => decodeCapture(written([]), HOPS.slice(1)), corrupt);
  });

  it('are planned with a word a hop, whatever the hop is called', () => {
    assert.equal(
      planCapture(HOPS, { frames: 5, bytes: 96 }),
      'hop hop0 t0\nhop hop1 w1 netns /run/netns/host1\nlimit 5 96\ngo\n',
    );
  });
});

function corrupt(error: unknown): boolean {
  return error instanceof HoplabError && error.code === 'EVIDENCE_CORRUPT' && error.hint !== undefined;
}
