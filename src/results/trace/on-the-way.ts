// SPDX-License-Identifier: GPL-2.0-only
/** Leaves out of a transaction what tasks did meanwhile and what no packet waited for. */
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';

/**
 * The events of a transaction that are on its way. Two kinds are not: a task that gets the CPU back without having been
 * woken (it was put aside by another one, after it had sent), and a vCPU that is woken before there is a packet for the
 * guest (it is told that the last one was sent).
 */
export function onTheWay(
  { steps, first, step }: Timelines,
  towardsGuest: 'request' | 'response',
): (transaction: number) => readonly number[] {
  const woken = new Set(steps.filter(({ point }) => point === 'waking').map(({ place }) => place));
  return (transaction) => {
    const kept: number[] = [];
    const pending = new Set<string>();
    let arrived = false;
    for (let event = first[transaction] ?? 0; event < (first[transaction + 1] ?? 0); event++) {
      const at = steps[step[event] ?? 0];
      if (at === undefined) continue;
      if (at.point === 'vmm_in' && at.side === towardsGuest) arrived = true;
      if (isVcpu(at) && !arrived) continue;
      if (at.point === 'waking') pending.add(at.place);
      if (at.point === 'switch_in' && woken.has(at.place) && !pending.delete(at.place)) continue;
      kept.push(event);
    }
    return kept;
  };
}

/** Of a thread of the VMM that runs the guest; its kick is the guest's own, and on the way. */
function isVcpu({ place, point, side }: TraceStep): boolean {
  return side === 'task' && /^vcpu\d+$/.test(place) && point !== 'kick';
}
