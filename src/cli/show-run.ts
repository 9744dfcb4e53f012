/** Prints the report of a run folder, as text or JSON. */
import type { Report } from '../model/result.ts';
import { buildReport } from '../report/build.ts';
import { renderJson } from '../report/json.ts';
import { renderText } from '../report/text.ts';
import { type Run, readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import type { CliContext } from './command.ts';
import { lookOf, type OutputFlags } from './output.ts';
import type { WantedExport } from './trace-export.ts';
import { usageError } from './usage.ts';

/** Reads, computes and prints; gives the report back, because the exit code depends on it. */
export async function showRun(folder: string, flags: OutputFlags, context: CliContext): Promise<Report> {
  return showReport(await readRun(folder), flags, context);
}

/** The report of whatever kind of run the folder holds. */
export async function showAny(
  folder: string,
  flags: OutputFlags & { readonly export?: readonly WantedExport[] },
  context: CliContext,
): Promise<void> {
  const run = await readRun(folder);
  if (run.header.kind !== 'trace') {
    if (flags.export !== undefined)
      throw usageError(`--export: ${run.header.id} is no trace: it has no records`, 'hoplab trace records some');
    showReport(run, flags, context);
    return;
  }
  const { showTrace } = await import('./show-trace.ts');
  await showTrace(folder, flags, context);
}

function showReport(run: Run, flags: OutputFlags, context: CliContext): Report {
  const report = buildReport(run, toolVersion);
  context.print(flags.json ? renderJson(report) : renderText(report, lookOf(flags)));
  return report;
}
