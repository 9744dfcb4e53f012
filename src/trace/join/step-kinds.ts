// SPDX-License-Identifier: GPL-2.0-only
/** What the assembly must know of a step, as columns that its inner loops can index. */
import type { TraceStep } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import { pointNumber, TRACE_POINTS } from '../records/points.ts';
import { SIDES } from './step-table.ts';

export interface StepKinds {
  /** Index into SIDES. */
  readonly side: Uint8Array;
  readonly point: Uint16Array;
  /** Its number among the machines of the trace. */
  readonly machine: Uint8Array;
  /** 1 = part of a timeline. */
  readonly chain: Uint8Array;
  /** 1 = the packet has certainly not been given to the next machine yet when the time is taken. */
  readonly before: Uint8Array;
  /** 1 = seen twice, the packet was sent twice. */
  readonly once: Uint8Array;
}

/** Stamped when the frames have been given away, so that the other side may have seen them: a guest that polls needs no interrupt. */
const AFTERWARDS = ['xdp_out', 'guest_irq'];
const ONCE = ['dev_queue', 'dev_xmit'];

export function kindsOf(steps: readonly TraceStep[], machines: readonly TracedMachine[]): StepKinds {
  const chain = ({ point }: TraceStep) => TRACE_POINTS.some(({ name, role }) => name === point && role === 'chain');
  const flag = (is: (step: TraceStep) => boolean) => Uint8Array.from(steps, (step) => (is(step) ? 1 : 0));
  return {
    side: Uint8Array.from(steps, ({ side }) => SIDES.indexOf(side)),
    point: Uint16Array.from(steps, ({ point }) => pointNumber(point)),
    machine: Uint8Array.from(steps, ({ machine }) => machines.indexOf(machine)),
    chain: flag(chain),
    before: flag((step) => chain(step) && step.side !== 'task' && !AFTERWARDS.includes(step.point)),
    once: flag(({ point, side }) => side !== 'task' && ONCE.includes(point)),
  };
}
