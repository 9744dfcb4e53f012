// SPDX-License-Identifier: GPL-2.0-only
/** When each packet of each transaction was first and last seen on each machine: what clocks and completeness rest on. */
import { pointNumber } from '../records/points.ts';
import type { Sorted } from './by-transaction.ts';
import type { StepKinds } from './step-kinds.ts';

export const REQUEST = 1;
export const RESPONSE = 2;

/** ns after the origin of each machine, NaN = not seen. With records of one machine, columns for clocks alone are empty. */
export interface PacketSpans {
  readonly machines: number;
  /** By `spanAt`. */
  readonly first: Float64Array;
  /** By `spanAt`: of the points at which it cannot have gone on to the next machine yet. */
  readonly last: Float64Array;
  /** By `sideAt`: when the sending guest's driver took this side's packet and was done; NaN = not seen, or more than once. */
  readonly enter: Float64Array;
  readonly exit: Float64Array;
  /** 1 = a packet was sent twice. */
  readonly repeated: Uint8Array;
}

/** Where a span lies in the columns: side REQUEST or RESPONSE, the machine by its number. */
export function spanAt(
  { machines }: Pick<PacketSpans, 'machines'>,
  transaction: number,
  side: number,
  machine: number,
) {
  return (transaction * 2 + side - 1) * machines + machine;
}

/** Where a side lies in the columns that have it once. */
export function sideAt(transaction: number, side: number): number {
  return transaction * 2 + side - 1;
}

/** Whether a guest sends this side to the machine in the middle: the client the request, every other one the response. */
export function leaves(machine: number, side: number, client: number): boolean {
  return (side === REQUEST) === (machine === client);
}

const ENTER = pointNumber('driver_enter');
const EXIT = pointNumber('driver_exit');
/** What comes right before the driver's entry, for traces without that point: a wider bracket that holds too. */
const BEFORE_ENTER = pointNumber('dev_xmit');

export interface SpansSource {
  readonly packets: readonly Sorted[];
  readonly kinds: StepKinds;
  readonly transactions: number;
  readonly machines: number;
  /** The machine of the client, by its number. */
  readonly client: number;
}

export function findSpans({ packets, kinds, transactions, machines, client }: SpansSource): PacketSpans {
  const clocks = packets.some(({ machine, index }) => machine > 0 && index.length > 0);
  const columns = (each: number) => new Float64Array(transactions * each).fill(Number.NaN);
  const [all, two] = [columns(2 * machines), clocks ? 2 : 0];
  const last = columns(clocks ? 2 * machines : 0);
  const spans = { machines, first: all, last, enter: columns(two), exit: columns(two) };
  const repeated = new Uint8Array(transactions);
  const seen = new Int32Array(kinds.side.length).fill(-1);
  for (const { store, first, index } of packets) {
    for (let t = 0; t < transactions; t++) {
      const end = first[t + 1] ?? 0;
      for (let k = first[t] ?? 0; k < end; k++) {
        const event = index[k] ?? 0;
        const step = store.step(event);
        const side = kinds.side[step] ?? 0;
        if (side === 0) continue;
        const time = store.timeNs(event);
        const machine = kinds.machine[step] ?? 0;
        const at = spanAt(spans, t, side, machine);
        const point = kinds.point[step];
        if (kinds.chain[step] === 1 && !((spans.first[at] ?? 0) <= time)) spans.first[at] = time;
        if (clocks && kinds.before[step] === 1 && !((spans.last[at] ?? 0) >= time)) spans.last[at] = time;
        if (clocks && machine > 0 && leaves(machine, side, client)) {
          const once = sideAt(t, side);
          if (point === ENTER || point === BEFORE_ENTER) spans.enter[once] = time;
          else if (point === EXIT) spans.exit[once] = time;
        }
        if (kinds.once[step] === 1) {
          if (seen[step] === t) repeated[t] = 1;
          seen[step] = t;
        }
      }
    }
    seen.fill(-1);
  }
  return { ...spans, repeated };
}
