/** `hoplab diagnose`: opens the lab, looks at every path, and where asked applies cures and prices them. */

import { release } from 'node:os';
import type { Diagnosis } from '../model/diagnosis.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { Rung } from '../model/ladder.ts';
import type { Direction } from '../model/probe-spec.ts';
import type { Progress } from '../model/progress.ts';
import type { EvidenceSource } from '../model/source.ts';
import { createDiagnosisFolder, type DiagnosisFolder } from '../run-store/diagnosis-folder.ts';
import { readMachineFacts } from '../system/facts.ts';
import { takeMeasuringLock } from '../system/measuring-lock.ts';
import { toolVersion } from '../system/paths.ts';
import { applyCures } from './diagnose/apply-cures.ts';
import { lookAtLab, stillSpec } from './diagnose/look-at-lab.ts';
import { unavailableHere } from './plan/needs.ts';
import { planLab } from './plan/plan.ts';
import { priceCures } from './price-cures.ts';

export interface DiagnoseRequest {
  readonly spec: LabSpec;
  readonly runsRoot: string;
  /** Default: all. */
  readonly directions?: readonly Direction[];
  /** Default: all. */
  readonly rungs?: readonly Rung[];
  /** Apply the first cure of each broken path (or the one of that number, from 1), and price it. */
  readonly apply: { readonly number: number; readonly draws: number } | null;
  /** Although a measuring run is under way: its guest may keep a rung waiting until that fails. */
  readonly force: boolean;
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
  const { spec, signal, apply } = request;
  await using _lock = request.force ? null : await takeMeasuringLock();
  const startedAt = new Date();
  const [unavailable, facts] = await Promise.all([unavailableHere(spec, signal), readMachineFacts()]);
  const plan = planLab(stillSpec(spec), facts, unavailable, { observe: true });
  const folder = await createDiagnosisFolder(request.runsRoot, startedAt);
  const looked = await lookAtLab(plan, { ...request, folder, name: '' });
  const diagnosis: Diagnosis = {
    schema: 2,
    tool: { name: 'hoplab', version: toolVersion },
    id: folder.id,
    startedAt: startedAt.toISOString(),
    argv: request.argv,
    lab: spec.name,
    kernel: release(),
    guest: looked.guest,
    paths: looked.paths,
    // Directions that a path cannot go are looked at, unlike in a run.
    unavailable,
    sources: distinct(looked.sources),
    applied: [],
    prices: [],
  };
  if (apply === null) return { diagnosis, folder };
  const applied = await applyCures(diagnosis, { ...request, facts, folder, number: apply.number });
  const prices = await priceCures(diagnosis, applied, { ...request, draws: apply.draws });
  return { diagnosis: { ...diagnosis, applied: applied.map(({ result }) => result), prices }, folder };
}

/** Once a source and its state: every direction of every path asks again. */
function distinct(sources: readonly EvidenceSource[]): EvidenceSource[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}
