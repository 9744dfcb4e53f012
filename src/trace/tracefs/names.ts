// SPDX-License-Identifier: GPL-2.0-only
/** Short names in events as small numbers: each is made a string once. */
import type { Buffer } from 'node:buffer';

const SLOTS = 1024;

export class Names {
  readonly all: string[] = [];
  readonly #byName = new Map<string, number>();
  readonly #slot = new Int16Array(SLOTS).fill(-1);
  readonly #bytes: Buffer[] = [];

  /** The number of the name in `bytes[from, to)`, which may end with zeros. */
  intern(bytes: Buffer, from: number, to: number): number {
    let hash = 0;
    let end = from;
    for (; end < to; end++) {
      const byte = bytes[end] ?? 0;
      if (byte === 0) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
    const cached = this.#slot[slot] ?? -1;
    if (cached >= 0 && this.#same(cached, bytes, from, end)) return cached;
    const name = bytes.toString('latin1', from, end);
    let number = this.#byName.get(name);
    if (number === undefined) {
      // Names of noise may be any number; a machine has a few dozen devices.
      if (this.all.length === 0x7fff) return 0x7ffe;
      number = this.all.push(name) - 1;
      this.#bytes.push(Uint8Array.prototype.slice.call(bytes, from, end) as Buffer);
      this.#byName.set(name, number);
    }
    this.#slot[slot] = number;
    return number;
  }

  #same(number: number, bytes: Buffer, from: number, end: number): boolean {
    const known = this.#bytes[number];
    if (known === undefined || known.length !== end - from) return false;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
    return true;
  }
}
