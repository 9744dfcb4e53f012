// SPDX-License-Identifier: GPL-2.0-only
/** A column of unsigned 32-bit numbers that grows, without an object a number. */

export interface GrowingColumn {
  readonly length: number;
  add(value: number): void;
  /** A view; not valid any more after the next `add`. */
  values(): Uint32Array;
}

const FIRST_ROOM = 1024;

export function growingColumn(): GrowingColumn {
  let room = new Uint32Array(FIRST_ROOM);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(value) {
      if (length === room.length) {
        const larger = new Uint32Array(2 * length);
        larger.set(room);
        room = larger;
      }
      room[length] = value;
      length += 1;
    },
    values: () => room.subarray(0, length),
  };
}
