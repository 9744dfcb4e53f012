// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab diagnose`: opens the lab, looks at every path, and where asked applies cures and prices them. */

import type { Diagnosis } from '../model/diagnosis.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { Rung } from '../model/ladder.ts';
import type { Direction } from '../model/place.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import type { UnavailablePath } from '../model/result.ts';
import type { EvidenceSource } from '../model/source.ts';
import type { DiagnosisFolder } from '../run-store/diagnosis-folder.ts';
import { toolVersion } from '../system/paths.ts';
import { applyCures } from './diagnose/apply-cures.ts';
import { lookAtLab, stillSpec } from './diagnose/look-at-lab.ts';
import { type LookRequest, recordLook } from './diagnose/record-look.ts';
import { knownForRun } from './plan/needs.ts';
import { planLab } from './plan/plan.ts';
import { priceCures } from './price-cures.ts';

export interface DiagnoseRequest extends LookRequest {
  readonly spec: LabSpec;
  /** Default: all. */
  readonly directions?: readonly Direction[];
  /** Default: all. */
  readonly rungs?: readonly Rung[];
  /** Apply the first cure of each broken path (or the one of that number, from 1), and price it. */
  readonly apply: { readonly number: number; readonly draws: number } | null;
  readonly argv: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface DiagnoseOutcome {
  readonly diagnosis: Diagnosis;
  readonly folder: DiagnosisFolder;
}

/** Throws what leaves nothing to look at; a path that could not be attached is a result. */
export async function diagnoseLab(request: DiagnoseRequest): Promise<DiagnoseOutcome> {
  const { spec, signal } = request;
  const { facts, unavailable } = await knownForRun(spec, signal);
  const plan = planLab(stillSpec(spec), facts, unavailable, { observe: true });
  return recordLook(request, (folder, startedAt) => lookAndCure({ ...request, plan, unavailable, folder, startedAt }));
}

interface Looking extends DiagnoseRequest {
  readonly plan: Plan;
  /** Paths that this machine cannot have; the plan's own list also has directions that a path cannot go. */
  readonly unavailable: readonly UnavailablePath[];
  readonly folder: DiagnosisFolder;
  readonly startedAt: Date;
}

async function lookAndCure(looking: Looking): Promise<DiagnoseOutcome> {
  const { spec, plan, unavailable, folder, startedAt, argv, apply } = looking;
  const looked = await lookAtLab(plan, { ...looking, name: '' });
  const diagnosis: Diagnosis = {
    schema: 3,
    tool: { name: 'hoplab', version: toolVersion },
    id: folder.id,
    startedAt: startedAt.toISOString(),
    argv,
    lab: spec.name,
    kernel: looked.kernel,
    guest: looked.guest,
    paths: looked.paths,
    unavailable,
    sources: distinct(looked.sources),
    applied: [],
    prices: [],
  };
  if (apply === null) return { diagnosis, folder };
  const applied = await applyCures(diagnosis, { ...looking, facts: plan.facts, number: apply.number });
  const prices = await priceCures(diagnosis, applied, { ...looking, draws: apply.draws });
  return { diagnosis: { ...diagnosis, applied: applied.map(({ result }) => result), prices }, folder };
}

/** Each source and state once: every direction of every path asks for the same sources. */
function distinct(sources: readonly EvidenceSource[]): EvidenceSource[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}
