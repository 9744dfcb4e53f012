// SPDX-License-Identifier: GPL-2.0-only
/** Leaves out of a transaction what tasks did meanwhile and what no packet waited for. */
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';
import { isGuestMachine } from '../../model/traced-machine.ts';

/**
 * The events of a transaction that are on its way. Two kinds are not: a task that gets the CPU back without having been
 * woken (it was put aside by another one, after it had sent), and a vCPU that is woken before there is a packet for the
 * guest (it is told that the last one was sent). What gives the guest a packet is seen as vmm_in; where no VMM has a hand
 * in it, as with a device of the guest's own, a packet for the guest has come once the hosts are done with it.
 */
export function onTheWay(
  { steps, first, step }: Timelines,
  towardsGuest: 'request' | 'response',
): (transaction: number) => readonly number[] {
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
