// SPDX-License-Identifier: GPL-2.0-only
/** Applies cures: a lab of the same paths, each cured in its own way, whose ladders are climbed again. */

import type { Cure } from '../../model/cure.ts';
import type { AppliedCure, Diagnosis, PathDiagnosis } from '../../model/diagnosis.ts';
import type { LabSpec, PathSpec } from '../../model/lab-spec.ts';
import type { Ladder, Rung } from '../../model/ladder.ts';
import type { Direction } from '../../model/place.ts';
import type { MachineFacts } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { DiagnosisFolder } from '../../run-store/diagnosis-folder.ts';
import { curedPath } from '../plan/cure-variants.ts';
import { planLab } from '../plan/plan.ts';
import { attempt } from './failure.ts';
import { lookAtLab, stillSpec } from './look-at-lab.ts';

export interface ApplyOptions {
  readonly spec: LabSpec;
  readonly facts: MachineFacts;
  readonly folder: DiagnosisFolder;
  /** Which cure of a path comes first, from 1. */
  readonly number: number;
  readonly directions?: readonly Direction[];
  readonly rungs?: readonly Rung[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** One cure as a path of its own, and what its ladders said. */
export interface AppliedVariant {
  readonly original: PathSpec;
  readonly variant: PathSpec;
  readonly result: AppliedCure;
}

/** More cures than these are not told apart by one run. */
const MAX_CURES = 3;

interface Candidate {
  readonly original: PathSpec;
  readonly variant: PathSpec;
  readonly number: number;
  readonly rule: string;
  readonly cure: Cure;
}

/** For each path, the cures that hoplab can apply of the first verdict that has any; the wanted cure first. */
export async function applyCures(diagnosis: Diagnosis, options: ApplyOptions): Promise<AppliedVariant[]> {
  const { spec, facts, progress } = options;
  const candidates = diagnosis.paths.flatMap((path, i) => candidatesOf(path, i, options));
  if (candidates.length === 0) return [];
  const cured: LabSpec = { ...stillSpec(spec), paths: candidates.map(({ variant }) => variant) };
  const looked = await attempt(
    () =>
      progress.step(`apply ${candidates.length} cure${candidates.length === 1 ? '' : 's'}`, () =>
        lookAtLab(planLab(cured, facts, [], { observe: true }), { ...options, name: 'cured-' }),
      ),
    options.signal,
  );
  return candidates.map(({ original, variant, ...applied }) => {
    const seen = looked.ok ? looked.value.paths.find(({ path }) => path === variant.name) : undefined;
    const ladders = (seen?.ladders ?? []).map((ladder): Ladder => ({ ...ladder, path: original.name }));
    const failed = looked.ok ? (seen?.failed ?? null) : looked.why;
    return { original, variant, result: { path: original.name, ...applied, ladders, healed: isHealed(seen), failed } };
  });
}

/** Names that fit the rule for names of paths and never meet one of the lab's own. */
function candidatesOf({ path, verdicts }: PathDiagnosis, index: number, { spec, number }: ApplyOptions): Candidate[] {
  const found = spec.paths.find(({ name }) => name === path);
  if (found === undefined) return [];
  // The path has another number in the lab of the cures: its commands must name the devices of that one.
  const original: PathSpec = { ...found, commandsFor: { path, index } };
  const all = verdicts.flatMap(({ rule, cures }) => {
    const usable = cures.flatMap((cure, i): Candidate[] => {
      const variant = curedPath(original, cure, { name: `cure-${index}-${i + 1}`, index });
      return variant === null ? [] : [{ original, variant, number: i + 1, rule, cure }];
    });
    const isWanted = (each: Candidate) => each.number === number;
    return usable.length === 0 ? [] : [[...usable.filter(isWanted), ...usable.filter((each) => !isWanted(each))]];
  });
  return (all[0] ?? []).slice(0, MAX_CURES);
}

/** Every direction that was climbed passes every rung that applies. */
function isHealed(path: PathDiagnosis | undefined): boolean {
  if (path === undefined || path.failed !== null || path.ladders.length === 0) return false;
  return path.ladders.every(({ rungs }) => rungs.every(({ outcome }) => outcome !== 'fail'));
}
