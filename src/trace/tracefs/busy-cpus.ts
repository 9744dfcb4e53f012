// SPDX-License-Identifier: GPL-2.0-only
/** What each CPU is busy with: the packet of its last event, and events that wait until their frame's length is known. */
import type { Placed } from './lab-view.ts';

/** A packet is no longer what a CPU is busy with after so long. */
const BUSY_NS = 1_000_000;

/** An event of XDP, whose frame's length is not known yet. */
interface Held {
  readonly point: number;
  readonly timeNs: number;
  readonly tid: number;
  readonly aux: number;
  readonly auxHigh: number;
  readonly place: Placed;
}

export interface BusyCpu {
  /** Whether the packet of the last event here has payload; null = not known. */
  hasPayload: boolean | null;
  timeNs: number;
  /** The task that it interrupted, or whose call it was: what follows from it runs in the same one. */
  tid: number;
  skb: number;
  /** It came in, and has made no socket ready yet. */
  arrived: boolean;
  netns: number;
  readonly held: Held[];
}

export class BusyCpus {
  readonly #cpus: BusyCpu[] = [];

  at(number: number): BusyCpu {
    const known = this.#cpus[number];
    if (known !== undefined) return known;
    const cpu = {
      ...{ hasPayload: null, timeNs: Number.NEGATIVE_INFINITY, tid: -1, skb: 0, arrived: false, netns: 0, held: [] },
    };
    this.#cpus[number] = cpu;
    return cpu;
  }
}

/** Whether what happens in this task now may follow from the CPU's packet. */
export function isBusyWith(cpu: BusyCpu, tid: number, timeNs: number): boolean {
  return cpu.tid === tid && timeNs - cpu.timeNs < BUSY_NS;
}
