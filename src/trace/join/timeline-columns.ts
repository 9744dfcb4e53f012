// SPDX-License-Identifier: GPL-2.0-only
/** The columns of timelines, made for the most that there can be and cut to what there was. */
import type { Timelines } from '../../model/trace-timelines.ts';

type TimelineColumns = Pick<Timelines, 'number' | 'flags' | 'startNs' | 'first' | 'step' | 'atNs'>;

export function timelineColumns(transactions: number, events: number): TimelineColumns {
  return {
    number: new Uint32Array(transactions),
    flags: new Uint8Array(transactions),
    startNs: new Float64Array(transactions),
    first: new Uint32Array(transactions + 1),
    step: new Uint16Array(events),
    atNs: new Uint32Array(events),
  };
}

export function cutColumns(columns: TimelineColumns, transactions: number, events: number): TimelineColumns {
  return {
    number: columns.number.subarray(0, transactions),
    flags: columns.flags.subarray(0, transactions),
    startNs: columns.startNs.subarray(0, transactions),
    first: columns.first.subarray(0, transactions + 1),
    step: columns.step.subarray(0, events),
    atNs: columns.atNs.subarray(0, events),
  };
}
