// SPDX-License-Identifier: GPL-2.0-only
/** Attaches one path: its wire, then its backend, with every undo owned by the path's scope. */

import { setTimeout as delay } from 'node:timers/promises';
import type { AttachContext, Attached } from '../../backends/backend.ts';
import { backendOf } from '../../backends/index.ts';
import type { Machine, Running, Scheduling, ServiceOrder } from '../../machines/machine.ts';
import { HoplabError } from '../../model/errors.ts';
import { HOST2, isPlace, type Where, wholeMachine } from '../../model/place.ts';
import type { PathPlan, PlannedService, Step } from '../../model/plan.ts';
import { Scope } from '../../system/scope.ts';
import { wireOf } from '../../wires/index.ts';
import type { Borrowed } from '../../wires/wire.ts';

/** What attaching needs of a machine. A test puts a recorder here. */
export interface PathMachine extends Pick<Machine, 'run' | 'assign' | 'borrow'> {
  start(order: ServiceOrder): Promise<PathService>;
}

/** A link agrees on its speed in 3 s at most; a switch that listens before it forwards takes longer. */
const CARRIER_MS = 10_000;
const CARRIER_POLL_MS = 100;

/** The machine that a place is on. */
export type MachineOf = (where: Where) => PathMachine;

/** A service that runs. */
type PathService = Pick<Running, 'pid' | 'exited' | 'overran'> & AsyncDisposable;

export interface AttachedPath extends AsyncDisposable {
  readonly plan: PathPlan;
  /** What attaching has made for the guest. */
  readonly attached: Attached;
  /** What runs for the path, by the names of the plan. */
  readonly services: ReadonlyMap<string, PathService>;
}

/** The services that the kernel ended because they did not sleep, with its reason. */
export function overrunsOf({ services }: AttachedPath): string[] {
  return [...services].flatMap(([name, { overran }]) => (overran ? [`${name}: ${overran}`] : []));
}

/** Takes back what `apply` did; never cancelled by what cancelled the work. */
const UNDO_SIGNAL = new AbortController().signal;

/** Acts, and owes the undo from then on; a step that fails owes nothing. */
export async function applyStep(
  step: Step,
  { machineOf, scope, signal }: { machineOf: MachineOf; scope: Scope; signal: AbortSignal },
): Promise<void> {
  const { on, undo } = step;
  const machine = machineOf(on);
  await machine.run(step.do, { on, signal });
  if (undo === null) return;
  scope.defer(`${undo.join(' ')}${isPlace(on) ? ` on ${on}` : ''}`, () =>
    machine.run(undo, { on, signal: UNDO_SIGNAL }),
  );
}

export interface AttachOptions {
  readonly machineOf: MachineOf;
  /** How the services of the path are scheduled. */
  readonly services: Scheduling;
  readonly signal: AbortSignal;
}

/** What makes the wire of a path; none for one that has a cable. */
function wireSteps({ wire, backendPlan }: PathPlan): readonly Step[] {
  return backendPlan.ownCable ? [] : wireOf(wire.kind).plan(wire);
}

/** Attaches a path. On failure everything that was done for it is undone before the error goes on. */
export async function attachPath(
  plan: PathPlan,
  { machineOf, services: scheduling, signal }: AttachOptions,
): Promise<AttachedPath> {
  const scope = new Scope();
  const services = new Map<string, PathService>();
  const apply = (step: Step) => applyStep(step, { machineOf, scope, signal });
  const context: AttachContext = {
    signal,
    apply,
    look: (argv, on = wholeMachine(HOST2)) => machineOf(on).run(argv, { on, signal }),
    assign: async (device) => {
      const machine = machineOf(wholeMachine(HOST2));
      if (machine.assign === undefined)
        throw new HoplabError({
          code: 'LAB_FAILED',
          message: `path ${plan.name}: host2's machine gives no NIC to a guest`,
        });
      scope.use(`give ${device.nic} back`, await machine.assign(device, signal));
    },
    serve: async (service) => {
      const running = scope.use(
        service.name,
        await machineOf(service.host).start(orderOf(service, scheduling, signal)),
      );
      services.set(service.name, running);
      const stop = () => stopTogether([...services.values()]);
      void running.exited?.then(stop, stop);
      for (const step of service.whenReady ?? []) await apply(step);
    },
  };
  try {
    const borrowed = plan.backendPlan.ownCable ? [] : (wireOf(plan.wire.kind).borrows?.(plan.wire) ?? []);
    for (const one of borrowed) await borrow(one, { machineOf, scope, signal });
    for (const step of wireSteps(plan)) await apply(step);
    const attached = await backendOf(plan.backend).attach(context, plan.backendPlan);
    for (const one of borrowed) await waitForCarrier(one, context);
    for (const command of plan.commands ?? [])
      await machineOf(command.on).run(command.run, { on: command.on, asTyped: true, signal });
    return { plan, attached, services, [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close().catch(() => undefined); // the lab's namespaces take what is left
    throw error;
  }
}

async function borrow(
  { place, ...loan }: Borrowed,
  { machineOf, scope, signal }: { machineOf: MachineOf; scope: Scope; signal: AbortSignal },
): Promise<void> {
  const machine = machineOf(place);
  if (machine.borrow === undefined) throw new Error(`the machine of ${place} lends no interface`);
  scope.use(`give ${loan.device} of ${place} back`, await machine.borrow({ ...loan, place, signal }));
}

/** A link may take seconds to agree on its speed; nothing is sent before. Throws UPLINK_DOWN. */
async function waitForCarrier({ place, device, as }: Borrowed, { look, signal }: AttachContext): Promise<void> {
  const deadline = performance.now() + CARRIER_MS;
  while (performance.now() < deadline) {
    if ((await look(['ip', 'link', 'show', 'dev', as], place)).includes('LOWER_UP')) return;
    await delay(CARRIER_POLL_MS, undefined, { signal });
  }
  throw new HoplabError({
    code: 'UPLINK_DOWN',
    message: `attach ${device} of ${place}: no carrier after ${CARRIER_MS / 1000} s`,
    hint: 'look at its cable, its switch, and whether the interface at the other end is up',
  });
}

function orderOf({ name, argv, host, readySocket }: PlannedService, scheduling: Scheduling, signal: AbortSignal) {
  const ready = readySocket === null ? {} : { ready: { kind: 'socket', path: readySocket } as const };
  return { ...scheduling, name, argv, on: host, ...ready, signal };
}

/**
 * The services of a path end together. One that has lost its partner is of no use, and may do harm: ovs-vswitchd 3.1
 * polls without a pause once its database is gone, and under SCHED_FIFO starves the VMM and with it every other path.
 */
async function stopTogether(services: readonly PathService[]): Promise<void> {
  // Those that have ended already, and those that the scope is ending, are no failure.
  await Promise.allSettled(services.map((service) => service[Symbol.asyncDispose]()));
}
