/** Prints the report of a run folder, as text or JSON. */
import type { Report } from '../../model/result.ts';
import { renderText } from '../../render/text/run.ts';
import { renderJson } from '../../results/json.ts';
import { buildReport } from '../../results/run/build.ts';
import { readRun } from '../../run-store/read-run.ts';
import { toolVersion } from '../../system/paths.ts';
import type { CliContext } from '../command.ts';
import { lookOf, type OutputFlags } from '../output.ts';

/** Reads, computes and prints; gives the report back, because the exit code depends on it. */
export async function showRun(folder: string, flags: OutputFlags, context: CliContext): Promise<Report> {
  const report = buildReport(await readRun(folder), toolVersion);
  context.print(flags.json ? renderJson(report) : renderText(report, lookOf(flags)));
  return report;
}
