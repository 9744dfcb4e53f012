// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab nic`: the NICs of this machine, and which of them a guest could be given. It only reads. */
import type { Command } from 'commander';
import { HoplabError } from '../../model/errors.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { addOutputOptions, lookOf, type OutputFlags } from '../output.ts';

export const command: CommandModule = {
  examples: [
    { line: 'nic', says: 'every NIC: driver, IOMMU group, SR-IOV, reset, and whether it can be passed through' },
    { line: 'nic eth2', says: 'one NIC, also by its address 0000:01:00.0: every check, and the file that tells it' },
    { line: 'nic --json', says: 'all of it as JSON, in the form of schema/nic.schema.json' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command).action(async (word?: string) => showNics(word, command.opts<OutputFlags>(), context));
  },
};

async function showNics(word: string | undefined, flags: OutputFlags, context: CliContext): Promise<void> {
  const { judgeNics, nicNamed } = await import('../../nic/judge-nics.ts');
  const { defaultLabSpec } = await import('../../config/to-lab-spec.ts');
  const guestMiB = defaultLabSpec().guest.memoryMiB;
  const report = await judgeNics({ signal: context.signal, guestMiB });
  const { nicListText, nicText } = await import('../show/nic-text.ts');
  const { width } = lookOf(flags);
  if (word === undefined) {
    context.print(flags.json ? `${JSON.stringify(report, null, 2)}\n` : nicListText(report, width));
    return;
  }
  const nic = nicNamed(report.nics, word);
  if (nic === null)
    throw new HoplabError({
      code: 'NIC_NOT_FOUND',
      message: `there is no NIC ${word}: this machine has ${report.nics.map(({ name }) => name).join(', ') || 'none'}`,
      hint: 'hoplab nic',
    });
  context.print(flags.json ? `${JSON.stringify({ ...report, nics: [nic] }, null, 2)}\n` : nicText(nic, report, width));
  context.finish(nic.possible ? EXIT.ok : EXIT.failed);
}
