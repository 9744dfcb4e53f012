// SPDX-License-Identifier: GPL-2.0-only
/**
 * Timelines of what the kernel stamps for a client's socket: send call, queue, driver, receive, return of the receive
 * call. All on the client's clock; what lies between driver and receive is all that is outside its machine's stack.
 */
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import { TIMELINE_FLAGS, type Timelines, type TraceStep } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import { cutColumns, timelineColumns } from './timeline-columns.ts';

export const STAMP_POINTS = ['send_enter', 'stamp_queue', 'stamp_driver', 'stamp_receive', 'recv_exit'] as const;

export interface StampSource {
  readonly samples: Samples;
  /** Index of the path in its block. */
  readonly path: number;
  readonly queueNs: Uint32Array;
  readonly driverNs: Uint32Array;
  readonly client: TracedMachine;
}

export interface StampTimelines {
  readonly timelines: Timelines;
  /** Transactions without a single stamp of the kernel. */
  readonly incomplete: number;
  /** Samples whose stamps were there, by point: what the coverage says. */
  readonly stamped: Readonly<Record<(typeof STAMP_POINTS)[number], number>>;
}

const LEFT_OUT = SAMPLE_FLAGS.lost | SAMPLE_FLAGS.saturated;

export function stampTimelines({ samples, path, queueNs, driverNs, client }: StampSource): StampTimelines {
  const steps = STAMP_POINTS.map((point) => stepOf(point, client));
  const rows = [...Array(samples.length).keys()].filter((i) => samples.path[i] === path);
  const most = rows.length * STAMP_POINTS.length;
  const columns = timelineColumns(rows.length, most);
  const stamped = { send_enter: 0, stamp_queue: 0, stamp_driver: 0, stamp_receive: 0, recv_exit: 0 };
  let [length, events, incomplete] = [0, 0, 0];
  for (const [number, i] of rows.entries()) {
    const flags = samples.flags[i] ?? 0;
    if ((flags & LEFT_OUT) !== 0) continue;
    const rtt = samples.rttNs[i] ?? 0;
    const received = (flags & SAMPLE_FLAGS.kernelStamp) === 0 ? 0 : (samples.kernelReceiveNs[i] ?? 0);
    const times = [0, queueNs[i] ?? 0, driverNs[i] ?? 0, received, rtt];
    const begin = events;
    let last = 0;
    for (const [step, time] of times.entries()) {
      const isEnd = step === 0 || step === STAMP_POINTS.length - 1;
      // A stamp out of order is of another packet: it is not of this way.
      if (!isEnd && (time === 0 || time < last || time > rtt)) continue;
      columns.step[events] = step;
      columns.atNs[events++] = time;
      last = time;
      const point = STAMP_POINTS[step];
      if (point !== undefined) stamped[point]++;
    }
    if (events - begin === 2) {
      incomplete++;
      events = begin;
      continue;
    }
    columns.number[length] = number;
    columns.flags[length] = (flags & SAMPLE_FLAGS.retransmit) === 0 ? 0 : TIMELINE_FLAGS.retransmitted;
    columns.startNs[length++] = Number(samples.schedNs[i] ?? 0n) + (samples.lateNs[i] ?? 0);
    columns.first[length] = events;
  }
  const timelines = { length, steps, originNs: 0n, ...cutColumns(columns, length, events) };
  return { timelines, incomplete, stamped };
}

function stepOf(point: (typeof STAMP_POINTS)[number], machine: TracedMachine): TraceStep {
  const isCall = point === 'send_enter' || point === 'recv_exit';
  const side = isCall ? 'task' : point === 'stamp_receive' ? 'response' : 'request';
  return { machine, place: isCall ? 'client' : machine, device: '', point, side };
}
