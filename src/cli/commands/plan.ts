// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab plan`: what run would do, without doing it. */
import type { Command } from 'commander';
import type { CliContext, CommandModule } from '../command.ts';
import { addLabOptions, type LabFlags } from '../lab-options.ts';
import { addOutputOptions, type OutputFlags } from '../output.ts';

type PlanFlags = LabFlags & OutputFlags;

export const command: CommandModule = {
  examples: [
    { line: 'plan', says: 'the commands of a default run' },
    { line: 'plan lab.yaml tap', says: 'those of one path of a lab file' },
    { line: 'plan --thorough --json', says: 'names, addresses, commands and blocks as JSON' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addLabOptions(command)).action(async (words: readonly string[]) => {
      const { loadLab } = await import('../lab-source.ts');
      const { printPlan } = await import('../show/print-plan.ts');
      const flags = command.opts<PlanFlags>();
      await printPlan(await loadLab(words, flags), flags, context);
    });
  },
};
