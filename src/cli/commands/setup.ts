// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab setup`: makes a fresh machine ready; on a ready one it looks and does nothing. */
import { type Command, Option } from 'commander';
import { ARCHES, type Arch } from '../../model/lab-spec.ts';
import { programName } from '../../words/program-name.ts';
import type { CliContext, CommandModule } from '../command.ts';

export const command: CommandModule = {
  examples: [
    { line: 'setup', says: 'everything that hoplab run needs' },
    { line: 'setup --arch aarch64', says: 'and what a guest of that architecture needs' },
    { line: 'setup --dev', says: 'and what the tests and benches need' },
  ],
  define(command: Command, context: CliContext) {
    command
      .addOption(new Option('--arch <ARCH>', 'also what guests of this architecture need').choices(ARCHES))
      .option('--dev', 'also what the tests and benches need')
      .option('-q, --quiet', 'print nothing but errors')
      .action(async () => {
        const { arch, dev, quiet } = command.opts<{ arch?: Arch; dev?: boolean; quiet?: boolean }>();
        const { installAll } = await import('../../system/install.ts');
        const { GENERIC_SERIES, genericKernel } = await import('../../guest/generic-kernel.ts');
        const { findKernel } = await import('../../guest/kernel.ts');
        const { hostArch } = await import('../../guest/arch.ts');
        const { vmms } = await import('../../vmms/index.ts');
        const { everyRequirement } = await import('../../lab/plan/needs.ts');
        // What a check needs is asked for when it is first asked; the tests run them all.
        const { checks } = await import('../../checks/index.ts');
        const ofChecks = dev === true ? checks.flatMap((one) => one.requires) : [];
        const say = quiet ? () => undefined : (line: string) => context.print(`${line}\n`);
        const others = ARCHES.filter((one) => one !== hostArch() && (one === arch || (dev && one === 'aarch64')));
        await installAll({
          signal: context.signal,
          dev: dev ?? false,
          say,
          requirements: [...everyRequirement(), ...ofChecks],
          otherArches: others.map((one) => ({
            arch: one,
            requirements: vmms.flatMap((vmm) => vmm.requires(one)),
            guestKernel: async (fetch, signal) =>
              (await findKernel({ kind: 'debian' }, { signal, arch: one, fetch })).source,
          })),
          guestKernel: async (fetch, signal) => (await findKernel({ kind: 'debian' }, { signal, fetch })).source,
          nestedKernels: new Map(
            // Hosts of other architectures are not emulated.
            (process.arch === 'x64' ? GENERIC_SERIES : []).map((series) => [
              series,
              async (fetch, signal) => (await genericKernel(series, { fetch, signal })).source,
            ]),
          ),
        });
        // Tests of pages run where there is no network.
        if (dev) for (const check of checks) await check.prepare?.({ signal: context.signal, say });
        if (!quiet) context.print(`ready: ${programName()} run\n`);
      });
  },
};
