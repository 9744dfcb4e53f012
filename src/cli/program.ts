// SPDX-License-Identifier: GPL-2.0-only
/** Builds the commander tree; only the commands that are asked for are loaded. */
import { Command } from 'commander';
import { deadlineFactor, setDeadlines } from '../system/deadline.ts';
import { toolVersion } from '../system/paths.ts';
import { programName } from '../words/program-name.ts';
import { wrap } from '../words/wrap.ts';
import type { CliContext, CommandEntry } from './command.ts';
import { COMMANDS } from './command-list.ts';
import { examplesText, helpLayout, helpWidth } from './help-layout.ts';

/** The whole tree with the modules in `wanted` defined; 'all' for completion scripts. */
export async function createProgram(context: CliContext, wanted: 'all' | readonly string[]): Promise<Command> {
  const width = helpWidth();
  const program = new Command(programName())
    .description('Measures the latency of VM networking over every backend, side by side.')
    .version(toolVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .configureHelp(helpLayout(width))
    .option('--deadlines <xN>', 'multiply every deadline, for a slow machine; $HOPLAB_DEADLINES does the same')
    .hook('preAction', () => {
      const { deadlines } = program.opts<{ deadlines?: string }>();
      if (deadlines !== undefined) setDeadlines(deadlines);
      deadlineFactor();
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text),
      // Errors are printed once, by main, in the form of all errors.
      writeErr: () => undefined,
    })
    .addHelpText(
      'after',
      `\n${wrap('hoplab COMMAND --help shows the options of a command, with examples.', { width, first: '', rest: '' }).join('\n')}`,
    );
  for (const entry of COMMANDS) {
    const command = addCommand(program, entry);
    if (wanted !== 'all' && !wanted.includes(entry.name)) continue;
    const module = await entry.load();
    module.define(command, { ...context, wholeProgram: () => createProgram(context, 'all') });
    command.addHelpText('after', examplesText(module, width));
    for (const each of [command, ...command.commands]) each.configureHelp(helpLayout(width));
  }
  return program;
}

function addCommand(program: Command, { name, usage, summary }: CommandEntry): Command {
  const command = program
    .command(name)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .summary(summary);
  return usage === '' ? command : command.argument(usage);
}
