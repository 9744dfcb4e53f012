// SPDX-License-Identifier: GPL-2.0-only
/** The seeded source of random numbers: the same seed gives the same run, on every machine. */

/** A stream of random numbers. */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  uint32(): number;
  /** A number in [0, 1) with 53 random bits. */
  unit(): number;
  /** An integer from 0 to `limit` - 1, each with the same probability; `limit` is from 1 to 2^32. */
  below(limit: number): number;
}

export type XoshiroState = readonly [number, number, number, number];

/** A stream from a seed (any safe integer). Throws RangeError on another number. */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed must be a whole number, not ${seed}`);
  const [first = 0n, second = 0n] = splitmix64(BigInt(seed), 2);
  return randomFromState([...halves(first), ...halves(second)]);
}

/**
 * A stream from a state of four 32-bit words, not all zero: xoshiro128** 1.1 of Blackman and Vigna, "Scrambled Linear
 * Pseudorandom Number Generators", ACM Transactions on Mathematical Software 47 (2021).
 */
export function randomFromState(state: XoshiroState): Random {
  let [s0, s1, s2, s3] = state;

  const uint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  };

  const unit = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;

  const below = (limit: number): number => {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32) {
      throw new RangeError(`a limit must be a whole number from 1 to 2^32, not ${limit}`);
    }
    // Values past the last whole multiple of the limit would favour the small results.
    const end = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const value = uint32();
      if (value < end) return value % limit;
    }
  };

  return { uint32, unit, below };
}

/** A shuffled copy, every order equally likely (the draw without replacement of Fisher and Yates, 1938): for tens
 * of thousands of items at most. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(random.below(rest.length), 1));
  return result;
}

/**
 * `count` words of 64 bits from a seed: splitmix64 of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014. It spreads near seeds (1, 2, 3) over unrelated states.
 */
export function splitmix64(seed: bigint, count: number): bigint[] {
  const words: bigint[] = [];
  let state = BigInt.asUintN(64, seed);
  for (let i = 0; i < count; i++) {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    words.push(z ^ (z >> 31n));
  }
  return words;
}

function halves(word: bigint): [number, number] {
  return [Number(word & 0xffffffffn), Number(word >> 32n)];
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
