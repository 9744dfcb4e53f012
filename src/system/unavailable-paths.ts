// SPDX-License-Identifier: GPL-2.0-only
/** Joins what paths need with what the machine has: which of them cannot run, why, and what would change it. */
import { HoplabError } from '../model/errors.ts';
import type { Requirement, RequirementStatus } from '../model/requirement.ts';
import type { UnavailablePath } from '../model/result.ts';
import { nameRequirement, requirementKey } from './requirements.ts';

/** A path and all that it needs. */
export interface PathNeeds {
  readonly path: string;
  readonly backend: string;
  /** True: the user asked for it, so that it must not be left out silently. */
  readonly named: boolean;
  readonly requirements: readonly Requirement[];
}

/** The statuses that belong to `requirements` and are not met. */
export function missingOf(
  requirements: readonly Requirement[],
  statuses: readonly RequirementStatus[],
): RequirementStatus[] {
  const wanted = new Set(requirements.map(requirementKey));
  return statuses.filter(({ requirement, met }) => !met && wanted.has(requirementKey(requirement)));
}

/**
 * The paths that cannot run. Throws NOT_LINUX, NOT_ROOT or NOT_SET_UP for what no lab can do without, and
 * REQUIREMENT_MISSING for a path that the user named; of the others the reason goes into the report.
 */
export function unavailablePaths(
  needs: readonly PathNeeds[],
  statuses: readonly RequirementStatus[],
): UnavailablePath[] {
  refuseWholeLab(statuses);
  const unavailable = needs
    .map((need) => ({ ...need, missing: missingOf(need.requirements, statuses) }))
    .filter(({ missing }) => missing.length > 0);
  const named = unavailable.filter((need) => need.named);
  if (named.length > 0) {
    const lines = named.map(({ path, backend, missing }) => `path ${path} (${backend}) needs ${sayAll(missing)}`);
    throw new HoplabError({
      code: 'REQUIREMENT_MISSING',
      message: `prepare the lab: ${lines.join('\n  ')}`,
      hint: hintsOf(named.flatMap(({ missing }) => missing)),
    });
  }
  return unavailable.map(({ path, backend, missing }) => ({
    path,
    backend,
    reason: `needs ${sayAll(missing)}`,
    hint: hintsOf(missing),
  }));
}

/** In the order in which they must be cured: set-up needs root, and root is of no use off Linux. */
const WHOLE_LAB = [
  ['linux', 'NOT_LINUX'],
  ['root', 'NOT_ROOT'],
  ['artifact', 'NOT_SET_UP'],
] as const;

function refuseWholeLab(statuses: readonly RequirementStatus[]): void {
  for (const [kind, code] of WHOLE_LAB) {
    const missing = statuses.filter(({ requirement, met }) => !met && requirement.kind === kind);
    if (missing.length === 0) continue;
    throw new HoplabError({
      code,
      message: `build a lab (namespaces, devices, a guest): it needs ${sayAll(missing)}`,
      hint: hintsOf(missing),
    });
  }
}

function sayAll(missing: readonly RequirementStatus[]): string {
  return missing.map(({ requirement, found }) => `${nameRequirement(requirement)} (${found})`).join(', ');
}

/** The commands that would cure all of them, each once. */
function hintsOf(missing: readonly RequirementStatus[]): string {
  return [...new Set(missing.map(({ hint }) => hint).filter((hint) => hint !== ''))].join('; ');
}
