/** When each packet of each transaction was first and last seen on each machine: what clocks and completeness rest on. */
import type { Sorted } from './by-transaction.ts';
import { pointNumber } from './points.ts';
import type { StepKinds } from './step-kinds.ts';

/** Four spans a transaction; ns after the origin of each machine, NaN = not seen. What only clocks need is empty without a guest. */
export interface PacketSpans {
  readonly first: Float64Array;
  /** Of the points at which it cannot have gone on yet. */
  readonly last: Float64Array;
  /** The driver's entry and exit with the packet of this side, in the guest; NaN = not seen, or not once. */
  readonly enter: Float64Array;
  readonly exit: Float64Array;
  /** 1 = a packet was sent twice. */
  readonly repeated: Uint8Array;
}

/** Where a span lies in the columns: side 1 = request, 2 = response. */
export function spanAt(transaction: number, side: number, onGuest: number): number {
  return transaction * 4 + (side - 1) * 2 + onGuest;
}

const ENTER = pointNumber('driver_enter');
const EXIT = pointNumber('driver_exit');
/** Where the driver's entry is no point, what comes right before it: a wider bracket, that holds as well. */
const BEFORE_ENTER = pointNumber('dev_xmit');

export function findSpans(packets: readonly Sorted[], kinds: StepKinds, transactions: number): PacketSpans {
  const clocks = packets.some(({ machine, index }) => machine === 'guest' && index.length > 0);
  const columns = (wanted: boolean) => new Float64Array(wanted ? transactions * 4 : 0).fill(Number.NaN);
  const spans = { first: columns(true), last: columns(clocks), enter: columns(clocks), exit: columns(clocks) };
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
        const at = spanAt(t, side, kinds.onGuest[step] ?? 0);
        const point = kinds.point[step];
        if (kinds.chain[step] === 1 && !((spans.first[at] ?? 0) <= time)) spans.first[at] = time;
        if (clocks && kinds.before[step] === 1 && !((spans.last[at] ?? 0) >= time)) spans.last[at] = time;
        if (clocks && (point === ENTER || (point === BEFORE_ENTER && kinds.onGuest[step] === 1)))
          spans.enter[at] = time;
        else if (clocks && point === EXIT) spans.exit[at] = time;
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
