// SPDX-License-Identifier: GPL-2.0-only
/** What a command of the CLI is made of, and what every command gets to work with. */
import type { Command } from 'commander';
import type { Experiment } from '../experiments/experiment.ts';

interface Example {
  /** The words after `hoplab`, as they are typed. */
  readonly line: string;
  readonly says: string;
}

export interface CommandModule {
  readonly examples: readonly Example[];
  /** Adds options and the action. */
  define(command: Command, context: CommandContext): void;
}

export interface CommandEntry {
  readonly name: string;
  /** As in "[LABFILE]"; empty for none. */
  readonly usage: string;
  readonly summary: string;
  /** Loads the command's module: the others cost nothing at start. */
  readonly load: () => Promise<CommandModule>;
}

/** The process as a command sees it. */
export interface CliContext {
  readonly argv: readonly string[];
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Writes to stdout. */
  print(text: string): void;
  /** Writes a line to stderr, wrapped to the terminal where there is one. */
  say(line: string): void;
  /** Sets the exit code; without a call it is 0. */
  finish(code: ExitCode): void;
  /** The kinds of work whose folders are read; absent = all that this hoplab records, loaded by who reads. */
  readonly experiments?: readonly Experiment[];
}

/** What a command has besides. */
export interface CommandContext extends CliContext {
  /** All commands with their options: what a completion script is made of. */
  wholeProgram(): Promise<Command>;
}

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  cellsFailed: 3,
  thresholdExceeded: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each says, for the pages and the manual. */
export const EXIT_MEANS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'all is well',
  failed:
    'an error, which is printed with its code; `doctor`: not ready; `nic NIC`: it cannot be passed through; `report` and `runs --rm`: something was left out',
  usage: 'the command line is wrong (`USAGE`)',
  cellsFailed:
    '`run` and `trace` ended, but some cells failed: the report says which; `diagnose`: a path fails and was not healed; `check`: some rows could not be asked',
  thresholdExceeded: 'a threshold of `compare --fail-if` was exceeded, or could not be checked: the report says which',
  interrupted: 'interrupted by a signal; what was measured is kept',
};
