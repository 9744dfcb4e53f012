// SPDX-License-Identifier: GPL-2.0-only
/** LabSpec -> Plan: every name, address, command and block of a run. Pure. */
import type { PlanContext } from '../../backends/backend.ts';
import { backendOf } from '../../backends/index.ts';
import { machinesOf } from '../../machines/index.ts';
import { HoplabError } from '../../model/errors.ts';
import type { LabCommand, LabSpec, PathSpec, SchedulingSpec } from '../../model/lab-spec.ts';
import { hasGuest, type MachineFacts, type PathPlan, type Placement, type Plan } from '../../model/plan.ts';
import type { UnavailablePath } from '../../model/result.ts';
import { LAB_DIR } from '../../system/namespaces.ts';
import { vmmOf } from '../../vmms/index.ts';
import { wireOf } from '../../wires/index.ts';
import { addressesOf, MAX_PATHS } from './addressing.ts';
import { planHosts } from './host-steps.ts';
import { moveCommands } from './moved-commands.ts';
import { planBlocks } from './schedule.ts';

/**
 * Plans all paths of `spec` that are not in `unavailable`. Throws LAB_FAILED when nothing is left, and when the
 * reference of the comparisons cannot run.
 */
export function planLab(
  spec: LabSpec,
  facts: MachineFacts,
  unavailable: readonly UnavailablePath[],
  { observe = false }: { readonly observe?: boolean } = {},
): Plan {
  const vmm = vmmOf(spec.guest.vmm).kind;
  const missing = new Set(unavailable.map(({ path }) => path));
  const runnable = spec.paths.filter(({ name }) => !missing.has(name));
  if (runnable.length === 0) {
    throw new HoplabError({
      code: 'LAB_FAILED',
      message: `plan the lab: none of its paths can run here: ${unavailable.map(({ path, reason }) => `${path}: ${reason}`).join('; ')}`,
      hint: unavailable[0]?.hint ?? 'hoplab doctor',
    });
  }
  const paths = [...runnable.map((path) => ({ path, twinOf: null })), ...planTwin(spec, runnable)].map(
    ({ path, twinOf }, index) => planPath(path, { twinOf, index, facts, vmm, observe }),
  );
  if (paths.length > MAX_PATHS) {
    throw new HoplabError({
      code: 'LAB_FILE_INVALID',
      message: `plan the lab: ${paths.length} paths (twin included), and a guest has ${MAX_PATHS} slots`,
      hint: 'split the lab file into several',
    });
  }
  const { blocks, unreachable } = planBlocks(spec, paths);
  const machines = machinesOf(spec);
  const guestPaths = paths.filter(hasGuest);
  return {
    spec,
    facts,
    machines,
    paths,
    hostSteps: planHosts(machines),
    placement: planPlacement(spec.scheduling, facts),
    slots: guestPaths.length,
    guests: guestPaths.length === 0 ? 0 : Math.max(1, spec.comparison.draws > 0 ? spec.comparison.guests : 1),
    blocks,
    unavailable: [...unavailable, ...unreachable],
  };
}

/** The reference's A/A control: the same backend and options on a NIC and a wire of its own. */
function planTwin(spec: LabSpec, runnable: readonly PathSpec[]): { path: PathSpec; twinOf: string }[] {
  const { reference, draws, twin } = spec.comparison;
  const index = runnable.findIndex(({ name }) => name === reference);
  const original = runnable[index];
  if (original === undefined || !twin || draws === 0 || !backendOf(original.backend).guest) return [];
  // There is no second one of what its wire borrows.
  if (wireOf(original.wire).borrows !== undefined) return [];
  const commandsFor = original.commandsFor ?? { path: original.name, index };
  return [{ path: { ...original, name: `${original.name}-twin`, commandsFor }, twinOf: original.name }];
}

function planPath(
  path: PathSpec,
  {
    twinOf,
    index,
    ...context
  }: { twinOf: string | null; index: number } & Pick<PlanContext, 'facts' | 'vmm' | 'observe'>,
): PathPlan {
  const addresses = addressesOf(path.name, index, path);
  const backend = backendOf(path.backend);
  return {
    name: path.name,
    backend: path.backend,
    index,
    twinOf,
    wire: addresses.wire,
    port: addresses.port,
    backendPlan: backend.plan({ path: path.name, index, labDir: LAB_DIR, ...context, ...addresses }, path.options),
    ...(path.commands === undefined ? {} : { commands: commandsOf(path, index) }),
  };
}

function commandsOf({ name, commands = [], commandsFor }: PathSpec, index: number): readonly LabCommand[] {
  return commandsFor === undefined
    ? commands
    : moveCommands(commands, { from: commandsFor, to: { path: name, index } });
}

/** The vCPU (and the clients of `host`) on one CPU, everything else on another. */
function planPlacement(scheduling: SchedulingSpec, facts: MachineFacts): Placement {
  const candidates = facts.isolatedCpus.length >= 2 ? facts.isolatedCpus : facts.cpus;
  const guestCpu = scheduling.guestCpu ?? candidates[candidates.length - 1] ?? 0;
  const hostCpu = scheduling.hostCpu ?? candidates.find((cpu) => cpu !== guestCpu) ?? guestCpu;
  for (const [key, cpu] of Object.entries({ 'guest-cpu': guestCpu, 'host-cpu': hostCpu })) {
    if (!facts.cpus.includes(cpu)) {
      throw new HoplabError({
        code: 'LAB_FILE_INVALID',
        message: `plan the placement: scheduling.${key} is ${cpu}, and this machine's CPUs are ${facts.cpus.join(', ')}`,
        hint: `give one of them, or leave ${key} out`,
      });
    }
  }
  return { guestCpu, hostCpu, fifoPriority: scheduling.policy === 'fifo' ? scheduling.priority : 0 };
}
