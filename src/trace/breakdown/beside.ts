// SPDX-License-Identifier: GPL-2.0-only
/** What had the CPUs of a transaction during its longest gap: tasks, interrupts and softirqs, by their time in it. */
import type { SlowEvent } from '../../model/trace-slow.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';

/** Between two events of a transaction. */
export interface Gap {
  readonly from: string;
  readonly to: string;
  readonly fromNs: number;
  readonly toNs: number;
}

type Beside = { readonly what: string; readonly cpu: number; readonly ns: number };

/** include/linux/interrupt.h. */
export const SOFTIRQS = ['hi', 'timer', 'net_tx', 'net_rx', 'block', 'irq_poll', 'tasklet', 'sched', 'hrtimer', 'rcu'];

interface Open {
  readonly what: string;
  readonly sinceNs: number;
}

/** One CPU as events are walked in order. */
interface CpuState {
  task: Open | null;
  readonly nested: Map<string, Open>;
}

/** Longest first. Events are those of the CPUs in question, in order. */
export function besideGap(
  events: readonly SlowEvent[],
  { fromNs, toNs }: Gap,
  taskName: (machine: TracedMachine, tid: number) => string,
): Beside[] {
  const sums = new Map<string, Beside & { ns: number }>();
  const cpus = new Map<string, CpuState & { readonly machine: TracedMachine; readonly cpu: number }>();
  const add = (machine: TracedMachine, cpu: number, open: Open | null | undefined, endNs: number) => {
    if (open === null || open === undefined) return;
    const ns = Math.min(endNs, toNs) - Math.max(open.sinceNs, fromNs);
    if (ns <= 0) return;
    const what = `${machine}: ${open.what}`;
    const key = `${what} ${cpu}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { what, cpu, ns });
    else known.ns += ns;
  };
  for (const { machine, cpu, point, aux, tid, atNs } of events) {
    const key = `${machine} ${cpu}`;
    const state = cpus.get(key) ?? { machine, cpu, task: null, nested: new Map<string, Open>() };
    cpus.set(key, state);
    const kind = /^(irq|softirq)_(enter|exit)$/.exec(point);
    if (point === 'switch') {
      // The first switch says who had the CPU until then.
      const before = Number(aux & 0xffffffffn);
      add(machine, cpu, state.task ?? { what: taskName(machine, before), sinceNs: Number.NEGATIVE_INFINITY }, atNs);
      state.task = { what: taskName(machine, tid), sinceNs: atNs };
    } else if (kind !== null) {
      const number = Number(aux & 0xffffffffn);
      const what = kind[1] === 'irq' ? `irq ${number}` : `softirq ${SOFTIRQS[number] ?? number}`;
      if (kind[2] === 'enter') state.nested.set(what, { what, sinceNs: atNs });
      else {
        add(machine, cpu, state.nested.get(what), atNs);
        state.nested.delete(what);
      }
    }
  }
  for (const { machine, cpu, task, nested } of cpus.values())
    for (const open of [task, ...nested.values()]) add(machine, cpu, open, toNs);
  return [...sums.values()].sort((a, b) => b.ns - a.ns);
}
