// SPDX-License-Identifier: GPL-2.0-only
/** The words that every renderer of a run takes from its text. */
import type { Report } from '../../model/result.ts';
import { type PathLabel, pathLabel, twinsOf } from '../../words/path-labels.ts';
import { layOutCells, type TextContext } from './cells.ts';
import type { UnitTables } from './unit-tables.ts';

/** At no limited width: all columns are there. */
export interface RunWords {
  readonly label: PathLabel;
  readonly context: TextContext;
  readonly tables: UnitTables;
}

export function runWords(report: Report): RunWords {
  const label = pathLabel;
  const context: TextContext = {
    label,
    twins: twinsOf(report),
    named: report.probes.length > 1,
    emulated: report.machine.accel === 'tcg',
    options: { width: Number.MAX_SAFE_INTEGER, colour: false, ascii: false },
  };
  return { label, context, tables: layOutCells(report.probes, context) };
}
