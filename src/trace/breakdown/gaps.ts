// SPDX-License-Identifier: GPL-2.0-only
/** Counts what single transactions lack of a path's way: their shape then has a longer segment, and nothing says so. */
import type { Coverage, ExpectedStep } from '../../model/trace-breakdown.ts';
import { TIMELINE_FLAGS, type Timelines } from '../../model/trace-timelines.ts';
import { isExpected } from './coverage.ts';

/** A task that is woken as it goes to sleep, or while another is switched out for it, has no switch: these are counted apart. */
const WAKES = new Set(['waking', 'switch_in']);

/**
 * Of whole transactions in which nothing was sent again. Two kinds: a planned point that others of the path have, and a
 * task's waking that no switch to it followed. Sorted, most frequent first.
 */
export function gapsOf(timelines: Timelines, expected: readonly ExpectedStep[]): Coverage['gaps'] {
  const planned = expected.filter(({ point }) => !WAKES.has(point));
  const gaps = [...lackOf(timelines, planned), ...unrunOf(timelines)];
  return gaps.filter(({ transactions }) => transactions > 0).sort((a, b) => b.transactions - a.transactions);
}

/** What no transaction has is missing altogether, and no gap. */
function lackOf(timelines: Timelines, expected: readonly ExpectedStep[]): Coverage['gaps'] {
  const { steps, first, step } = timelines;
  return expected.flatMap((one) => {
    const fits = Uint8Array.from(steps, (each) => (isExpected(each, one) ? 1 : 0));
    let [lacking, having] = [0, 0];
    for (const t of usable(timelines)) {
      let k = first[t] ?? 0;
      const end = first[t + 1] ?? 0;
      while (k < end && fits[step[k] ?? 0] === 0) k++;
      if (k === end) lacking++;
      else having++;
    }
    return having === 0 ? [] : [{ ...one, after: null, transactions: lacking }];
  });
}

/** Per task: transactions in which it was woken, and not switched to before it was woken again or all was over. */
function unrunOf(timelines: Timelines): Coverage['gaps'] {
  const { steps, first, step } = timelines;
  const tasks = new Map<string, Coverage['gaps'][number] & { transactions: number; last: number }>();
  const key = steps.map(({ machine, place }) => `${machine} ${place}`);
  // Without switches nothing can be said: the point was not asked for, or refused.
  const switched = new Set(steps.flatMap(({ point }, index) => (point === 'switch_in' ? [key[index]] : [])));
  const waking = steps.map(({ point }, index) => point === 'waking' && switched.has(key[index]));
  for (const t of usable(timelines)) {
    const woken = new Map<string, number>();
    const lacks = (task: string, index: number) => {
      const { machine, place } = steps[index] ?? { machine: '', place: '' };
      const gap = tasks.get(task) ?? {
        ...{ point: 'switch_in', machine, place, side: 'task' as const, after: 'waking', transactions: 0, last: -1 },
      };
      tasks.set(task, gap);
      if (gap.last === t) return;
      gap.last = t;
      gap.transactions++;
    };
    for (let k = first[t] ?? 0; k < (first[t + 1] ?? 0); k++) {
      const index = step[k] ?? 0;
      const task = key[index] ?? '';
      if (waking[index] === true) {
        const before = woken.get(task);
        if (before !== undefined) lacks(task, before);
        woken.set(task, index);
      } else if (steps[index]?.point === 'switch_in') woken.delete(task);
    }
    for (const [task, index] of woken) lacks(task, index);
  }
  return [...tasks.values()].map(({ last: _, ...gap }) => gap);
}

function* usable({ length, flags }: Timelines): Generator<number> {
  for (let t = 0; t < length; t++) if (((flags[t] ?? 0) & TIMELINE_FLAGS.retransmitted) === 0) yield t;
}
