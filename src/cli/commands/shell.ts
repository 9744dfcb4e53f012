// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab shell`: a lab left open, for looking around. */

import { type Command, Option } from 'commander';
import { HOST1, HOST2 } from '../../model/place.ts';
import { collectDead } from '../collect-dead.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addLabOptions, type LabFlags } from '../lab-options.ts';
import { stderrProgress } from '../progress.ts';
import { usageError } from '../usage.ts';

const TARGETS = ['guest', HOST1, HOST2] as const;

interface ShellFlags extends LabFlags {
  readonly lab?: string;
}

export const command: CommandModule = {
  examples: [
    { line: 'shell', says: 'in the guest, with every backend plugged in' },
    { line: 'shell host2 --only tap', says: 'on the host that runs the guest, with one path' },
    { line: 'shell host1 --lab lab.yaml', says: 'on the remote host of a lab file' },
  ],
  define(command: Command, context: CliContext) {
    addLabOptions(command)
      .addOption(new Option('--lab <LABFILE>', 'the lab to open, instead of every backend'))
      .action(async (word = 'guest') => {
        const target = TARGETS.find((each) => each === word);
        if (target === undefined) throw usageError(`shell: TARGET is one of ${TARGETS.join(', ')}, got "${word}"`);
        const flags = command.opts<ShellFlags>();
        const { loadLab } = await import('../lab-source.ts');
        const spec = await loadLab(flags.lab, flags);
        await collectDead(context, { quiet: false });
        const { openShell } = await import('../../lab/index.ts');
        await openShell({ spec, target, progress: stderrProgress({ silent: false }), signal: context.signal });
      });
  },
};
