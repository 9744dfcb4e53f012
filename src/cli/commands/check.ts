// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab check`: what several subjects can do, row by row, and what differs between them. */
import type { Command } from 'commander';
import type { Check } from '../../checks/check.ts';
import { RUNS_OPTION } from '../../run-store/runs-root.ts';
import { didYouMean } from '../../schema/nearest-word.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addMachineOptions } from '../lab-options.ts';
import { addOutputOptions } from '../output.ts';
import { type RecordFlags, startRecording } from '../record/start-recording.ts';
import { usageError, wordList } from '../usage.ts';

interface CheckFlags extends RecordFlags {
  readonly rows?: readonly string[];
  readonly label?: string;
  readonly list?: boolean;
}

export const command: CommandModule = {
  examples: [
    { line: 'check firmware', says: 'both builds of U-Boot that Debian has, and what differs between them' },
    { line: 'check firmware 2025.01 ./u-boot.bin', says: 'a stock build beside one of your own' },
    { line: 'check firmware ./u-boot.config', says: 'one that is built from a fragment of a configuration, once' },
    { line: 'check firmware --rows usb-sticks,usb-hub', says: 'some of its rows' },
    { line: 'check firmware --list', says: 'its rows; nothing is started' },
    { line: 'check firmware --label u-boot', says: 'by a name: hoplab report u-boot --html check.html makes a page' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addMachineOptions(command))
      .option('--rows <NAMES>', 'these rows alone', wordList('--rows'))
      .option('--list', 'print the rows, and ask nothing')
      .option('--label <LABEL>', 'name it; the id of the run folder ends with it')
      .option(...RUNS_OPTION)
      .option('-q, --quiet', 'no progress, only the report')
      .action(async (words: readonly string[]) => runCheck(words, command.opts<CheckFlags>(), context));
  },
};

async function runCheck(words: readonly string[], flags: CheckFlags, context: CliContext): Promise<void> {
  const { checks } = await import('../../checks/index.ts');
  const [name, ...columns] = words;
  const check = checkNamed(name, checks);
  if (flags.list === true) {
    context.print(check.rows.map(({ id, title }) => `${id.padEnd(18)} ${title}\n`).join(''));
    return;
  }
  const rows = flags.rows === undefined ? null : knownRows(flags.rows, check);
  const { silent, recording } = await startRecording(flags, context);
  const { recordCheck } = await import('../../lab/index.ts');
  const { check: experiment } = await import('../../experiments/check/check.ts');
  const { afterRun } = await import('../show/after-run.ts');
  const asked = columns.length === 0 ? check.defaults : columns;
  const recorded = await recordCheck({ check, words: asked, rows, label: flags.label ?? null, ...recording });
  await afterRun(recorded, { experiment, flags, silent, context });
}

function checkNamed(name: string | undefined, checks: readonly Check[]): Check {
  const names = checks.map((check) => check.name);
  const found = checks.find((check) => check.name === name);
  if (found !== undefined) return found;
  if (name === undefined) throw usageError(`check what? There is: ${names.join(', ')}`);
  throw usageError(`no check "${name}"${didYouMean(name, names)}; there is: ${names.join(', ')}`);
}

function knownRows(ids: readonly string[], { name, rows }: Check): readonly string[] {
  const known = rows.map(({ id }) => id);
  const wrong = ids.find((id) => !known.includes(id));
  if (wrong === undefined) return ids;
  throw usageError(`--rows: ${name} has no row "${wrong}"${didYouMean(wrong, known)}; hoplab check ${name} --list`);
}
