// SPDX-License-Identifier: GPL-2.0-only
/** Prints what went wrong, for people on stderr or for programs on stdout, and chooses the exit code. */
import { CommanderError } from 'commander';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { asCalled } from '../words/program-name.ts';
import { type CliContext, EXIT, type ExitCode } from './command.ts';
import { COMMANDS } from './command-list.ts';
import { errorText } from './error-text.ts';

export function showError(error: unknown, context: CliContext): ExitCode {
  if (error instanceof CommanderError) return showUsage(error, context);
  if (error instanceof HoplabError) {
    print(error, context);
    if (error.code === 'INTERRUPTED') return EXIT.interrupted;
    return error.code === 'USAGE' ? EXIT.usage : EXIT.failed;
  }
  // Not foreseen, so a bug: the stack is what a report of it needs.
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : reasonOf(error);
  if (isJson(context)) printJson({ code: 'BUG', message: reasonOf(error), hint: null }, context);
  context.say(`hoplab: this is a bug in hoplab: ${stack}`);
  return EXIT.failed;
}

/** Help and version come as errors too, already printed. */
function showUsage(error: CommanderError, context: CliContext): ExitCode {
  if (error.exitCode === 0 || error.code === 'commander.help') return EXIT.ok;
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/s, ' (did you mean $1?)')
    .trim();
  const hint = error.code === 'commander.unknownCommand' ? 'hoplab --help' : helpCommand(context);
  print(new HoplabError({ code: 'USAGE', message, hint }), context);
  return EXIT.usage;
}

/** The help of the command that was called. */
function helpCommand({ argv }: CliContext): string {
  const command = argv.find((word) => !word.startsWith('-'));
  return COMMANDS.some(({ name }) => name === command) ? `hoplab ${command} --help` : 'hoplab --help';
}

function print(error: HoplabError, context: CliContext): void {
  const said = error.hint ?? (error.code === 'USAGE' ? helpCommand(context) : null);
  const hint = said === null ? null : asCalled(said);
  if (isJson(context)) {
    printJson({ code: error.code, message: error.message, hint }, context);
  } else {
    context.say(errorText(error, hint));
  }
  if (process.env.HOPLAB_DEBUG === '1') context.say(debugText(error));
}

function debugText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${debugText(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function isJson({ argv }: CliContext): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

function printJson(error: { code: string; message: string; hint: string | null }, context: CliContext): void {
  context.print(`${JSON.stringify({ error }, null, 2)}\n`);
}
