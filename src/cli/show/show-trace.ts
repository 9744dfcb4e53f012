/** Prints the report of a trace's folder, as text or JSON, and writes its exports. */
import type { TraceReport } from '../../model/trace-report.ts';
import { renderTrace } from '../../render/text/trace.ts';
import { renderJson } from '../../results/json.ts';
import { reportOf } from '../../results/trace/build.ts';
import { readTraceSource } from '../../results/trace/source.ts';
import { readRun } from '../../run-store/read-run.ts';
import { toolVersion } from '../../system/paths.ts';
import type { CliContext } from '../command.ts';
import { lookOf, type OutputFlags } from '../output.ts';
import { type WantedExport, writeExports } from './trace-export.ts';

/** Reads the records, computes and prints; gives the report back, because the exit code depends on it. */
export async function showTrace(
  folder: string,
  flags: OutputFlags & { readonly export?: readonly WantedExport[] },
  context: CliContext,
): Promise<TraceReport> {
  const source = await readTraceSource(await readRun(folder));
  const report = await reportOf(source, toolVersion);
  context.print(flags.json ? renderJson(report) : renderTrace(report, lookOf(flags)));
  await writeExports(source, flags.export ?? [], context);
  return report;
}
