// SPDX-License-Identifier: GPL-2.0-only
/**
 * Timelines as a trace of the Trace Event Format ("Trace Event Format", Google, 2016), which the Perfetto UI and
 * chrome://tracing open. A process has the transactions, a thread a path: a slice each, which holds a slice for each of its
 * steps. Then a process a machine, a thread a device or task, with the same steps, and flows that join the hops of a packet. Text
 * in pieces, so that no trace is too long. Pure.
 */
import { GUEST } from '../../model/place.ts';
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';
import { HOSTS_MACHINE, type TracedMachine } from '../../model/traced-machine.ts';

export interface NamedTimelines {
  /** Of the path. */
  readonly name: string;
  readonly timelines: Timelines;
}

/** Times are relative to the first transaction: a viewer's doubles of microseconds lose the nanoseconds of an uptime. */
export function* chromeTrace(paths: readonly NamedTimelines[]): Generator<string> {
  const originNs = firstNs(paths);
  const tracks = new Tracks(paths);
  const head = {
    displayTimeUnit: 'ns',
    otherData: { clock: 'CLOCK_MONOTONIC of the host', originNs: String(originNs) },
  };
  yield `${JSON.stringify(head).slice(0, -1)},"traceEvents":[\n`;
  yield tracks
    .metadata()
    .map((event) => JSON.stringify(event))
    .join(',\n');
  let flow = 0;
  for (const { name, timelines } of paths) {
    const laterNs = Number(timelines.originNs - originNs);
    const shifted = { name, timelines, laterNs, tracks };
    for (let t = 0; t < timelines.length; t++) {
      yield transactionText(shifted, t, flow);
      flow += 2;
    }
  }
  yield '\n]}\n';
}

interface Source extends NamedTimelines {
  readonly laterNs: number;
  readonly tracks: Tracks;
}

function firstNs(paths: readonly NamedTimelines[]): bigint {
  const starts = paths.flatMap(({ timelines: { length, startNs, originNs } }) =>
    length === 0 ? [] : [originNs + BigInt(Math.floor(startNs.reduce((least, ns) => Math.min(least, ns))))],
  );
  const [first = 0n] = starts.sort((a, b) => Number(a - b));
  return first;
}

/** Viewers drop a slice of no length, and with it the flow that is bound to it. */
const LEAST_NS = 1;

function transactionText({ name, timelines, laterNs, tracks }: Source, t: number, flow: number): string {
  const { first, step, steps, atNs, startNs, number } = timelines;
  const [from, to] = [first[t] ?? 0, first[t + 1] ?? 0];
  const start = (startNs[t] ?? 0) + laterNs;
  const args = `"args":{"path":${JSON.stringify(name)},"transaction":${number[t]}`;
  const own = `"pid":${TRANSACTIONS},"tid":${tracks.path(name)}`;
  const whole = (atNs[to - 1] ?? 0) + LEAST_NS;
  let text = `,\n{"ph":"X","cat":"transaction","name":"transaction ${number[t]}",${own},"ts":${micros(start)},"dur":${micros(whole)},${args}}}`;
  const sides = { request: 0, response: 0, task: 0 };
  for (let k = from; k < to; k++) sides[steps[step[k] ?? 0]?.side ?? 'task']++;
  const seen = { request: 0, response: 0, task: 0 };
  for (let k = from; k < to; k++) {
    const what = steps[step[k] ?? 0];
    if (what === undefined) continue;
    const length = k + 1 < to ? (atNs[k + 1] ?? 0) - (atNs[k] ?? 0) : 0;
    const span = `"ts":${micros(start + (atNs[k] ?? 0))},"dur":${micros(Math.max(length, LEAST_NS))}`;
    const where = `"pid":${tracks.process(what)},"tid":${tracks.thread(what)}`;
    const title = what.side === 'task' ? what.point : `${what.point} ${what.side}`;
    text += `,\n{"ph":"X","cat":"hop","name":${JSON.stringify(title)},${where},${span},${args}}}`;
    text += `,\n{"ph":"X","cat":"step","name":${JSON.stringify(`${titleOf(what)} ${title}`)},${own},${span}}`;
    if (what.side === 'task' || sides[what.side] < 2) continue;
    const place = seen[what.side]++;
    const phase = place === 0 ? 's' : place === sides[what.side] - 1 ? 'f' : 't';
    const id = flow + (what.side === 'request' ? 0 : 1);
    const bound = phase === 'f' ? ',"bp":"e"' : '';
    text += `,\n{"ph":"${phase}","cat":"hop","name":"${what.side}","id":${id},${where},"ts":${micros(start + (atNs[k] ?? 0))}${bound}}`;
  }
  return text;
}

/** Microseconds with all nanoseconds, which a float would round. */
function micros(ns: number): string {
  const whole = Math.round(Math.abs(ns));
  return `${ns < 0 ? '-' : ''}${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}`;
}

interface MetadataEvent {
  readonly ph: 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/** Process ids: the transactions above, then the machines in the order in which packets pass them. */
const TRANSACTIONS = 1;
const FIRST_MACHINES: readonly TracedMachine[] = [GUEST, HOSTS_MACHINE];

interface Track {
  readonly pid: number;
  readonly tid: number;
  readonly title: string;
}

/** A thread for each path, and for each device, place or task of a machine, in the order in which packets pass them. */
class Tracks {
  readonly #threads = new Map<string, Track>();
  readonly #machines = [...FIRST_MACHINES];

  constructor(paths: readonly NamedTimelines[]) {
    for (const { name } of paths) this.#add(pathKey(name), TRANSACTIONS, name);
    for (const { timelines } of paths)
      for (const step of timelines.steps) this.#add(keyOf(step), this.process(step), titleOf(step));
  }

  #add(key: string, pid: number, title: string): void {
    if (!this.#threads.has(key)) this.#threads.set(key, { pid, tid: this.#threads.size + 1, title });
  }

  process({ machine }: TraceStep): number {
    if (!this.#machines.includes(machine)) this.#machines.push(machine);
    return TRANSACTIONS + 1 + this.#machines.indexOf(machine);
  }

  #titleOf(pid: number): string {
    return pid === TRANSACTIONS ? 'transactions' : (this.#machines[pid - TRANSACTIONS - 1] ?? '');
  }

  thread(step: TraceStep): number {
    return this.#threads.get(keyOf(step))?.tid ?? 0;
  }

  path(name: string): number {
    return this.#threads.get(pathKey(name))?.tid ?? 0;
  }

  metadata(): MetadataEvent[] {
    const threads = [...this.#threads.values()];
    const processes = [...new Set(threads.map(({ pid }) => pid))].sort((a, b) => a - b);
    return [
      ...processes.flatMap((pid): MetadataEvent[] => [
        { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: this.#titleOf(pid) } },
        { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } },
      ]),
      ...threads.flatMap(({ pid, tid, title }): MetadataEvent[] => [
        { ph: 'M', name: 'thread_name', pid, tid, args: { name: title } },
        { ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } },
      ]),
    ];
  }
}

function titleOf({ place, device }: TraceStep): string {
  return [place, device].filter((word) => word !== '').join(' ') || 'packets without a device';
}

function keyOf(step: TraceStep): string {
  return JSON.stringify([step.machine, step.side === 'task', titleOf(step)]);
}

function pathKey(name: string): string {
  return JSON.stringify([name]);
}
