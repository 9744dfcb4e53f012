// SPDX-License-Identifier: GPL-2.0-only
/** Plan -> Lab: opens the hosts' machines, builds both hosts and attaches every path. */
import type { Machine, OpenOptions } from '../../machines/machine.ts';
import { type ToolPlace, toolsOn } from '../../machines/tools.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { HOST1, HOST2, HOSTS, type Host, isPlace, type Place, type Where } from '../../model/place.ts';
import { areOneMachine, type PathPlan, type Plan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import { Scope } from '../../system/scope.ts';
import { kindAt } from '../plan/host-steps.ts';
import { SERVICE_AWAKE_MS } from '../plan/real-time.ts';
import { takeTurns } from '../plan/turns.ts';
import { type AttachedPath, type AttachOptions, applyStep, attachPath } from './attach.ts';
import type { LiveGuest } from './live-guest.ts';

interface FailedPath {
  readonly plan: PathPlan;
  readonly error: HoplabError;
}

/** A live lab. Disposing it ends every process inside and removes all of it. */
export interface Lab extends AsyncDisposable {
  readonly id: string;
  readonly plan: Plan;
  /** By place. A guest's comes with its boot and goes with its end. */
  readonly machines: Map<Place, Machine>;
  /** By place, from their boot to their end. */
  readonly guests: Map<Place, LiveGuest>;
  readonly attached: ReadonlyMap<string, AttachedPath>;
  /** Paths that could not be attached: the others go on without them. */
  readonly failed: readonly FailedPath[];
  /**
   * Has these paths attached; those that take turns with one of them are detached first. What fails is in the answer, by name.
   * No guest may run: the NICs of what is detached end with it.
   */
  attach(names: readonly string[], signal: AbortSignal): Promise<readonly FailedPath[]>;
  /** The log file of one of its processes. */
  logPath(name: string): string;
}

export interface OpenLabOptions extends Omit<OpenOptions, 'options'> {
  readonly progress: Progress;
}

/** The machine that a place is on. Throws a plain Error for a guest that does not run. */
export function machineAt({ machines }: Pick<Lab, 'machines'>, where: Where): Machine {
  const place = isPlace(where) ? where : where.of;
  const machine = machines.get(place);
  if (machine === undefined) throw new Error(`${place} is asked for, and does not run`);
  return machine;
}

/** The guest at a place. Throws a plain Error for one that does not run. */
export function guestAt({ guests }: Pick<Lab, 'guests'>, place: Place): LiveGuest {
  const guest = guests.get(place);
  if (guest === undefined) throw new Error(`${place} is asked for, and does not run`);
  return guest;
}

/** Runs a command at a place of the lab, or on a machine as a whole; its stdout. */
export function runAt(
  lab: Pick<Lab, 'machines'>,
  on: Where,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return machineAt(lab, on).run(argv, { on, signal });
}

export function toolsAt(place: Place, lab: Pick<Lab, 'machines'>): ToolPlace {
  return toolsOn(machineAt(lab, place), place);
}

/**
 * Whether the machines of both hosts still answer: what a path loses with its machine is no fault of the path. Throws
 * MACHINE_GONE.
 */
export async function askMachines(lab: Pick<Lab, 'machines'>, signal: AbortSignal): Promise<void> {
  for (const host of HOSTS) await machineAt(lab, host).facts(signal);
}

/** Opens the lab. Throws what the hosts' own steps throw, and the error of a path when none could be attached. */
export async function openLab(plan: Plan, options: OpenLabOptions): Promise<Lab> {
  const { signal, logPath, progress } = options;
  const scope = new Scope();
  try {
    const machines = await openMachines(plan, { scope, options });
    const machineOf = (where: Where) => machineAt({ machines }, where);
    // This scope is never closed: closing the machine takes away all that was made on it for the lab.
    const inside = new Scope();
    for (const step of plan.hostSteps) await applyStep(step, { machineOf, scope: inside, signal });
    const { hostCpu: cpu, fifoPriority: priority } = plan.placement;
    const services = { cpu, realTime: { priority, awakeMs: SERVICE_AWAKE_MS } };
    const attached = new Map<string, AttachedPath>();
    const attachAll = (paths: readonly PathPlan[], within: AbortSignal) =>
      attachEach(paths, { attached, options: { machineOf, services, signal: within } });
    // Of those that take turns the first has it.
    const waits = ({ index, ...path }: PathPlan) =>
      plan.paths.some((other) => other.index < index && takeTurns(path, other));
    const atOnce = plan.paths.filter((path) => !waits(path));
    const { length: count } = atOnce;
    const failed = await progress.step(`attach ${count} path${count === 1 ? '' : 's'}`, () =>
      attachAll(atOnce, signal),
    );
    const first = failed[0];
    if (attached.size === 0 && first !== undefined) throw first.error;
    return {
      id: options.id,
      plan,
      machines,
      guests: new Map(),
      attached,
      failed,
      logPath,
      attach: async (names, within) => {
        const wanted = plan.paths.filter(({ name }) => names.includes(name) && !attached.has(name));
        const given = [...attached.values()].filter((one) => wanted.some((path) => takeTurns(one.plan, path)));
        for (const { plan: path, [Symbol.asyncDispose]: detach } of given) {
          await detach();
          attached.delete(path.name);
        }
        return attachAll(wanted, within);
      },
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** Attaches one after the other; those that fail, fail alone. Throws MACHINE_GONE. */
async function attachEach(
  paths: readonly PathPlan[],
  { attached, options }: { readonly attached: Map<string, AttachedPath>; readonly options: AttachOptions },
): Promise<FailedPath[]> {
  const failed: FailedPath[] = [];
  for (const path of paths) {
    try {
      attached.set(path.name, await attachPath(path, options));
    } catch (error) {
      options.signal.throwIfAborted();
      // No other path could be attached either.
      if (error instanceof HoplabError && error.code === 'MACHINE_GONE') throw error;
      failed.push({ plan: path, error: asHoplabError(path.name, error) });
    }
  }
  return failed;
}

/** Hosts whose machines are told alike share one; of two, host1's has its place in the names of its logs. */
async function openMachines(
  { machines: planned }: Pick<Plan, 'machines'>,
  { scope, options }: { readonly scope: Scope; readonly options: OpenLabOptions },
): Promise<Map<Place, Machine>> {
  const open = async (host: Host, logPath: OpenOptions['logPath']) => {
    const { kind, options: told } = kindAt(planned, host);
    const machine = await kind.open({ id: options.id, signal: options.signal, options: told, logPath });
    return scope.use(`close the ${kind.kind} machine of ${host}`, machine);
  };
  const near = await open(HOST2, options.logPath);
  const far = areOneMachine(planned) ? near : await open(HOST1, (name) => options.logPath(`${HOST1}-${name}`));
  return new Map([
    [HOST1, far],
    [HOST2, near],
  ]);
}

/** What the backends found out as they attached, with the path's name; a twin's is that of its original. */
export function attachWarnings({ attached }: Pick<Lab, 'attached'>): string[] {
  return [...attached.values()]
    .filter(({ plan }) => plan.twinOf === null)
    .flatMap(({ plan, attached: { warnings = [] } }) => warnings.map((text) => `${plan.name}: ${text}`));
}

function asHoplabError(path: string, error: unknown): HoplabError {
  if (error instanceof HoplabError) return error;
  return new HoplabError({ code: 'LAB_FAILED', message: `attach path ${path}: ${reasonOf(error)}`, cause: error });
}
