// SPDX-License-Identifier: GPL-2.0-only
/** The slowest transactions kept whole, with what else ran on their CPUs: so that a spike has a name. */
import { Buffer } from 'node:buffer';
import type { SlowEvent, SlowTransaction } from '../../model/trace-slow.ts';
import type { Timelines } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import { offsetAt } from '../clock/align-clocks.ts';
import type { Alignments } from '../join/joined-trace.ts';
import { type MachineNames, NAMELESS } from '../join/step-table.ts';
import type { TakeRecords } from '../records/decode-records.ts';
import { pointName, pointNumber, TRACE_POINTS } from '../records/points.ts';
import type { RecordBatch } from '../records/record-batch.ts';
import { RECORD_FLAGS } from '../records/record-layout.ts';
import { besideGap, type Gap } from './beside.ts';

export interface SlowOptions {
  readonly alignments: Alignments;
  readonly names: Readonly<Record<TracedMachine, MachineNames>>;
  /** How many are kept. */
  readonly count?: number;
}

const COUNT = 5;
/** What began before the transaction and runs into it is looked for this far back. */
const BEFORE_NS = 2_000_000;
/** A transaction that waits for seconds must not keep millions of records. */
const MOST_EVENTS = 20_000;

const WAKING = pointNumber('waking');
const SIDE = Uint8Array.from({ length: 256 }, (_, number) => (TRACE_POINTS[number - 1]?.role === 'side' ? 1 : 0));

interface Kept {
  readonly index: number;
  readonly number: number;
  readonly startNs: number;
  readonly totalNs: number;
  readonly events: SlowEvent[];
}

/** A second reading of the same files: the first one says which transactions are slow, the second one keeps their records. */
export class SlowCollector {
  readonly #timelines: Timelines;
  readonly #options: SlowOptions;
  /** By time. */
  readonly #kept: readonly Kept[];
  /** Names of tasks that the records themselves tell. */
  readonly #taskNames = new Map<string, string>();

  constructor(timelines: Timelines, options: SlowOptions) {
    this.#timelines = timelines;
    this.#options = options;
    this.#kept = slowest(timelines, options.count ?? COUNT);
  }

  /** What a decoder of a file of this machine hands its records to. */
  take(machine: TracedMachine): TakeRecords {
    const alignment = this.#options.alignments.get(machine);
    const convert = (ns: number) => (alignment === undefined ? ns : ns + offsetAt(alignment, ns));
    return (batch) => {
      for (let i = 0; i < batch.length; i++) {
        const flag = batch.flags[i] ?? 0;
        if ((flag & RECORD_FLAGS.name) !== 0) this.#taskNames.set(`${machine} ${batch.tid[i]}`, nameIn(batch, i));
        const ns = convert(batch.timeNs[i] ?? 0);
        for (const kept of this.#kept) {
          const atNs = ns - kept.startNs;
          if (atNs < -BEFORE_NS || atNs > kept.totalNs || kept.events.length >= MOST_EVENTS) continue;
          kept.events.push(this.#describe(machine, batch, { i, atNs: Math.round(atNs) }));
        }
      }
    };
  }

  /** Slowest first. */
  finish(): SlowTransaction[] {
    return [...this.#kept].sort((a, b) => b.totalNs - a.totalNs).map((kept) => this.#conclude(kept));
  }

  #describe(
    machine: TracedMachine,
    batch: RecordBatch,
    { i, atNs }: { readonly i: number; readonly atNs: number },
  ): SlowEvent {
    const names = this.#options.names[machine] ?? NAMELESS;
    const point = batch.point[i] ?? 0;
    const [tid, netns, ifindex] = [batch.tid[i] ?? 0, batch.netns[i] ?? 0, batch.ifindex[i] ?? 0];
    const aux = (BigInt(batch.auxHigh[i] ?? 0) << 32n) | BigInt(batch.auxLow[i] ?? 0);
    return {
      ...{ machine, atNs, point: pointName(point), cpu: batch.cpu[i] ?? 0, tid, aux },
      place: names.namespaces.find(({ inode }) => inode === netns)?.name ?? '',
      device: names.devices.find((one) => one.ifindex === ifindex && one.inode === netns)?.name ?? '',
      task: this.#taskName(machine, point === WAKING ? Number(aux) : tid),
      kind: SIDE[point] === 1 ? 'beside' : 'own',
    };
  }

  #taskName(machine: TracedMachine, tid: number): string {
    const listed = (this.#options.names[machine] ?? NAMELESS).tasks.find((task) => task.tid === tid)?.name;
    if (tid === 0) return 'idle';
    return listed ?? this.#taskNames.get(`${machine} ${tid}`) ?? `task ${tid}`;
  }

  #conclude({ index, number, startNs, totalNs, events }: Kept): SlowTransaction {
    events.sort((a, b) => a.atNs - b.atNs);
    // What happens before the first step belongs to others, but for what runs on into it.
    const used = new Set(events.filter(({ kind, atNs }) => kind === 'own' && atNs >= 0).map(cpuOf));
    const shown = events.filter((event) => (event.kind === 'own' ? event.atNs >= 0 : used.has(cpuOf(event))));
    const gap = longestGap(this.#timelines, index);
    return {
      ...{ number, startNs, totalNs, events: shown.filter(({ atNs }) => atNs >= 0) },
      longest: { from: gap.from, to: gap.to, ns: gap.toNs - gap.fromNs },
      beside: besideGap(shown, gap, (machine, tid) => this.#taskName(machine, tid)),
    };
  }
}

function cpuOf({ machine, cpu }: Pick<SlowEvent, 'machine' | 'cpu'>): string {
  return `${machine} ${cpu}`;
}

function slowest({ length, number, startNs, first, atNs }: Timelines, count: number): Kept[] {
  const total = (t: number) => ((first[t + 1] ?? 0) > (first[t] ?? 0) ? (atNs[(first[t + 1] ?? 0) - 1] ?? 0) : 0);
  const order = Uint32Array.from({ length }, (_, t) => t).sort((a, b) => total(b) - total(a));
  return [...order.subarray(0, count)]
    .map((t) => ({ index: t, number: number[t] ?? 0, startNs: startNs[t] ?? 0, totalNs: total(t), events: [] }))
    .sort((a, b) => a.startNs - b.startNs);
}

function longestGap({ steps, first, step, atNs }: Timelines, t: number): Gap {
  let longest: Gap = { from: '', to: '', fromNs: 0, toNs: 0 };
  for (let k = (first[t] ?? 0) + 1; k < (first[t + 1] ?? 0); k++) {
    const [fromNs, toNs] = [atNs[k - 1] ?? 0, atNs[k] ?? 0];
    if (toNs - fromNs <= longest.toNs - longest.fromNs) continue;
    const nameOf = (at: number) => {
      const found = steps[step[at] ?? 0];
      return found === undefined
        ? ''
        : [found.machine, found.place, found.device, found.point].filter((word) => word !== '').join(' ');
    };
    longest = { from: nameOf(k - 1), to: nameOf(k), fromNs, toNs };
  }
  return longest;
}

/** The name of a task, in the bytes that otherwise have a packet's addresses. */
function nameIn(batch: RecordBatch, i: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(batch.source[i] ?? 0, 0);
  bytes.writeUInt32LE(batch.destination[i] ?? 0, 4);
  bytes.writeUInt16LE(batch.sourcePort[i] ?? 0, 8);
  bytes.writeUInt16LE(batch.destinationPort[i] ?? 0, 10);
  bytes.writeUInt32LE(batch.number[i] ?? 0, 12);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? 16 : end);
}
