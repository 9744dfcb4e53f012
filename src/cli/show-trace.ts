/** Prints the report of a trace's folder, as text or JSON. */
import type { TraceReport } from '../model/trace-report.ts';
import { renderJson } from '../report/json.ts';
import { buildTraceReport } from '../report/trace-build.ts';
import { renderTrace } from '../report/trace-text.ts';
import { readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import type { CliContext } from './command.ts';
import { lookOf, type OutputFlags } from './output.ts';

/** Reads the records, computes and prints; gives the report back, because the exit code depends on it. */
export async function showTrace(folder: string, flags: OutputFlags, context: CliContext): Promise<TraceReport> {
  const report = await buildTraceReport(await readRun(folder), toolVersion);
  context.print(flags.json ? renderJson(report) : renderTrace(report, lookOf(flags)));
  return report;
}
