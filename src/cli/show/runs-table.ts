// SPDX-License-Identifier: GPL-2.0-only
/** The list of runs as text. */

import { type Column, layOut } from '../../render/text/table.ts';
import type { ListedRun } from '../../run-store/list-runs.ts';
import { commandLine } from '../../words/command-line.ts';
import { cutTo } from '../../words/text-width.ts';
import { indented } from '../../words/wrap.ts';

/** Less of a command than this says nothing. */
const LEAST_COMMAND = 16;

const STARTED: Column<ListedRun> = { head: 'started', align: 'left', keep: 20, cell: started };
const STATE: Column<ListedRun> = { head: 'state', align: 'left', keep: 98, cell: ({ state }) => state };
const WIDE = [
  { head: 'run', align: 'left', keep: 99, cell: ({ id }) => id },
  STARTED,
  STATE,
] as const satisfies Column<ListedRun>[];
/** The id without the label at its end is enough to name a run by. */
const NARROW = [
  { head: 'run', align: 'left', keep: 99, cell: withoutLabel },
  { head: 'label', align: 'left', keep: 60, cell: ({ label }) => label },
  STARTED,
  STATE,
] as const satisfies Column<ListedRun>[];

/** Ends with a newline. A command has what the other columns leave; all of it is in the report. */
export function runsTable(runs: readonly ListedRun[], width: number): string {
  const room = width - layOut(WIDE, runs, width).fullWidth - 2;
  const isWide = room >= LEAST_COMMAND;
  const command: Column<ListedRun> = {
    head: 'command',
    align: 'left',
    keep: 10,
    cell: ({ argv, problem }) => cutTo(problem ?? commandLine(argv), room),
  };
  const { head, rows } = layOut(isWide ? [...WIDE, command] : NARROW, runs, width);
  const problems = isWide ? [] : runs.flatMap(({ id, problem }) => (problem === null ? [] : [`${id}: ${problem}`]));
  return `${[head, ...rows, ...problems.flatMap((text) => indented(text, width))].join('\n')}\n`;
}

function withoutLabel({ id, label }: ListedRun): string {
  return label !== null && id.endsWith(`-${label}`) ? id.slice(0, -label.length - 1) : id;
}

function started({ startedAt }: ListedRun): string | null {
  return startedAt === null ? null : startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}
