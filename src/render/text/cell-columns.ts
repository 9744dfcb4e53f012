// SPDX-License-Identifier: GPL-2.0-only
/** The columns of a run's table: those of all kinds of probes that measure in its unit, with the text of a cell. Every renderer takes them from here. */
import type { CellSummary } from '../../model/result.ts';
import type { Unit } from '../../model/unit.ts';
import type { ProbeColumn } from '../../probes/column.ts';
import { PROBES, unitsMeasured } from '../../probes/index.ts';
import { UNIT_WORDS } from '../../words/figure.ts';
import { formatCount, formatRate, formatRatio, formatShare, formatSmallUs } from '../../words/format.ts';
import type { Column } from './table.ts';

export interface CellColumn extends Column<CellSummary>, Pick<ProbeColumn, 'means' | 'unit' | 'exact'> {}

const FORMATS: Readonly<Record<ProbeColumn['unit'], (value: number) => string>> = {
  ns: UNIT_WORDS.ns.format,
  'bit/s': UNIT_WORDS['bit/s'].format,
  'packets/s': UNIT_WORDS['packets/s'].format,
  share: formatShare,
  ratio: formatRatio,
  'per second': formatRate,
  count: formatCount,
};

const COLUMNS = new Map(
  unitsMeasured().map((unit): [Unit, readonly CellColumn[]] => {
    const own = PROBES.filter((kind) => kind.unit === unit).flatMap(({ columns }) => columns);
    return [unit, [...new Set(own)].map(toColumn)];
  }),
);

/** In the order of the table, behind the name of the path. Kinds that share a column have the same one. */
export function columnsOf(unit: Unit): readonly CellColumn[] {
  return COLUMNS.get(unit) ?? [];
}

function toColumn({ head, keep, unit, fine = false, means, exact }: ProbeColumn): CellColumn {
  const format = fine ? formatSmallUs : FORMATS[unit];
  const cell = (row: CellSummary): string | null => {
    const value = exact(row);
    return value === null ? null : format(value);
  };
  return { head, align: 'right', keep, unit, means, exact, cell };
}
