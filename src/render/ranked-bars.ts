// SPDX-License-Identifier: GPL-2.0-only
/** The bars of a ranking, each with the path that it belongs to: what colours them. */
import type { CellSummary, Report } from '../model/result.ts';
import { pathLabel } from '../words/path-labels.ts';

/** "tap 180.2" and a bar behind a blank that does not break. */
const RANKED = /(\S+) \S+\u00a0([▁▂▃▄▅▆▇█])/g;

/** A part of a line; `cell` = it is the bar of that row. */
export interface BarPart {
  readonly text: string;
  readonly cell: CellSummary | null;
}

/** The line in its parts, in order; one part where it has no bar of a known path. */
export function barParts(line: string, { probes }: Report): BarPart[] {
  const cells = new Map(probes.flatMap(({ cells: own }) => own).map((cell) => [pathLabel(cell.path), cell]));
  const parts: BarPart[] = [];
  let done = 0;
  for (const { 0: all, 1: name = '', 2: bar = '', index } of line.matchAll(RANKED)) {
    const cell = cells.get(name);
    if (cell === undefined) continue;
    const at = index + all.length - bar.length;
    parts.push({ text: line.slice(done, at), cell: null }, { text: bar, cell });
    done = at + bar.length;
  }
  return [...parts, { text: line.slice(done), cell: null }];
}
