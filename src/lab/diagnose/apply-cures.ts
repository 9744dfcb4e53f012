// SPDX-License-Identifier: GPL-2.0-only
/** Applies cures: a lab of the same paths, each cured in its own way, whose ladders are climbed again. */

import type { Attempt } from '../../model/attempt.ts';
import type { Cure } from '../../model/cure.ts';
import type { AppliedCure, Diagnosis, Failure, PathDiagnosis } from '../../model/diagnosis.ts';
import type { LabSpec, PathSpec } from '../../model/lab-spec.ts';
import type { Ladder, Rung } from '../../model/ladder.ts';
import type { Direction } from '../../model/place.ts';
import type { MachineFacts } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { DiagnosisFolder } from '../../run-store/diagnosis-folder.ts';
import { curedPath } from '../plan/cure-variants.ts';
import { planLab } from '../plan/plan.ts';
import { rungsToClimbAgain } from './diagnose-path.ts';
import { attempt } from './failure.ts';
import { type LookedAtLab, lookAtLab, stillSpec } from './look-at-lab.ts';

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

/** More cures than these are not told apart by one price. */
const MAX_CURES = 3;

interface Candidate {
  readonly original: PathSpec;
  readonly variant: PathSpec;
  readonly number: number;
  readonly rule: string;
  readonly cure: Cure;
}

/**
 * For each path, the cures that hoplab can apply of the first verdict that has any; the wanted cure first. Each cure of a
 * path has a lab of its own, since it may change what its machine has only once. A cure is credited only where the path as
 * it was, in one more lab right after, still fails: what comes about by itself is nobody's cure.
 */
export async function applyCures(diagnosis: Diagnosis, options: ApplyOptions): Promise<AppliedVariant[]> {
  const paths = diagnosis.paths.map((path, i) => candidatesOf(path, i, options));
  const tried: Tried[] = [];
  for (let round = 0; round < MAX_CURES; round += 1)
    tried.push(
      ...(await tryRound(
        paths.flatMap((each) => each[round] ?? []),
        round,
        options,
      )),
    );
  const passed = tried.filter(({ seen }) => isHealed(seen)).map(({ candidate }) => candidate.original);
  const uncured = await climbUncured([...new Set(passed)], diagnosis, options);
  // As the cures stood: those of a path together.
  return paths.flat().flatMap((candidate) => {
    const one = tried.find((each) => each.candidate === candidate);
    return one === undefined ? [] : [variantOf(one, uncured.get(candidate.original.name))];
  });
}

interface Tried {
  readonly candidate: Candidate;
  readonly seen: PathDiagnosis | undefined;
  /** Of the whole lab. */
  readonly failed: Failure | null;
}

/** One cure of each path, in one lab as the paths themselves were. */
async function tryRound(candidates: readonly Candidate[], round: number, options: ApplyOptions): Promise<Tried[]> {
  if (candidates.length === 0) return [];
  const title = `apply ${candidates.map(({ original, number }) => `cure ${number} of ${original.name}`).join(', ')}`;
  const variants = candidates.map(({ variant }) => variant);
  const name = round === 0 ? 'cured-' : `cured-${round + 1}-`;
  const looked = await lookAtVariants(variants, { title, name, options });
  return candidates.map((candidate) => ({
    candidate,
    seen: looked.ok ? looked.value.paths.find(({ path }) => path === candidate.variant.name) : undefined,
    failed: looked.ok ? null : looked.why,
  }));
}

/** Whether paths that a cure made pass do so without it as well; one that could not be climbed is left out. */
async function climbUncured(
  originals: readonly PathSpec[],
  { paths }: Diagnosis,
  options: ApplyOptions,
): Promise<ReadonlyMap<string, 'passes' | 'fails'>> {
  const before = paths.filter(({ path }) => originals.some(({ name }) => name === path));
  const failing = before.flatMap(({ ladders }) =>
    ladders.flatMap(({ direction, rungs }) =>
      rungs.flatMap(({ rung, outcome }) => (outcome === 'fail' ? [{ direction, rung }] : [])),
    ),
  );
  if (failing.length === 0) return new Map();
  const title = `climb ${originals.map(({ name }) => name).join(', ')} without a cure`;
  const looked = await lookAtVariants(originals, {
    title,
    name: 'uncured-',
    options: {
      ...options,
      directions: [...new Set(failing.map(({ direction }) => direction))],
      rungs: rungsToClimbAgain([...new Set(failing.map(({ rung }) => rung))]),
      ladderOnly: true,
    },
  });
  const climbed = looked.ok ? looked.value.paths.filter(({ failed }) => failed === null) : [];
  return new Map(climbed.map((path) => [path.path, isHealed(path) ? 'passes' : 'fails']));
}

function lookAtVariants(
  paths: readonly PathSpec[],
  at: {
    readonly title: string;
    readonly name: string;
    readonly options: ApplyOptions & { readonly ladderOnly?: boolean };
  },
): Promise<Attempt<LookedAtLab, Failure>> {
  const { spec, facts, progress, signal } = at.options;
  const plan = () => planLab({ ...stillSpec(spec), paths }, facts, [], { observe: true });
  const look = () => lookAtLab(plan(), { ...at.options, name: at.name });
  return attempt(() => progress.step(at.title, look), signal);
}

function variantOf({ candidate, seen, failed }: Tried, uncured: 'passes' | 'fails' | undefined): AppliedVariant {
  const { original, variant, ...applied } = candidate;
  const passes = isHealed(seen);
  const result: AppliedCure = {
    path: original.name,
    ...applied,
    ladders: (seen?.ladders ?? []).map((ladder): Ladder => ({ ...ladder, path: original.name })),
    healed: passes && uncured !== 'passes',
    ...(passes && uncured !== undefined ? { uncured } : {}),
    failed: failed ?? seen?.failed ?? null,
  };
  return { original, variant, result };
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
