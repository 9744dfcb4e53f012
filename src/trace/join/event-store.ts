// SPDX-License-Identifier: GPL-2.0-only
/** Events that wait for their transactions, in chunks of columns: nothing is copied when there are more. */
import { giveBack } from '../records/give-back.ts';

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/** 14 bytes an event; `owner` and `step` mean what the user of the store says. */
export class EventStore {
  readonly #times: Float64Array[] = [];
  readonly #owners: Uint32Array[] = [];
  readonly #steps: Uint16Array[] = [];
  #time = new Float64Array(0);
  #owner = new Uint32Array(0);
  #step = new Uint16Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(timeNs: number, owner: number, step: number): void {
    const at = this.#length++ & MASK;
    if (at === 0) this.#grow();
    this.#time[at] = timeNs;
    this.#owner[at] = owner;
    this.#step[at] = step;
  }

  #grow(): void {
    this.#time = new Float64Array(CHUNK);
    this.#owner = new Uint32Array(CHUNK);
    this.#step = new Uint16Array(CHUNK);
    this.#times.push(this.#time);
    this.#owners.push(this.#owner);
    this.#steps.push(this.#step);
  }

  /** Of no use any more, and empty. */
  release(): void {
    giveBack(...this.#times.splice(0), ...this.#owners.splice(0), ...this.#steps.splice(0));
    this.#length = 0;
  }

  timeNs(index: number): number {
    return this.#times[index >>> CHUNK_BITS]?.[index & MASK] ?? Number.NaN;
  }

  owner(index: number): number {
    return this.#owners[index >>> CHUNK_BITS]?.[index & MASK] ?? 0;
  }

  step(index: number): number {
    return this.#steps[index >>> CHUNK_BITS]?.[index & MASK] ?? 0;
  }
}

/** Events of one machine while they wait. */
export interface MachineEvents {
  originNs: bigint | null;
  /** Known by a packet's number; owner = slot. */
  readonly packets: EventStore;
  /** Without a packet; owner = its aux (a file descriptor, a task). */
  readonly tasks: EventStore;
  /** Send calls without a packet so far, by task. */
  readonly sends: Map<number, readonly [timeNs: number, step: number]>;
  /** Send calls whose packet is the next one of their task; owner = slot. */
  readonly openings: EventStore;
}

export function emptyEvents(): MachineEvents {
  const stores = { packets: new EventStore(), tasks: new EventStore(), openings: new EventStore() };
  return { originNs: null, ...stores, sends: new Map<number, readonly [number, number]>() };
}

/** Of a segment without payload, among the events without a packet: it marks a transaction and is no step. */
export const ACK_STEP = 0xffff;
