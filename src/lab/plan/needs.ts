// SPDX-License-Identifier: GPL-2.0-only
/** What a lab asks of the machine, and what of it is there. */

import type { Backend } from '../../backends/backend.ts';
import { backendOf, backends } from '../../backends/index.ts';
import { findKernel } from '../../guest/kernel.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { Requirement, RequirementStatus } from '../../model/requirement.ts';
import type { UnavailablePath } from '../../model/result.ts';
import { probeRequirements } from '../../system/requirements.ts';
import { type PathNeeds, unavailablePaths } from '../../system/unavailable-paths.ts';
import { vmmOf, vmms } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';
import { DEFAULT_WIRE } from '../../wires/index.ts';

/** What every path needs: two hosts and a wire, and the prober on both. */
const HOST_REQUIREMENTS: readonly Requirement[] = [
  { kind: 'linux' },
  { kind: 'root' },
  { kind: 'tool', name: 'ip', package: 'iproute2', minimum: null },
  { kind: 'tool', name: 'sysctl', package: 'procps', minimum: null },
  ...DEFAULT_WIRE.requires,
  { kind: 'artifact', artifact: 'native' },
];

/** All that a path of this backend needs: what every path does, what its guest does, what is its own. */
export function requirementsOf(backend: Backend, options: unknown, vmm: Vmm = vmmOf(undefined)): Requirement[] {
  const guest: readonly Requirement[] = [...vmm.requires, { kind: 'artifact', artifact: 'guest-kernel' }];
  return [...HOST_REQUIREMENTS, ...(backend.guest ? guest : []), ...backend.requires(options)];
}

/** What the machine needs for a path of every backend with its default options, whichever VMM boots the guest. */
export function everyRequirement(): Requirement[] {
  const pairs = backends.flatMap((backend) => vmms.map((vmm) => ({ backend, vmm })));
  return pairs.flatMap(({ backend, vmm }) => requirementsOf(backend, backend.options.parse({}), vmm));
}

/** Every path with what it needs; Debian's kernel only where the guest boots it. */
function needsOf(spec: LabSpec): PathNeeds[] {
  const ownKernel = spec.guest.kernel.kind !== 'debian';
  return spec.paths.map(({ name, backend, options, named }) => ({
    path: name,
    backend,
    named,
    requirements: requirementsOf(backendOf(backend), options, vmmOf(spec.guest.vmm)).filter(
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
