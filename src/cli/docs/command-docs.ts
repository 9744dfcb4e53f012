// SPDX-License-Identifier: GPL-2.0-only
/** Writes docs/commands.md from the commander tree and the examples. */
import { COMMANDS } from '../command-list.ts';
import { helpLayout } from '../help-layout.ts';
import { createProgram } from '../program.ts';
import { idleContext } from './idle-context.ts';

const WIDTH = 100;

export async function commandDocs(): Promise<string> {
  const program = await createProgram(idleContext, 'all');
  const sections: string[] = [];
  for (const { name, load } of COMMANDS) {
    const command = program.commands.find((each) => each.name() === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    const commands = [command, ...command.commands.filter((each) => each.name() !== 'help')];
    for (const each of commands) each.configureHelp(helpLayout(WIDTH));
    const help = commands.map((each) => `\`\`\`text\n${each.helpInformation().trim()}\n\`\`\``).join('\n\n');
    const examples = (await load()).examples.map(({ line, says }) => `- \`hoplab ${line}\`: ${says}`);
    sections.push(`## ${name}\n\n${help}\n\n${examples.join('\n')}\n`);
  }
  return `# Commands

<!-- generated from src/cli: change it there -->

\`hoplab COMMAND --help\` prints the same. Exit codes and errors are in [errors.md](errors.md), lab files in
[lab-file.md](lab-file.md).

${sections.join('\n')}`;
}
