// SPDX-License-Identifier: GPL-2.0-only
/** The columns of a run's table: those of all kinds of probes that measure in its unit, with the text of a cell. Every renderer takes them from here. */
import type { CellSummary } from '../../model/result.ts';
import type { Unit } from '../../model/unit.ts';
import type { PlainUnit, ProbeColumn } from '../../probes/column.ts';
import { PROBES, unitsMeasured } from '../../probes/index.ts';
import { unitWords } from '../../words/figure.ts';
import { formatCount, formatRate, formatRatio, formatShare, formatSmallUs } from '../../words/format.ts';
import type { Column } from './table.ts';

export interface CellColumn extends Column<CellSummary>, Pick<ProbeColumn, 'means' | 'unit' | 'exact'> {}

const PLAIN: Readonly<Record<PlainUnit, (value: number) => string>> = {
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

function isPlain(unit: ProbeColumn['unit']): unit is PlainUnit {
  return Object.hasOwn(PLAIN, unit);
}

function toColumn({ head, keep, unit, fine = false, means, exact }: ProbeColumn): CellColumn {
  const format = fine ? formatSmallUs : isPlain(unit) ? PLAIN[unit] : unitWords(unit).format;
  const cell = (row: CellSummary): string | null => {
    const value = exact(row);
    return value === null ? null : format(value);
  };
  return { head, align: 'right', keep, unit, means, exact, cell };
}
