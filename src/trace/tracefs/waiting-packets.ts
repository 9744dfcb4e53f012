// SPDX-License-Identifier: GPL-2.0-only
/**
 * sk_buffs of the lab that wait in a CPU's backlog, by address: whoever runs when the softirq comes, they are the lab's.
 * Beyond that an address says nothing: the next one to send gets the same memory.
 */

const SLOTS = 1 << 14;
/** Longer than a packet waits there on a machine that is busy. */
const FRESH_NS = 50_000_000;
/** sk_buffs are this far apart, or more. */
const SPACING = 64;

export class WaitingPackets {
  readonly #key = new Float64Array(SLOTS);
  readonly #time = new Float64Array(SLOTS);

  add(key: number, timeNs: number): void {
    const slot = slotOf(key);
    this.#key[slot] = key;
    this.#time[slot] = timeNs;
  }

  /** Whether it waited; it does so no more. */
  take(key: number, timeNs: number): boolean {
    const slot = slotOf(key);
    if (this.#key[slot] !== key) return false;
    this.#key[slot] = 0;
    return timeNs - (this.#time[slot] ?? 0) < FRESH_NS;
  }
}

function slotOf(key: number): number {
  return Math.floor(key / SPACING) & (SLOTS - 1);
}
