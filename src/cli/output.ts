// SPDX-License-Identifier: GPL-2.0-only
/** How reports look here: width, colour and character set of the terminal, and the flags that overrule them. */
import type { Command } from 'commander';
import { usageError } from './usage.ts';

export interface OutputFlags {
  readonly json?: boolean;
  /** false after --no-color. */
  readonly color?: boolean;
  readonly width?: number;
}

export interface Look {
  readonly width: number;
  readonly colour: boolean;
  readonly ascii: boolean;
}

/** Wide enough for all columns: a file or a pipe has no width of its own. */
const PLAIN_WIDTH = 120;
export const MIN_WIDTH = 60;

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print JSON instead of text')
    .option('--no-color', 'print without colour (also with NO_COLOR set, and when not on a terminal)')
    .option('--width <N>', 'width of the text in columns, instead of that of the terminal', parseWidth);
}

export function lookOf(flags: OutputFlags): Look {
  const { env, stdout } = process;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    width: flags.width ?? Math.max(MIN_WIDTH, terminalWidth() ?? PLAIN_WIDTH),
    colour: flags.color !== false && stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    ascii: stdout.isTTY === true && !/utf-?8/i.test(locale),
  };
}

/** null: there is none, and nobody says how wide the text shall be. */
export function terminalWidth(): number | null {
  const columns = process.stdout.columns ?? Number(process.env.COLUMNS);
  return columns > 0 ? columns : null;
}

/**
 * For what is said on stderr: --width, the terminal's own, or $COLUMNS; null = nobody looks at it in columns, and a program
 * that reads it finds each message in one line.
 */
export function messageWidth(argv: readonly string[]): number | null {
  const at = argv.findIndex((word) => word === '--width' || word.startsWith('--width='));
  const asked = at === -1 ? Number.NaN : Number(argv[at]?.split('=')[1] ?? argv[at + 1]);
  const width = [asked, process.stderr.columns, Number(process.env.COLUMNS)].find((columns) => columns > 0);
  return width === undefined ? null : Math.max(MIN_WIDTH, width);
}

function parseWidth(text: string): number {
  const width = Number(text);
  if (Number.isInteger(width) && width >= MIN_WIDTH && width <= 1000) return width;
  throw usageError(`--width must be a whole number from ${MIN_WIDTH} to 1000, got "${text}"`);
}
