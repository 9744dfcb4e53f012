// SPDX-License-Identifier: GPL-2.0-only
/** A histogram in the encoding of HdrHistogram, version 2: what its log files hold, readable by every port of it. */
import { deflateSync } from 'node:zlib';

/**
 * Counts of values from 0 to 2^32 - 1 at three significant digits: sub-buckets of 1/2048 to 1/1024 of a value. The layout is
 * that of HdrHistogram's AbstractHistogram (encodeIntoByteBuffer, fillBufferFromCountsArray), with a lowest discernible
 * value of 1; see github.com/HdrHistogram/HdrHistogram.
 */
export class HdrHistogram {
  readonly #counts = new Float64Array(countsIndex(0xffff_ffff) + 1);
  #n = 0;
  #max = 0;

  /** `value` is a whole number of 32 bits without sign. */
  record(value: number): void {
    const index = countsIndex(value);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#n += 1;
    if (value > this.#max) this.#max = value;
  }

  get max(): number {
    return this.#max;
  }

  /** Compressed and in base64, as a log line has it. */
  encode(): string {
    const payload = this.#payload();
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeInt32BE(V2_COOKIE, 0);
    head.writeInt32BE(payload.length, 4);
    head.writeInt32BE(0, 8); // normalizing index offset
    head.writeInt32BE(SIGNIFICANT_DIGITS, 12);
    head.writeBigInt64BE(1n, 16); // lowest discernible value
    head.writeBigInt64BE(HIGHEST_TRACKABLE, 24);
    head.writeDoubleBE(1, 32); // integer to double conversion ratio
    const compressed = deflateSync(Buffer.concat([head, payload]));
    const outer = Buffer.alloc(8);
    outer.writeInt32BE(V2_COMPRESSED_COOKIE, 0);
    outer.writeInt32BE(compressed.length, 4);
    return Buffer.concat([outer, compressed]).toString('base64');
  }

  /** Counts up to that of the greatest value, each as a ZigZag LEB128 number; a run of zeros is minus its length. */
  #payload(): Buffer {
    const bytes: number[] = [];
    const last = this.#n === 0 ? -1 : countsIndex(this.#max);
    let zeros = 0;
    const flush = (): void => {
      if (zeros > 0) pushZigZag(bytes, zeros === 1 ? 0 : -zeros);
      zeros = 0;
    };
    for (let index = 0; index <= last; index++) {
      const count = this.#counts[index] ?? 0;
      if (count === 0) {
        zeros += 1;
        continue;
      }
      flush();
      pushZigZag(bytes, count);
    }
    return Buffer.from(bytes);
  }
}

const SIGNIFICANT_DIGITS = 3;
/** 2^11 is the least power of two of at least 2 * 10^3. */
const HALF_MAGNITUDE = 10;
const SUB_BUCKETS = 2 << HALF_MAGNITUDE;
/** One hour in ns, as the Java tools have it by default. */
const HIGHEST_TRACKABLE = 3_600_000_000_000n;
const HEAD_BYTES = 40;
/** The base cookies, with a word size of 1 in their second nibble. */
const V2_COOKIE = 0x1c849303 | 0x10;
const V2_COMPRESSED_COOKIE = 0x1c849304 | 0x10;

/** Where a value is counted. */
function countsIndex(value: number): number {
  const bits = 32 - Math.clz32(value | (SUB_BUCKETS - 1));
  const bucket = bits - (HALF_MAGNITUDE + 1);
  const subBucket = value >>> bucket;
  return ((bucket + 1) << HALF_MAGNITUDE) + subBucket - (SUB_BUCKETS >> 1);
}

/** Of a whole number whose size is below 2^31: counts of one block, runs of one histogram. */
function pushZigZag(bytes: number[], value: number): void {
  let left = value < 0 ? -2 * value - 1 : 2 * value;
  while (left > 0x7f) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  bytes.push(left);
}
