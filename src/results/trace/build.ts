// SPDX-License-Identifier: GPL-2.0-only
/** Builds the report of a trace from its run folder: pure computation over records and samples, at any time later. */
import type { Warning } from '../../model/result.ts';
import { wasKilled } from '../../model/run-header.ts';
import type { TracedPath, TraceReport } from '../../model/trace-report.ts';
import type { Run } from '../../run-store/read-run.ts';
import { environmentWarnings } from '../run/environment-warnings.ts';
import { machineLine } from '../run/machine-line.ts';
import { buildDiffs } from './diffs.ts';
import { buildPath } from './path.ts';
import { readTraceSource, type TraceSource } from './source.ts';

/** Throws NO_DATA where there is no traced block, and RUN_DAMAGED where its probe is not known. */
export async function buildTraceReport(run: Run, version: string = run.header.tool.version): Promise<TraceReport> {
  return reportOf(await readTraceSource(run), version);
}

export async function reportOf(source: TraceSource, version: string): Promise<TraceReport> {
  const { run, probe, blocks, names } = source;
  const paths: TracedPath[] = [];
  for (const name of names) paths.push(await buildPath(source, name));
  return {
    schema: 1,
    kind: 'trace',
    tool: { name: 'hoplab', version },
    run: run.header,
    profile: blocks.find(({ context }) => context !== null)?.context?.profile ?? 'full',
    probe,
    k: Math.max(0, ...run.blocks.map((block) => block.paths.length)),
    paths,
    diffs: buildDiffs(source),
    unavailable: run.unavailable,
    failed: run.failed,
    warnings: warningsOf(run),
    machine: machineLine(run),
  };
}

function warningsOf(run: Run): Warning[] {
  const { state } = run.header;
  const ended = wasKilled(run.header) ? 'was killed, its process is gone' : `is ${state}`;
  const text = `the trace is not whole: its run ${ended}; ${run.blocks.length} of ${run.plan?.blocks.length ?? 'its'} blocks are here`;
  return [
    ...(state === 'finished' ? [] : [{ kind: 'unfinished', text }]),
    ...run.damage.map((damage) => ({
      kind: 'damaged',
      text: `${damage}: copy the run folder again if another copy exists`,
    })),
    ...environmentWarnings(run),
    ...run.warnings,
  ];
}
