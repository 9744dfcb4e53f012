// SPDX-License-Identifier: GPL-2.0-only
/** Rows of several units in one text: a table for each unit, whose head stands where another one begins. */
import type { Unit } from '../../model/unit.ts';
import { unitsMeasured } from '../../probes/index.ts';
import { type Column, layOut, type Table } from './table.ts';

/** Of the units that have rows. */
export type UnitTables = ReadonlyMap<Unit, Table>;

interface Layout<R> {
  readonly unitOf: (row: R) => Unit;
  readonly columns: (unit: Unit) => readonly Column<R>[];
  readonly width: number;
}

/** Rows of one unit are laid out together, so that their columns stand in line under one head. */
export function layOutByUnit<R>(rows: readonly R[], { unitOf, columns, width }: Layout<R>): UnitTables {
  return new Map(
    unitsMeasured().flatMap((unit): [Unit, Table][] => {
      const own = rows.filter((row) => unitOf(row) === unit);
      return own.length === 0 ? [] : [[unit, layOut(columns(unit), own, width)]];
    }),
  );
}

/** Gives the lines of the tables out, in the order of their rows; null = the head of this unit stands above already. */
export function lineGiver(tables: UnitTables): (
  unit: Unit,
  rows: number,
) => {
  readonly head: string | null;
  readonly lines: readonly string[];
} {
  const given = new Map<Unit, number>();
  let above: Unit | null = null;
  return (unit, rows) => {
    const table = tables.get(unit);
    const first = given.get(unit) ?? 0;
    given.set(unit, first + rows);
    const head = table === undefined || unit === above ? null : table.head;
    above = unit;
    return { head, lines: table?.rows.slice(first, first + rows) ?? [] };
  };
}
