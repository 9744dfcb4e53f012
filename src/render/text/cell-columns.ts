// SPDX-License-Identifier: GPL-2.0-only
/** The columns of a run's table: those of all kinds of probes, with the text of a cell. Every renderer takes them from here. */
import type { CellSummary } from '../../model/result.ts';
import type { ProbeColumn } from '../../probes/column.ts';
import { PROBES } from '../../probes/index.ts';
import { formatCount, formatRate, formatRatio, formatShare, formatSmallUs, formatUs } from '../../words/format.ts';
import type { Column } from './table.ts';

export interface CellColumn extends Column<CellSummary>, Pick<ProbeColumn, 'means' | 'unit' | 'exact'> {}

const FORMATS: Readonly<Record<ProbeColumn['unit'], (value: number) => string>> = {
  ns: formatUs,
  share: formatShare,
  ratio: formatRatio,
  'per second': formatRate,
  count: formatCount,
};

/** In the order of the table, behind the name of the path. Kinds that share a column have the same one. */
export const CELL_COLUMNS: readonly CellColumn[] = [...new Set(PROBES.flatMap(({ columns }) => columns))].map(toColumn);

function toColumn({ head, keep, unit, fine = false, means, exact }: ProbeColumn): CellColumn {
  const format = fine ? formatSmallUs : FORMATS[unit];
  const cell = (row: CellSummary): string | null => {
    const value = exact(row);
    return value === null ? null : format(value);
  };
  return { head, align: 'right', keep, unit, means, exact, cell };
}
