/** Attaches one path: its wire, then its backend, with every undo owned by the path's scope. */

import type { AttachContext, Attached } from '../../backends/backend.ts';
import { backendOf } from '../../backends/index.ts';
import { argvOn } from '../../machines/netns/argv.ts';
import type { PathPlan, PlannedService, Step } from '../../model/plan.ts';
import { Scope } from '../../system/scope.ts';
import { wireOf } from '../../wires/index.ts';
import { inHost } from '../plan/in-host.ts';

/** What attaching needs of the lab: commands and services inside it. A test puts a recorder here. */
export interface LabExecutor {
  /** Runs a command to its end and returns its stdout. Throws COMMAND_FAILED. */
  run(argv: readonly string[], signal: AbortSignal): Promise<string>;
  /** Starts a service and waits until it is ready. */
  start(service: PlannedService, signal: AbortSignal): Promise<PathService>;
}

/** A service that runs. */
interface PathService extends AsyncDisposable {
  /** Its launcher, which stays outside the lab's pid namespace; absent in a test's recorder. */
  readonly pid?: number;
  /** Settles when it has ended, for whatever reason. */
  readonly exited?: Promise<unknown>;
}

export interface AttachedPath extends AsyncDisposable {
  readonly plan: PathPlan;
  /** What attaching has made for the guest. */
  readonly attached: Attached;
  /** What runs for the path, by the names of the plan. */
  readonly services: ReadonlyMap<string, PathService>;
}

/** Takes back what `apply` did; never cancelled by what cancelled the work. */
const UNDO_SIGNAL = new AbortController().signal;

/** Acts, and owes the undo from then on; a step that fails owes nothing. */
export async function applyStep(
  step: Step,
  { executor, scope, signal }: { executor: LabExecutor; scope: Scope; signal: AbortSignal },
): Promise<void> {
  const { on, undo } = step;
  await executor.run(argvOn(on, step.do), signal);
  if (undo === null) return;
  const argv = argvOn(on, undo);
  scope.defer(argv.join(' '), () => executor.run(argv, UNDO_SIGNAL));
}

/** Attaches a path. On failure everything that was done for it is undone before the error goes on. */
export async function attachPath(
  plan: PathPlan,
  { executor, signal }: { executor: LabExecutor; signal: AbortSignal },
): Promise<AttachedPath> {
  const scope = new Scope();
  const services = new Map<string, PathService>();
  const apply = (step: Step) => applyStep(step, { executor, scope, signal });
  const context: AttachContext = {
    signal,
    apply,
    look: (argv, on) => executor.run(argvOn(on ?? null, argv), signal),
    serve: async (service) => {
      const running = scope.use(service.name, await executor.start(service, signal));
      services.set(service.name, running);
      const stop = () => stopTogether([...services.values()]);
      void running.exited?.then(stop, stop);
      for (const step of service.whenReady ?? []) await apply(step);
    },
  };
  try {
    for (const step of wireOf(plan.wire.kind).plan(plan.wire)) await apply(step);
    const attached = await backendOf(plan.backend).attach(context, plan.backendPlan);
    for (const command of plan.commands ?? []) await executor.run(inHost(command), signal);
    return { plan, attached, services, [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close().catch(() => undefined); // the lab's namespaces take what is left
    throw error;
  }
}

/**
 * The services of a path end together. One that has lost its partner is of no use, and may do harm: ovs-vswitchd 3.1
 * polls without a pause once its database is gone, and under SCHED_FIFO starves the VMM and with it every other path.
 */
async function stopTogether(services: readonly PathService[]): Promise<void> {
  // Those that have ended already, and those that the scope is ending, are no failure.
  await Promise.allSettled(services.map((service) => service[Symbol.asyncDispose]()));
}
