// SPDX-License-Identifier: GPL-2.0-only
/** What the pictures of a run are drawn from: its report, the samples of its rows, and what is known of its lab. */
import type { Environment } from '../../model/environment.ts';
import type { Report } from '../../model/result.ts';
import type { Run } from '../../run-store/read-run.ts';
import type { RecordedPlan } from '../../run-store/schemas.ts';
import { type RecordedVmm, vmmRecorded } from '../../vmms/index.ts';
import { type Distribution, readDistributions } from './distribution.ts';

/** What is known of the lab beside the figures; null = could not be read. */
export interface LabFacts {
  readonly environment: Environment | null;
  readonly paths: RecordedPlan['paths'] | null;
  /** What booted its guests. */
  readonly vmm: RecordedVmm;
}

export interface RunFigures extends LabFacts {
  readonly report: Report;
  /** One a row of the table whose samples could be read; empty where no pictures are wanted. */
  readonly distributions: readonly Distribution[];
}

export function labFacts({ environment, plan, spec }: Pick<Run, 'environment' | 'plan' | 'spec'>): LabFacts {
  return { environment, paths: plan?.paths ?? null, vmm: vmmRecorded(spec?.guest.vmm) };
}

/** Pictures take a second pass over all samples. */
export function runFigures(run: Run, report: Report, { pictures }: { readonly pictures: boolean }): RunFigures {
  return { report, distributions: pictures ? readDistributions(run, report) : [], ...labFacts(run) };
}
