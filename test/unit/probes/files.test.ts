// SPDX-License-Identifier: GPL-2.0-only
/** The prober's files: what is written is read back, and what is damaged is refused with its place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import { emptySamples, type Samples } from '../../../src/model/samples.ts';
import { decodeSamplesFile, encodeSamplesFile } from '../../../src/probes/prober/samples-file.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const record = fc.record({
  path: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 255 }),
  group: fc.integer({ min: 0, max: 65535 }),
  schedNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  lateNs: u32,
  rttNs: u32,
  kernelReceiveNs: u32,
  serverNs: u32,
});

const anySamples = fc.array(record, { maxLength: 50 }).map((records): Samples => {
  const samples = emptySamples(records.length);
  for (const [i, each] of records.entries()) {
    samples.seq[i] = i;
    samples.path[i] = each.path;
    samples.flags[i] = each.flags;
    samples.group[i] = each.group;
    samples.schedNs[i] = each.schedNs;
    samples.lateNs[i] = each.lateNs;
    samples.rttNs[i] = each.rttNs;
    samples.kernelReceiveNs[i] = each.kernelReceiveNs;
    samples.serverNs[i] = each.serverNs;
  }
  return samples;
});

function numbered(length: number): Samples {
  const samples = emptySamples(length);
  for (let i = 0; i < length; i++) {
    samples.seq[i] = i;
    samples.rttNs[i] = 1000 + i;
  }
  return samples;
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeSamplesFile(bytes, 'cell.hls');
  } catch (error) {
    assert.ok(error instanceof HoplabError);
    assert.equal(error.code, 'SAMPLES_CORRUPT');
    assert.match(error.message, /cell\.hls/);
    assert.match(error.message, /at byte \d+/);
    return error.message;
  }
  return assert.fail('a damaged file was read');
}

describe('samples file', () => {
  it('gives back every column and the header that were written', () => {
    fc.assert(
      fc.property(anySamples, fc.dictionary(fc.string(), fc.jsonValue()), (samples, header) => {
        const read = decodeSamplesFile(encodeSamplesFile(samples, header), 'x');
        assert.deepEqual(read.samples, samples);
        assert.deepEqual(JSON.stringify(read.header), JSON.stringify(JSON.parse(JSON.stringify(header))));
      }),
      { numRuns: 100 },
    );
  });

  it('is read at any alignment of its bytes', () => {
    const file = encodeSamplesFile(numbered(5), { a: 1 });
    for (let shift = 0; shift < 9; shift++) {
      const moved = new Uint8Array(file.length + shift);
      moved.set(file, shift);
      assert.deepEqual(decodeSamplesFile(moved.subarray(shift), 'x').samples, numbered(5));
    }
  });

  it('refuses any single flipped bit', () => {
    const file = encodeSamplesFile(numbered(3), { role: 'client' });
    for (let bit = 0; bit < file.length * 8; bit++) {
      const damaged = Buffer.from(file);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      refusal(damaged);
    }
  });

  it('refuses a file cut at any byte, and one with bytes too many', () => {
    const file = encodeSamplesFile(numbered(3), { role: 'client' });
    for (let length = 0; length < file.length; length++) refusal(file.subarray(0, length));
    assert.match(refusal(Buffer.concat([file, Buffer.alloc(1)])), /1 bytes follow/);
  });

  it('says what was wrong: magic, version, record size, number of records, CRC', () => {
    const file = encodeSamplesFile(numbered(3), {});
    const damaged = (act: (bytes: Buffer) => void): string => {
      const copy = Buffer.from(file);
      act(copy);
      return refusal(copy);
    };
    assert.match(
      damaged((b) => b.write('GIF89a\n\n', 'latin1')),
      /begins with "GIF89a/,
    );
    assert.match(
      damaged((b) => b.writeUInt32LE(2, 8)),
      /at byte 8: version 2 instead of 1/,
    );
    assert.match(
      damaged((b) => b.writeUInt32LE(24, 12)),
      /at byte 12: records of 24 bytes instead of 32/,
    );
    assert.match(
      damaged((b) => b.writeUInt32LE(1 << 30, 16)),
      /at byte 16: a header of/,
    );
    assert.match(
      damaged((b) => b.writeBigUInt64LE(2n ** 60n, 24)),
      /ends early/,
    );
    assert.match(
      damaged((b) => b.writeUInt8(7, b.length - 1)),
      /CRC/,
    );
  });

  it('refuses a header that is not JSON even when its CRC fits', async () => {
    const { crc32 } = await import('node:zlib');
    const file = encodeSamplesFile(numbered(1), {});
    file.write('{{', 32, 'latin1');
    file.writeUInt32LE(crc32(file.subarray(32)), 20);
    assert.match(refusal(file), /at byte 32: the header is not JSON/);
  });
});
