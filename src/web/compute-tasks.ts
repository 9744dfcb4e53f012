/** What the computing thread can be asked for, and what it gives back. */
import type { Report } from '../model/result.ts';
import type { TraceReport } from '../model/trace-report.ts';
import { buildReport } from '../report/build.ts';
import { buildTraceReport } from '../report/trace-build.ts';
import { readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import { buildSeries, type RunSeries } from './run-series.ts';

export type ComputeTask =
  | { readonly kind: 'report'; readonly folder: string }
  | { readonly kind: 'trace'; readonly folder: string }
  | { readonly kind: 'series'; readonly folder: string };

export interface TaskResults {
  readonly report: Report;
  readonly trace: TraceReport;
  readonly series: RunSeries;
}

export async function perform(task: ComputeTask): Promise<TaskResults[ComputeTask['kind']]> {
  const run = await readRun(task.folder);
  switch (task.kind) {
    case 'report':
      return buildReport(run, toolVersion);
    case 'trace':
      return buildTraceReport(run, toolVersion);
    case 'series':
      return buildSeries(run);
    default:
      return task satisfies never;
  }
}
