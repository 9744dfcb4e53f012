/** When each packet of each transaction was first and last seen on each machine: what clocks and completeness rest on. */
import type { TracedMachine } from '../../model/trace-timelines.ts';
import { pointNumber } from '../records/points.ts';
import type { Sorted } from './by-transaction.ts';
import type { StepKinds } from './step-kinds.ts';

/** ns after the origin of each machine, NaN = not seen. What only clocks need is empty without a guest. */
export interface PacketSpans {
  /** Four a transaction: by `spanAt`. */
  readonly first: Float64Array;
  /** Two a transaction, by `sideAt`: on the machine that sends this side, of the points at which it cannot have gone on yet. */
  readonly last: Float64Array;
  /** By `sideAt`: the driver's entry and exit with the packet of this side, in the guest; NaN = not seen, or not once. */
  readonly enter: Float64Array;
  readonly exit: Float64Array;
  /** 1 = a packet was sent twice. */
  readonly repeated: Uint8Array;
}

/** Where a span lies in the columns: side 1 = request, 2 = response. */
export function spanAt(transaction: number, side: number, onGuest: number): number {
  return transaction * 4 + (side - 1) * 2 + onGuest;
}

/** Where a side lies in the columns that have it once. */
export function sideAt(transaction: number, side: number): number {
  return transaction * 2 + side - 1;
}

const ENTER = pointNumber('driver_enter');
const EXIT = pointNumber('driver_exit');
/** Where the driver's entry is no point, what comes right before it: a wider bracket, that holds as well. */
const BEFORE_ENTER = pointNumber('dev_xmit');

export interface SpansSource {
  readonly packets: readonly Sorted[];
  readonly kinds: StepKinds;
  readonly transactions: number;
  readonly client: TracedMachine;
}

export function findSpans({ packets, kinds, transactions, client }: SpansSource): PacketSpans {
  const requester = client === 'guest' ? 1 : 0;
  const clocks = packets.some(({ machine, index }) => machine === 'guest' && index.length > 0);
  const columns = (each: number) => new Float64Array(transactions * each).fill(Number.NaN);
  const [first4, two] = [columns(4), clocks ? 2 : 0];
  const spans = { first: first4, last: columns(two), enter: columns(two), exit: columns(two) };
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
        const onGuest = kinds.onGuest[step] ?? 0;
        const at = spanAt(t, side, onGuest);
        const once = sideAt(t, side);
        const point = kinds.point[step];
        if (kinds.chain[step] === 1 && !((spans.first[at] ?? 0) <= time)) spans.first[at] = time;
        const sends = (side === 1) === (onGuest === requester);
        if (clocks && sends && kinds.before[step] === 1 && !((spans.last[once] ?? 0) >= time)) spans.last[once] = time;
        if (clocks && onGuest === 1) {
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
