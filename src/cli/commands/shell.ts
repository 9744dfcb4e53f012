// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab shell`: a lab left open, for looking around. */

import { type Command, Option } from 'commander';
import { HOST1, HOST2 } from '../../model/place.ts';
import { collectDead } from '../collect-dead.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addLabOptions, addMachineOptions, type LabFlags, machineOf } from '../lab-options.ts';
import { stderrProgress } from '../progress.ts';

const TARGETS = ['guest', HOST1, HOST2] as const;

interface ShellFlags extends LabFlags {
  /** A lab file: what it was called before all commands took it as a word. */
  readonly lab?: string;
  readonly force?: boolean;
  readonly wait?: boolean;
}

export const command: CommandModule = {
  examples: [
    { line: 'shell', says: 'in the guest, with every backend plugged in' },
    { line: 'shell host2 tap', says: 'on the host that runs the guest, with one path' },
    { line: 'shell host1 lab.yaml', says: 'on the remote host of a lab file' },
  ],
  define(command: Command, context: CliContext) {
    addMachineOptions(addLabOptions(command))
      .addOption(new Option('--lab <LABFILE>').hideHelp())
      .action(async (words: readonly string[]) => {
        const flags = command.opts<ShellFlags>();
        const [first, ...rest] = words;
        const target = TARGETS.find((each) => each === first);
        const named = target === undefined ? words : rest;
        const { loadLab } = await import('../lab-source.ts');
        const spec = await loadLab(flags.lab === undefined ? named : [flags.lab, ...named], flags, TARGETS);
        await collectDead(context, { quiet: false });
        const { openShell } = await import('../../lab/index.ts');
        const progress = stderrProgress({ silent: false });
        await openShell({
          ...{ spec, target: target ?? 'guest', ...machineOf(flags), progress },
          signal: context.signal,
        });
      });
  },
};
