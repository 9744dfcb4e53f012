// SPDX-License-Identifier: GPL-2.0-only
/** Sorts the events of each transaction, cuts them to what the client waited for, and writes them as columns. */
import { TIMELINE_FLAGS, type TraceStep, type UnjoinedRecords } from '../../model/trace-timelines.ts';
import { pointNumber } from '../records/points.ts';
import type { Sorted } from './by-transaction.ts';
import { ACK_STEP } from './event-store.ts';
import type { JoinedPath } from './joined-trace.ts';
import type { Transactions } from './number-transactions.ts';
import { type PacketSpans, REQUEST, RESPONSE, spanAt } from './packet-spans.ts';
import type { StepKinds } from './step-kinds.ts';
import { cutColumns, timelineColumns } from './timeline-columns.ts';

export interface TimelineSource {
  readonly packets: readonly Sorted[];
  readonly openings: readonly Sorted[];
  readonly tasks: readonly Sorted[];
  readonly spans: PacketSpans;
  readonly transactions: Transactions;
  readonly kinds: StepKinds;
  readonly steps: readonly TraceStep[];
  /** The machine of the client, by its number. */
  readonly client: number;
  readonly paths: readonly number[];
  readonly originNs: bigint;
  /** ns after a machine's origin -> ns after the first one's, by the machine's number. */
  readonly toFirst: readonly ((ns: number) => number)[];
}

const SEND = pointNumber('send_enter');
const RECV = pointNumber('recv_exit');
/** What a 32-bit column of nanoseconds holds. */
const MOST_NS = 0xffff_ffff;

/** Whether the transactions of a path are expected to begin with a send call and to end with a receive call. */
interface Ends {
  readonly send: boolean;
  readonly recv: boolean;
}

export function writeTimelines(source: TimelineSource): { paths: JoinedPath[]; left: UnjoinedRecords[] } {
  const left: Left = { between: new Map(), incomplete: new Map() };
  const paths: JoinedPath[] = [];
  const { path } = source.transactions;
  for (const of of source.paths) {
    // Transactions are in the order of their paths.
    const from = path.indexOf(of);
    const to = from < 0 ? from : path.lastIndexOf(of) + 1;
    paths.push(writePath(source, { path: of, from: Math.max(from, 0), to: Math.max(to, 0) }, left));
  }
  const unjoined = (counts: ReadonlyMap<number, number>, why: UnjoinedRecords['why']): UnjoinedRecords[] =>
    [...counts].flatMap(([step, records]) => {
      const found = source.steps[step];
      return found === undefined ? [] : [{ machine: found.machine, point: found.point, why, records }];
    });
  return {
    paths,
    left: [...unjoined(left.between, 'between transactions'), ...unjoined(left.incomplete, 'incomplete transaction')],
  };
}

/** Step -> events that are in no timeline. */
interface Left {
  readonly between: Map<number, number>;
  readonly incomplete: Map<number, number>;
}

interface Range {
  readonly path: number;
  readonly from: number;
  readonly to: number;
}

function writePath(source: TimelineSource, { path, from, to }: Range, left: Left): JoinedPath {
  const stores = [...source.openings, ...source.packets, ...source.tasks];
  const most = stores.reduce((sum, { first }) => sum + (first[to] ?? 0) - (first[from] ?? 0), 0);
  const columns = timelineColumns(to - from, most);
  const counts = { cutAtStart: 0, cutAtEnd: 0, incomplete: 0, retransmitted: 0 };
  const ends = expectedEnds(source, from, to);
  const gatherer = new Gatherer(source, stores);
  let length = 0;
  let events = 0;
  for (let t = from; t < to; t++) {
    gatherer.gather(t);
    const cut = gatherer.cut(t, ends);
    if (cut === null) {
      if (gatherer.lacksStart(t) && t === from) counts.cutAtStart++;
      else if (t === to - 1) counts.cutAtEnd++;
      else counts.incomplete++;
      gatherer.leave(0, gatherer.length, left.incomplete);
      continue;
    }
    const start = gatherer.times[cut.from] ?? 0;
    for (let k = cut.from; k < cut.to; k++) {
      columns.step[events] = gatherer.steps[k] ?? 0;
      columns.atNs[events++] = Math.round((gatherer.times[k] ?? 0) - start);
    }
    gatherer.leave(0, cut.from, left.between);
    gatherer.leave(cut.to, gatherer.length, left.between);
    const repeated = source.spans.repeated[t] === 1;
    if (repeated) counts.retransmitted++;
    columns.number[length] = source.transactions.number[t] ?? 0;
    columns.flags[length] =
      (repeated ? TIMELINE_FLAGS.retransmitted : 0) | (gatherer.acks ? TIMELINE_FLAGS.ackOnly : 0);
    columns.startNs[length++] = start;
    columns.first[length] = events;
  }
  return {
    path,
    ...counts,
    timelines: {
      length,
      steps: source.steps,
      originNs: source.originNs,
      ...cutColumns(columns, length, events),
    },
  };
}

/** Whether these points were recorded at all: what most of the first transactions have, all must have. */
function expectedEnds(source: TimelineSource, from: number, to: number): Ends {
  const gatherer = new Gatherer(source, [...source.openings, ...source.packets, ...source.tasks]);
  let [whole, sends, recvs] = [0, 0, 0];
  for (let t = from; t < Math.min(to, from + 1000); t++) {
    gatherer.gather(t);
    const cut = gatherer.cut(t, { send: false, recv: false });
    if (cut === null) continue;
    whole++;
    if (source.kinds.point[gatherer.steps[cut.from] ?? 0] === SEND) sends++;
    if (source.kinds.point[gatherer.steps[cut.to - 1] ?? 0] === RECV) recvs++;
  }
  return { send: sends * 2 > whole, recv: recvs * 2 > whole };
}

const same = (ns: number) => ns;

/** The events of one transaction at a time, in the order of the first machine's clock. */
class Gatherer {
  times: number[] = [];
  steps: number[] = [];
  length = 0;
  acks = false;
  readonly #source: TimelineSource;
  readonly #stores: readonly Sorted[];

  constructor(source: TimelineSource, stores: readonly Sorted[]) {
    this.#source = source;
    this.#stores = stores;
  }

  gather(transaction: number): void {
    const { kinds, toFirst } = this.#source;
    const { times, steps } = this;
    let length = 0;
    this.acks = false;
    for (const { machine, store, first, index } of this.#stores) {
      const convert = toFirst[machine] ?? same;
      const end = first[transaction + 1] ?? 0;
      for (let k = first[transaction] ?? 0; k < end; k++) {
        const event = index[k] ?? 0;
        const step = store.step(event);
        if (step === ACK_STEP) {
          this.acks = true;
          continue;
        }
        if (kinds.chain[step] === 0) continue;
        const time = convert(store.timeNs(event));
        let at = length++;
        for (; at > 0 && (times[at - 1] ?? 0) > time; at--) {
          times[at] = times[at - 1] ?? 0;
          steps[at] = steps[at - 1] ?? 0;
        }
        times[at] = time;
        steps[at] = step;
      }
    }
    this.length = length;
  }

  lacksStart(transaction: number): boolean {
    const { spans, client } = this.#source;
    return Number.isNaN(spans.first[spanAt(spans, transaction, REQUEST, client)] ?? Number.NaN);
  }

  /** The client's send call (or the first sight of its packet) to its receive call; null = not whole. */
  cut(transaction: number, ends: Ends): { readonly from: number; readonly to: number } | null {
    const { spans, client, kinds, toFirst } = this.#source;
    const convert = toFirst[client] ?? same;
    const request = convert(spans.first[spanAt(spans, transaction, REQUEST, client)] ?? Number.NaN);
    const response = convert(spans.first[spanAt(spans, transaction, RESPONSE, client)] ?? Number.NaN);
    if (Number.isNaN(request) || Number.isNaN(response)) return null;
    let [from, to, send, recv] = [-1, -1, false, false];
    for (let k = 0; k < this.length && !recv; k++) {
      const step = this.steps[k] ?? 0;
      if (kinds.machine[step] !== client) continue;
      const [point, time, side] = [kinds.point[step], this.times[k] ?? 0, kinds.side[step]];
      if (point === SEND && time <= request) [from, send] = [k, true];
      else if (from < 0 && side === REQUEST) from = k;
      if (side === RESPONSE) to = k;
      else if (point === RECV && time >= response) [to, recv] = [k, true];
    }
    if ((ends.send && !send) || (ends.recv && !recv) || from < 0 || to <= from) return null;
    return (this.times[to] ?? 0) - (this.times[from] ?? 0) > MOST_NS ? null : { from, to: to + 1 };
  }

  leave(from: number, to: number, left: Map<number, number>): void {
    for (let k = from; k < to; k++) {
      const step = this.steps[k] ?? 0;
      left.set(step, (left.get(step) ?? 0) + 1);
    }
  }
}
