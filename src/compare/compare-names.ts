// SPDX-License-Identifier: GPL-2.0-only
/** How sides, paths and effects are called in every rendering, harmless whatever their names hold. */

import { plainText } from '../words/plain-text.ts';
import type { Basis, ComparedCell, ComparedSide, ComparisonReport, Effect } from './compare-schema.ts';

const MOST = 40;

/** The name that the user gave a side; a folder is called by its run, and an id loses the label behind it. */
export function sideName({ name, path, runs }: ComparedSide): string {
  const [run, second] = runs;
  if (run === undefined || second !== undefined) {
    const [first = '', ...more] = name
      .split(',')
      .map((word) => (run?.label === null ? word : word.replace(`-${run?.label}`, '')));
    return plainText(more.length === 0 ? first : `${first.trim()} and ${more.length} more`, MOST);
  }
  const called = name.includes('/') ? `${run.id}${path === null ? '' : `:${path}`}` : name;
  return plainText(run.label === null ? called : called.replace(`-${run.label}`, ''), MOST);
}

/** "12 runs, 20261125-211402-9b3d ... 20261125-211642-9bd5", or the one run with its label. */
export function sideRuns({ runs }: ComparedSide): string {
  const ids = runs.map(({ id }) => plainText(id, 60));
  const [first = 'no run'] = ids;
  if (ids.length < 2) return first;
  return `${ids.length} runs, ${first} ... ${ids.at(-1)}`;
}

/** The path, or both where they differ. */
export function cellName({ path, candidatePath }: Pick<ComparedCell, 'path' | 'candidatePath'>): string {
  return plainText(path === candidatePath ? path : `${candidatePath} : ${path}`, MOST);
}

/** "over tap": what the path was divided by before runs were compared; "" for the latency itself. */
export function basisName(basis: Basis): string {
  return basis.kind === 'relative' ? `over ${plainText(basis.to, 24)}` : '';
}

/** The same for a column. */
export function basisColumn(basis: Basis): string {
  return basisName(basis) || (basis.kind === 'direct' ? 'side by side' : 'itself');
}

/** "macvtap/tap": the path and what it was divided by, in as few columns as that takes. */
export function rowName(cell: Pick<ComparedCell, 'path' | 'candidatePath'>, basis: Basis): string {
  return basis.kind === 'relative' ? `${cellName(cell)}/${plainText(basis.to, 24)}` : cellName(cell);
}

/** The primary effects, and the latency itself where it is beside them. */
export function shownEffects({ effects }: ComparedCell, all: boolean): readonly Effect[] {
  return effects.filter(({ primary, statistic }) => primary || all || statistic === 'p50');
}

/** Cells that belong under one heading, in their order. */
export interface CellGroup {
  readonly candidate: ComparedSide;
  readonly cells: readonly ComparedCell[];
}

export function groupCells(report: ComparisonReport): readonly CellGroup[] {
  const groups = new Map<string, { candidate: ComparedSide; cells: ComparedCell[] }>();
  for (const cell of report.cells) {
    const candidate = report.candidates[cell.candidate];
    if (candidate === undefined) continue;
    const key = JSON.stringify([cell.candidate, cell.probe.name]);
    const group = groups.get(key) ?? { candidate, cells: [] };
    groups.set(key, group);
    group.cells.push(cell);
  }
  return [...groups.values()];
}

/** Whether any guest's CPU was emulated. */
export function isEmulated({ baseline, candidates }: Pick<ComparisonReport, 'baseline' | 'candidates'>): boolean {
  return [baseline, ...candidates].some(({ runs }) => runs.some(({ accel }) => accel === 'tcg'));
}
