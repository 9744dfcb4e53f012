// SPDX-License-Identifier: GPL-2.0-only
/** Builds a report from a run folder: pure computation, on any machine, at any time later. */
import type { FailedCell } from '../../model/block.ts';
import { HoplabError } from '../../model/errors.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { ProbeReport, Report } from '../../model/result.ts';
import type { Run } from '../../run-store/read-run.ts';
import { failedCell, isRecorded } from './block-faults.ts';
import { buildComparisons } from './comparisons.ts';
import { untilOf } from './endings.ts';
import { knownProbes } from './known-probes.ts';
import { machineLine } from './machine-line.ts';
import { namedPaths } from './named-paths.ts';
import { buildOverview } from './overview.ts';
import { buildWarnings } from './warnings.ts';

/**
 * Everything that the renderers show; `version` is that of the hoplab that builds the report. Throws NO_DATA where there is
 * neither a block nor a failed cell.
 */
export function buildReport(run: Run, version: string = run.header.tool.version): Report {
  if (run.blocks.length === 0 && run.failed.length === 0) throw noDataError(run);
  const paths = namedPaths(run);
  const compared = buildComparisons(run, paths);
  const failed: FailedCell[] = [...run.failed];
  const add = (cells: readonly FailedCell[]): void => {
    failed.push(...cells.filter((cell) => !isRecorded(run.failed, cell)));
  };
  const probes: ProbeReport[] = [];
  for (const probe of measuredProbes(run)) {
    const overview = buildOverview(run, probe, paths);
    const comparisons = compared.comparisons.filter((comparison) => comparison.probe === probe.name);
    add(overview.failed);
    const k = Math.max(0, ...overview.cells.map((cell) => cell.k));
    if (overview.cells.length + comparisons.length > 0) probes.push({ probe, k, cells: overview.cells, comparisons });
  }
  add(compared.failed);
  add(cellsWithoutProbe(run));
  return {
    schema: 2,
    tool: { name: 'hoplab', version },
    run: run.header,
    reference: run.spec?.comparison.reference ?? run.blocks.find(({ draw }) => draw !== null)?.draw?.pair[1] ?? null,
    probes,
    unavailable: run.unavailable,
    failed,
    warnings: buildWarnings(run, probes),
    machine: machineLine(run),
    ...untilOf(run, compared.comparisons),
  };
}

/** The probes that have blocks, from the lab file, or from the plan where that cannot be read. */
function measuredProbes(run: Run): readonly ProbeSpec[] {
  return knownProbes(run).filter((probe) => run.blocks.some((block) => block.probe === probe.name));
}

/** A latency without its sizes and pace means nothing, so that blocks whose probe is unknown are not shown as figures. */
function cellsWithoutProbe(run: Run): readonly FailedCell[] {
  const known = new Set(knownProbes(run).map((probe) => probe.name));
  const error = new HoplabError({
    code: 'RUN_DAMAGED',
    message: 'its sizes and pace are unknown: neither spec.json nor plan.json says what the probe was',
    hint: 'copy the run folder again from where it was recorded',
  });
  const cells = new Map<string, FailedCell>();
  for (const block of run.blocks.filter(({ probe }) => !known.has(probe))) {
    for (const path of block.paths) {
      const key = JSON.stringify([block.probe, path]);
      if (!cells.has(key)) cells.set(key, failedCell({ ...block, draw: null }, path, error));
    }
  }
  return [...cells.values()];
}

function noDataError(run: Run): HoplabError {
  const damage = run.damage.length === 0 ? '' : `; ${run.damage.slice(0, 3).join('; ')}`;
  return new HoplabError({
    code: 'NO_DATA',
    message: `report the run ${run.header.id}: it has no finished cell${damage}`,
    hint: `look into ${run.path}/logs, then hoplab run again`,
  });
}
