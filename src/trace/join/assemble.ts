// SPDX-License-Identifier: GPL-2.0-only
/** From events that know their transactions to timelines on one clock: the second half of the join. */
import { HoplabError } from '../../model/errors.ts';
import type { ClockAlignment, ClockMethod } from '../../model/trace-clock.ts';
import type { TraceStep, UnjoinedRecords } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import { ClockBrackets, offsetAt } from '../clock/align-clocks.ts';
import { addTscBrackets, alignByTsc, type TscSource } from '../clock/tsc-offset.ts';
import { giveBack } from '../records/give-back.ts';
import { NO_TRANSACTION, type Sorted, sortByTransaction } from './by-transaction.ts';
import { ACK_STEP, type MachineEvents } from './event-store.ts';
import type { FlowTable } from './flow-table.ts';
import { addKickBrackets, addPacketBrackets, type BracketSource } from './guest-brackets.ts';
import type { Alignments, JoinedPath } from './joined-trace.ts';
import { lastAtMost, numberTransactions, type Transactions } from './number-transactions.ts';
import { findSpans, type PacketSpans, REQUEST, RESPONSE, spanAt } from './packet-spans.ts';
import { kindsOf, type StepKinds } from './step-kinds.ts';
import { writeTimelines } from './write-timelines.ts';

export interface Assembly {
  /** The first one's clock is that of the timelines. */
  readonly machines: readonly TracedMachine[];
  /** By the machine's number. */
  readonly events: readonly MachineEvents[];
  readonly flows: FlowTable;
  readonly steps: readonly TraceStep[];
  /** The machine of the client, by its number. */
  readonly client: number;
  readonly paths: readonly number[];
  /** What a guest under KVM and its host say of the CPU's counter. */
  readonly tsc: ReadonlyMap<TracedMachine, TscSource>;
}

export interface Assembled {
  readonly paths: readonly JoinedPath[];
  readonly alignments: Alignments;
  readonly left: readonly UnjoinedRecords[];
}

export function assembleTimelines(assembly: Assembly): Assembled {
  const { machines, events, flows, steps, client, paths } = assembly;
  const transactions = numberTransactions(flows);
  const kinds = kindsOf(steps, machines);
  const ofSlot = (slot: number) => transactions.ofSlot[slot] ?? NO_TRANSACTION;
  const sorted = (of: 'packets' | 'openings') =>
    events.map((one, machine) => {
      const store = one[of];
      return sortByTransaction({ machine, store }, transactions.length, (index) => ofSlot(store.owner(index)));
    });
  const packets = sorted('packets');
  const openings = sorted('openings');
  const spans = findSpans({ packets, kinds, transactions: transactions.length, machines: machines.length, client });
  checkOrder(spans, transactions, client);
  const source = { spans, transactions, client };
  const clocks = events.map((_, machine) => (machine === 0 ? null : clocksOf(events, { ...source, machine })));
  const rough = clocks.map((one) => one?.align(one.brackets, 'packet bracket') ?? null);
  const starts = startsOf({ openings, flows, ...source }, toFirst(rough[client] ?? null));
  const tasks = events.map(({ tasks: store }, machine) => {
    const convert = toFirst(rough[machine] ?? null);
    return sortByTransaction({ machine, store }, transactions.length, (index) =>
      starts.at(convert(store.timeNs(index))),
    );
  });
  const alignments = machines.map((name, machine) => {
    const [one, roughly] = [clocks[machine] ?? null, rough[machine] ?? null];
    if (one === null || roughly === null) return null;
    const bracketed = withKicks(one, roughly, { tasks, kinds, source: { ...source, machine } });
    return withTsc(one, bracketed, assembly.tsc.get(name) ?? null);
  });
  const { paths: written, left } = writeTimelines({
    ...{ packets, openings, tasks, spans, transactions, kinds, steps, client, paths },
    originNs: events.find(({ originNs }) => originNs !== null)?.originNs ?? 0n,
    toFirst: alignments.map(toFirst),
  });
  const stray = strayTasks(tasks, steps, machines);
  for (const { store, first, index } of [...packets, ...openings, ...tasks]) {
    store.release();
    giveBack(first, index);
  }
  giveBack(spans.first, spans.last, spans.enter, spans.exit);
  const known = machines.flatMap((machine, at): [TracedMachine, ClockAlignment][] => {
    const alignment = alignments[at] ?? null;
    return alignment === null ? [] : [[machine, alignment]];
  });
  return { paths: written, alignments: new Map(known), left: [...left, ...stray] };
}

/** ns after the machine's origin -> ns after the first machine's. */
function toFirst(alignment: ClockAlignment | null): (ns: number) => number {
  return alignment === null ? (ns) => ns : (ns) => ns + offsetAt(alignment, ns);
}

interface Clocks {
  readonly brackets: ClockBrackets;
  readonly at: Pick<ClockAlignment, 'referenceNs' | 'baseNs'>;
  readonly align: (brackets: ClockBrackets, method: ClockMethod) => ClockAlignment;
}

/** What packets say of a machine's clock and the first one's; null where none was seen on both. */
function clocksOf(events: Assembly['events'], source: BracketSource): Clocks | null {
  const [hostNs, guestNs] = [events[0]?.originNs ?? null, events[source.machine]?.originNs ?? null];
  const brackets = new ClockBrackets();
  if (hostNs === null || guestNs === null || addPacketBrackets(brackets, source) === 0) return null;
  const at = { referenceNs: guestNs, baseNs: hostNs - guestNs };
  return { brackets, at, align: (all, method) => all.align({ ...at, method }) };
}

/** An alignment, and the brackets that it satisfies. */
interface Bracketed {
  readonly alignment: ClockAlignment;
  readonly brackets: ClockBrackets;
}

interface KickSource {
  readonly tasks: readonly Sorted[];
  readonly kinds: StepKinds;
  readonly source: BracketSource;
}

/**
 * Narrows the region by kicks. No record says which packet a kick is for, so kicks may contradict each other: then the
 * packets alone count, whose bound is wider and holds.
 */
function withKicks(clocks: Clocks, rough: ClockAlignment, { tasks, kinds, source }: KickSource): Bracketed {
  const [hostTasks] = tasks;
  const all = clocks.brackets.copy();
  const byPackets = { alignment: rough, brackets: clocks.brackets };
  if (hostTasks === undefined || addKickBrackets(all, hostTasks, kinds, { ...source, rough }) === 0) return byPackets;
  try {
    return { alignment: clocks.align(all, 'kick bracket'), brackets: all };
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    return { ...byPackets, alignment: { ...rough, withoutKicks: error.message } };
  }
}

/**
 * By the CPU's counter where it is known. What packets and kicks say must be possible under it: where no line satisfies
 * both, the counter is another's, or was changed meanwhile, and they alone count.
 */
function withTsc({ at }: Clocks, { alignment, brackets }: Bracketed, tsc: TscSource | null): ClockAlignment {
  if (tsc === null) return alignment;
  const both = brackets.copy();
  const { bendNs } = addTscBrackets(both, tsc, at);
  try {
    both.align({ ...at, method: 'tsc-offset', leastBendNs: bendNs });
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    return {
      ...alignment,
      withoutTsc: `tsc-offset and the ${alignment.method} contradict each other: ${error.message}`,
    };
  }
  return alignByTsc(tsc, at);
}

/** A response that its client saw before it saw the request. */
function checkOrder(spans: PacketSpans, { length, number, path }: Transactions, client: number): void {
  for (let t = 0; t < length; t++) {
    const firstOf = (side: number) => spans.first[spanAt(spans, t, side, client)] ?? 0;
    const early = firstOf(REQUEST) - firstOf(RESPONSE);
    if (early > 0)
      throw new HoplabError({
        code: 'TRACE_IMPOSSIBLE',
        message: `join the records: the client's machine saw the response of transaction ${number[t]} of path ${path[t]} ${early} ns before its request`,
        hint: 'sizes of request and response must be those of the probe; trace this path again',
      });
  }
}

interface StartsSource extends Omit<BracketSource, 'machine'> {
  readonly openings: readonly Sorted[];
  readonly flows: FlowTable;
}

/** Transactions by the time at which their client began them: which one is under way at any time of the host. */
function startsOf({ openings, flows, spans, transactions, client }: StartsSource, convert: (ns: number) => number) {
  const began = new Float64Array(transactions.length);
  for (let t = 0; t < transactions.length; t++) began[t] = spans.first[spanAt(spans, t, REQUEST, client)] ?? Number.NaN;
  for (const { machine: on, store } of openings) {
    if (on !== client) continue;
    for (let i = 0; i < store.length; i++) {
      const slot = store.owner(i);
      const t = transactions.ofSlot[slot] ?? 0;
      if (flows.channels[slot]?.response === false && store.timeNs(i) < (began[t] ?? 0)) began[t] = store.timeNs(i);
    }
  }
  const known = Uint32Array.from(began.keys()).filter((t) => !Number.isNaN(began[t]));
  known.sort((a, b) => (began[a] ?? 0) - (began[b] ?? 0));
  const times = Float64Array.from(known, (t) => convert(began[t] ?? 0));
  let last = 0;
  return {
    at(ns: number): number {
      // Records are nearly sorted: most often it is the one of the record before, or the next.
      let steps = 0;
      while (last + 1 < times.length && (times[last + 1] ?? 0) <= ns && steps++ < 8) last++;
      while (last >= 0 && (times[last] ?? 0) > ns && steps++ < 8) last--;
      if (steps > 8) last = lastAtMost(times, ns);
      const found = last;
      last = Math.max(last, 0);
      return found < 0 || (times[found] ?? Number.POSITIVE_INFINITY) > ns
        ? NO_TRANSACTION
        : (known[found] ?? NO_TRANSACTION);
    },
  };
}

/** Events without a packet before the first transaction. */
function strayTasks(
  tasks: readonly Sorted[],
  steps: readonly TraceStep[],
  machines: readonly TracedMachine[],
): UnjoinedRecords[] {
  return tasks.flatMap(({ machine: at, store, index }) => {
    const machine = machines[at];
    if (machine === undefined) return [];
    const used = new Uint8Array(store.length);
    for (const event of index) used[event] = 1;
    const counts = new Map<string, number>();
    for (let i = 0; i < store.length; i++) {
      const step = store.step(i);
      if (used[i] === 1 || step === ACK_STEP) continue;
      const point = steps[step]?.point ?? '';
      counts.set(point, (counts.get(point) ?? 0) + 1);
    }
    return [...counts].map(([point, records]) => ({ machine, point, why: 'no transaction' as const, records }));
  });
}
