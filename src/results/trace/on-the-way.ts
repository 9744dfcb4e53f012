// SPDX-License-Identifier: GPL-2.0-only
/** Leaves out of a transaction what tasks did meanwhile and what no packet waited for. */
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';
import { isGuestMachine } from '../../model/traced-machine.ts';

/**
 * The events of a transaction that are on its way. These are not: a task that gets the CPU back without having been woken
 * (it was put aside by another one, after it had sent); a vCPU that is woken before there is a packet for the guest, and
 * the interrupt that does it (it is told that the last one was sent); what a guest whose client has got its response
 * wakes the host for (it gives buffers back to its ring). What gives the guest a packet is seen as vmm_in; where no VMM
 * has a hand in it, as with a device of the guest's own, the packet has come once the hosts are done with it.
 */
export function onTheWay(
  { steps, first, step }: Timelines,
  towardsGuest: 'request' | 'response',
): (transaction: number) => readonly number[] {
  const hasGuest = steps.some(({ machine }) => isGuestMachine(machine));
  const woken = new Set(steps.filter(({ point }) => point === 'waking').map(({ place }) => place));
  const gives = steps.some(({ point, side }) => point === 'vmm_in' && side === towardsGuest)
    ? ({ point, side }: TraceStep) => point === 'vmm_in' && side === towardsGuest
    : ({ machine, side }: TraceStep) => !isGuestMachine(machine) && side === towardsGuest;
  return (transaction) => {
    const [begin, end] = [first[transaction] ?? 0, first[transaction + 1] ?? 0];
    const isGiven = (event: number) => {
      const at = steps[step[event] ?? 0];
      return at !== undefined && gives(at);
    };
    let given = end - 1;
    while (given >= begin && !isGiven(given)) given--;
    const kept: number[] = [];
    const pending = new Set<string>();
    for (let event = begin; event < end; event++) {
      const at = steps[step[event] ?? 0];
      if (at === undefined) continue;
      if (isVcpu(at) && (given < begin || event < given)) continue;
      if (at.point === 'guest_irq' && at.side !== towardsGuest) continue;
      if (hasGuest && towardsGuest === 'response' && given >= begin && event > given && isOfHost(at)) continue;
      if (at.point === 'waking') pending.add(at.place);
      if (at.point === 'switch_in' && woken.has(at.place) && !pending.delete(at.place)) continue;
      kept.push(event);
    }
    return kept;
  };
}

/** What a thread of the host does, but for the vCPU's own. */
function isOfHost(step: TraceStep): boolean {
  return step.side === 'task' && !isGuestMachine(step.machine) && !isVcpu(step);
}

/** Of a thread of the VMM that runs the guest; its kick is the guest's own, and on the way. */
function isVcpu({ place, point, side }: TraceStep): boolean {
  return side === 'task' && /^vcpu\d+$/.test(place) && point !== 'kick';
}
