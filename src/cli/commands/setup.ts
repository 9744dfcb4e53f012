// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab setup`: makes a fresh machine ready; on a ready one it looks and does nothing. */
import type { Command } from 'commander';
import { programName } from '../../words/program-name.ts';
import type { CliContext, CommandModule } from '../command.ts';

export const command: CommandModule = {
  examples: [
    { line: 'setup', says: 'everything that hoplab run needs' },
    { line: 'setup --dev', says: 'and what the tests and benches need' },
  ],
  define(command: Command, context: CliContext) {
    command
      .option('--dev', 'also what the tests and benches need')
      .option('-q, --quiet', 'print nothing but errors')
      .action(async () => {
        const { dev, quiet } = command.opts<{ dev?: boolean; quiet?: boolean }>();
        const { installAll } = await import('../../system/install.ts');
        const { GENERIC_SERIES, genericKernel } = await import('../../guest/generic-kernel.ts');
        const { findKernel } = await import('../../guest/kernel.ts');
        const { everyRequirement } = await import('../../lab/plan/needs.ts');
        // What a check needs is asked for when it is first asked; the tests run them all.
        const ofChecks =
          dev === true ? (await import('../../checks/index.ts')).checks.flatMap((one) => one.requires) : [];
        await installAll({
          signal: context.signal,
          dev: dev ?? false,
          say: quiet ? () => undefined : (line) => context.print(`${line}\n`),
          requirements: [...everyRequirement(), ...ofChecks],
          guestKernel: async (fetch, signal) => (await findKernel({ kind: 'debian' }, { signal, fetch })).source,
          nestedKernels: new Map(
            // Hosts of other architectures are not emulated.
            (process.arch === 'x64' ? GENERIC_SERIES : []).map((series) => [
              series,
              async (fetch, signal) => (await genericKernel(series, { fetch, signal })).source,
            ]),
          ),
        });
        if (!quiet) context.print(`ready: ${programName()} run\n`);
      });
  },
};
