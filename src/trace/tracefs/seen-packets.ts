/** Which sk_buffs were of the lab a moment ago, by address: what is not seen for a while may be another's by then. */

const SLOTS = 1 << 14;
/** Longer than a packet waits on its way through a kernel that is busy. */
const FRESH_NS = 5_000_000;
/** sk_buffs are this far apart, or more. */
const SPACING = 64;

export class SeenPackets {
  readonly #key = new Float64Array(SLOTS);
  readonly #time = new Float64Array(SLOTS);

  add(key: number, timeNs: number): void {
    const slot = slotOf(key);
    this.#key[slot] = key;
    this.#time[slot] = timeNs;
  }

  has(key: number, timeNs: number): boolean {
    const slot = slotOf(key);
    return this.#key[slot] === key && timeNs - (this.#time[slot] ?? 0) < FRESH_NS;
  }
}

function slotOf(key: number): number {
  return Math.floor(key / SPACING) & (SLOTS - 1);
}
