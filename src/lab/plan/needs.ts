// SPDX-License-Identifier: GPL-2.0-only
/** What a lab asks of the machine, and what of it is there. */

import type { Backend } from '../../backends/backend.ts';
import { backendOf, backends } from '../../backends/index.ts';
import { type GuestArch, hostArch } from '../../guest/arch.ts';
import { findKernel } from '../../guest/kernel.ts';
import { machineKindOf, machines as machineKinds, machinesOf } from '../../machines/index.ts';
import type { MachineKind } from '../../machines/machine.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import { HOST1, HOST2, type Host } from '../../model/place.ts';
import { areOneMachine, type MachineFacts } from '../../model/plan.ts';
import type { Requirement, RequirementStatus } from '../../model/requirement.ts';
import type { UnavailablePath } from '../../model/result.ts';
import { type PathNeeds, unavailablePaths } from '../../system/unavailable-paths.ts';
import { vmmOf, vmms } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';
import { wireOf, wires } from '../../wires/index.ts';
import type { WireKind } from '../../wires/wire.ts';
import { kindAt, knowledgeOf } from './host-steps.ts';

/** What a path stands on, beside its backend. */
interface Ground {
  /** Of host2, which runs its guest and its backend. */
  readonly machine: MachineKind;
  readonly wire: WireKind;
  readonly vmm: Vmm;
  /** Of the guest. */
  readonly arch: GuestArch;
}

/** That of a lab that names no kinds. */
const usualGround = (): Ground => ({
  machine: machineKindOf(undefined),
  wire: wireOf(undefined),
  vmm: vmmOf(undefined),
  arch: hostArch(),
});

/** All that a path of this backend needs of host2's machine: a place, a wire and the prober, what its guest does, what is its own. */
export function requirementsOf(
  backend: Backend,
  options: unknown,
  { machine, wire, vmm, arch }: Ground = usualGround(),
): Requirement[] {
  const guest = backend.guest ? [...vmm.requires(arch), ...partsOfGuest(arch)] : [];
  return [...requirementsOfHost(machine, wire), ...guest, ...backend.requires(options)];
}

/** What set-up makes or fetches for a guest. */
function partsOfGuest(arch: GuestArch): Requirement[] {
  if (arch === hostArch()) return [{ kind: 'artifact', artifact: 'guest-kernel' }];
  return [
    { kind: 'artifact', artifact: 'native', arch },
    { kind: 'artifact', artifact: 'guest-kernel', arch },
  ];
}

/** What either host needs for a path. */
function requirementsOfHost(machine: MachineKind, wire: WireKind): Requirement[] {
  return [...machine.requires, ...wire.requires, { kind: 'artifact', artifact: 'native' }];
}

/** What the machine needs for a path of every backend with its default options, whatever it stands on. */
export function everyRequirement(): Requirement[] {
  return backends.flatMap((backend) =>
    machineKinds.flatMap((machine) =>
      wires.flatMap((wire) =>
        vmms.flatMap((vmm) =>
          requirementsOf(backend, backend.options.parse({}), { machine, wire, vmm, arch: hostArch() }),
        ),
      ),
    ),
  );
}

/** What a path needs, of either machine. */
interface Needs extends PathNeeds {
  readonly ofHost1: readonly Requirement[];
  readonly ofHost2: readonly Requirement[];
}

/** Every path with what it needs of all that is asked for; Debian's kernel only where the guest boots it. */
function needsOf(spec: LabSpec, isAsked: (need: Requirement) => boolean): Needs[] {
  const machines = machinesOf(spec);
  const vmm = vmmOf(spec.guest.vmm);
  const ownKernel = spec.guest.kernel.kind !== 'debian';
  const isNeeded = (need: Requirement) =>
    isAsked(need) && !(ownKernel && need.kind === 'artifact' && need.artifact === 'guest-kernel');
  return spec.paths.map(({ name, backend, options, wire: kind, named }) => {
    const wire = wireOf(kind);
    const ground = { machine: kindAt(machines, HOST2).kind, wire, vmm, arch: spec.guest.arch };
    const ofHost1 = requirementsOfHost(kindAt(machines, HOST1).kind, wire).filter(isNeeded);
    const ofHost2 = requirementsOf(backendOf(backend), options, ground).filter(isNeeded);
    return { path: name, backend, named, ofHost1, ofHost2, requirements: [...ofHost2, ...ofHost1] };
  });
}

/** Asks the machines of both hosts for all that the paths need; one machine is asked once. */
async function probeNeeds(spec: LabSpec, needs: readonly Needs[], signal: AbortSignal): Promise<RequirementStatus[]> {
  const machines = machinesOf(spec);
  const probe = (host: Host, requirements: readonly Requirement[]) =>
    knowledgeOf(machines, host).probe(requirements, { signal, guestKernel: cachedKernel });
  const near = needs.flatMap(({ ofHost2 }) => ofHost2);
  if (areOneMachine(machines)) return probe(HOST2, near);
  const far = needs.flatMap(({ ofHost1 }) => ofHost1);
  return (await Promise.all([probe(HOST2, near), probe(HOST1, far)])).flat();
}

/** What planning must know of a lab's machines. */
export interface KnownAhead {
  /** Of host2's. */
  readonly facts: MachineFacts;
  /** The paths that must be left out. */
  readonly unavailable: readonly UnavailablePath[];
}

/**
 * For a dry run. Root, Linux and set-up are not asked for: a plan touches nothing, and shows what would be run once they
 * are there.
 */
export async function knownForPlan(spec: LabSpec, signal: AbortSignal): Promise<KnownAhead> {
  const needs = needsOf(spec, ({ kind }) => kind !== 'root' && kind !== 'linux' && kind !== 'artifact');
  return know(
    spec,
    needs.map((need) => ({ ...need, named: false })),
    signal,
  );
}

/** For a run. Throws for what no lab can do without, and for a path that the user named. */
export function knownForRun(spec: LabSpec, signal: AbortSignal): Promise<KnownAhead> {
  return know(
    spec,
    needsOf(spec, () => true),
    signal,
  );
}

async function know(spec: LabSpec, needs: readonly Needs[], signal: AbortSignal): Promise<KnownAhead> {
  const [statuses, facts] = await Promise.all([
    probeNeeds(spec, needs, signal),
    knowledgeOf(machinesOf(spec)).facts(signal),
  ]);
  return { facts, unavailable: unavailablePaths(needs, statuses) };
}

/** Debian's kernel in the cache, by name; throws NOT_SET_UP where it was not fetched. */
export async function cachedKernel(signal: AbortSignal, arch: GuestArch = hostArch()): Promise<string> {
  return (await findKernel({ kind: 'debian' }, { signal, arch, fetch: false })).source;
}
