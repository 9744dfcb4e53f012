/** What a page or a file of figures shows: a run, a trace or a diagnosis, read from its folder and computed once. */
import type { Diagnosis } from '../model/diagnosis.ts';
import type { Environment } from '../model/environment.ts';
import type { Report } from '../model/result.ts';
import type { TraceReport } from '../model/trace-report.ts';
import type { Run } from '../run-store/read-run.ts';
import type { RecordedPlan } from '../run-store/schemas.ts';
import { buildReport } from './run/build.ts';
import { type Distribution, readDistributions } from './run/distribution.ts';
import { buildTraceReport } from './trace/build.ts';

/** What is known of the lab beside the figures; null = could not be read. */
export interface LabFacts {
  readonly environment: Environment | null;
  readonly paths: RecordedPlan['paths'] | null;
}

export interface RunSubject extends LabFacts {
  readonly kind: 'run';
  readonly report: Report;
  /** One a row of the table whose samples could be read. */
  readonly distributions: readonly Distribution[];
}

export interface TraceSubject extends LabFacts {
  readonly kind: 'trace';
  readonly report: TraceReport;
}

export interface DiagnosisSubject {
  readonly kind: 'diagnosis';
  readonly diagnosis: Diagnosis;
}

export type Subject = RunSubject | TraceSubject | DiagnosisSubject;

/** Of whatever kind of run it is. Throws NO_DATA where nothing was measured. */
export async function readSubject(run: Run, version: string): Promise<RunSubject | TraceSubject> {
  const facts: LabFacts = { environment: run.environment, paths: run.plan?.paths ?? null };
  if (run.header.kind === 'trace') return { kind: 'trace', report: await buildTraceReport(run, version), ...facts };
  return runSubject(run, buildReport(run, version));
}

/** With a report of it that is built already. */
export function runSubject(run: Run, report: Report): RunSubject {
  const distributions = readDistributions(run, report);
  return { kind: 'run', report, distributions, environment: run.environment, paths: run.plan?.paths ?? null };
}

/** What it is called in a list: the id of a run holds its label. */
export function subjectId(subject: Subject): string {
  return subject.kind === 'diagnosis' ? subject.diagnosis.id : subject.report.run.id;
}
