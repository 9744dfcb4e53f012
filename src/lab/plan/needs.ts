// SPDX-License-Identifier: GPL-2.0-only
/** What a lab asks of the machine, and what of it is there. */

import type { Backend } from '../../backends/backend.ts';
import { backendOf, backends } from '../../backends/index.ts';
import { findKernel } from '../../guest/kernel.ts';
import { machineKindOf, machines, machinesOf } from '../../machines/index.ts';
import type { MachineKind } from '../../machines/machine.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { Requirement, RequirementStatus } from '../../model/requirement.ts';
import type { UnavailablePath } from '../../model/result.ts';
import { probeRequirements } from '../../system/requirements.ts';
import { type PathNeeds, unavailablePaths } from '../../system/unavailable-paths.ts';
import { vmmOf, vmms } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';
import { wireOf, wires } from '../../wires/index.ts';
import type { WireKind } from '../../wires/wire.ts';

/** What a path stands on, beside its backend. */
interface Ground {
  /** Of its hosts. */
  readonly machines: readonly MachineKind[];
  readonly wire: WireKind;
  readonly vmm: Vmm;
}

/** That of a lab that names no kinds. */
const usualGround = (): Ground => ({
  machines: [machineKindOf(undefined)],
  wire: wireOf(undefined),
  vmm: vmmOf(undefined),
});

/** All that a path of this backend needs: two hosts and a wire with the prober on both, what its guest does, what is its own. */
export function requirementsOf(
  backend: Backend,
  options: unknown,
  { machines: kinds, wire, vmm }: Ground = usualGround(),
): Requirement[] {
  const guest: readonly Requirement[] = [...vmm.requires, { kind: 'artifact', artifact: 'guest-kernel' }];
  return [
    ...[...new Set(kinds)].flatMap(({ requires }) => requires),
    ...wire.requires,
    { kind: 'artifact', artifact: 'native' },
    ...(backend.guest ? guest : []),
    ...backend.requires(options),
  ];
}

/** What the machine needs for a path of every backend with its default options, whatever it stands on. */
export function everyRequirement(): Requirement[] {
  return backends.flatMap((backend) =>
    wires.flatMap((wire) =>
      vmms.flatMap((vmm) => requirementsOf(backend, backend.options.parse({}), { machines, wire, vmm })),
    ),
  );
}

/** Every path with what it needs; Debian's kernel only where the guest boots it. */
function needsOf(spec: LabSpec): PathNeeds[] {
  const ownKernel = spec.guest.kernel.kind !== 'debian';
  const vmm = vmmOf(spec.guest.vmm);
  const hosts = Object.values(machinesOf(spec)).map(machineKindOf);
  return spec.paths.map(({ name, backend, options, wire, named }) => ({
    path: name,
    backend,
    named,
    requirements: requirementsOf(backendOf(backend), options, { machines: hosts, wire: wireOf(wire), vmm }).filter(
      (need) => !(ownKernel && need.kind === 'artifact' && need.artifact === 'guest-kernel'),
    ),
  }));
}

/** Probes all that the paths need. */
function probeNeeds(needs: readonly PathNeeds[], signal: AbortSignal): Promise<RequirementStatus[]> {
  return probeRequirements(
    needs.flatMap(({ requirements }) => requirements),
    { signal, guestKernel: cachedKernel },
  );
}

/**
 * The paths that a dry run must leave out. Root, Linux and set-up are not asked for: a plan touches nothing, and
 * shows what would be run once they are there.
 */
export async function unavailableInPlan(spec: LabSpec, signal: AbortSignal): Promise<UnavailablePath[]> {
  const needs = needsOf(spec).map((need) => ({
    ...need,
    named: false,
    requirements: need.requirements.filter(({ kind }) => kind !== 'root' && kind !== 'linux' && kind !== 'artifact'),
  }));
  return unavailablePaths(needs, await probeNeeds(needs, signal));
}

/** The paths that a run must leave out. Throws for what no lab can do without, and for a path that the user named. */
export async function unavailableHere(spec: LabSpec, signal: AbortSignal): Promise<UnavailablePath[]> {
  const needs = needsOf(spec);
  return unavailablePaths(needs, await probeNeeds(needs, signal));
}

/** Debian's kernel in the cache, by name; throws NOT_SET_UP where it was not fetched. */
export async function cachedKernel(signal: AbortSignal): Promise<string> {
  return (await findKernel({ kind: 'debian' }, { signal, fetch: false })).source;
}
