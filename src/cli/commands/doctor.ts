// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab doctor`: what this machine can do, with the reason and the command that would change it. */
import { release } from 'node:os';
import type { Command } from 'commander';
import { runsRoot } from '../../run-store/runs-root.ts';
import { collectDead } from '../collect-dead.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { addOutputOptions, lookOf, type OutputFlags } from '../output.ts';
import type { DoctorReport } from '../show/doctor-report.ts';

export const command: CommandModule = {
  examples: [
    { line: 'doctor', says: 'backends, accelerator, scheduling, tracing, room' },
    { line: 'doctor --json', says: 'the same as JSON' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option('--no-boot', 'do not boot a guest to see whether KVM works')
      .action(async () => {
        const flags = command.opts<OutputFlags & { readonly boot: boolean }>();
        await collectDead(context, { quiet: flags.json === true });
        const report = await examine({
          ...{ boot: flags.boot, root: runsRoot(), signal: context.signal },
          say: flags.json ? () => undefined : context.say,
        });
        const { doctorText } = await import('../show/doctor-report.ts');
        context.print(flags.json ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report, lookOf(flags).width));
        context.finish(report.ready ? EXIT.ok : EXIT.failed);
      });
  },
};

export interface ExamineOptions {
  /** Whether a guest is booted to see that KVM works. */
  readonly boot: boolean;
  /** The folder of runs, and its disk. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Told what a reader waits for. */
  readonly say?: (line: string) => void;
}

/** Also what the dashboard shows. */
export async function examine({ boot, root, signal, say = () => undefined }: ExamineOptions): Promise<DoctorReport> {
  const { backends } = await import('../../backends/index.ts');
  const { readAbilities } = await import('../../system/abilities.ts');
  const { readDistribution } = await import('../../system/distribution.ts');
  const { readMachineFacts } = await import('../../system/facts.ts');
  const { probeRequirements } = await import('../../system/requirements.ts');
  const { CORE_REQUIREMENTS } = await import('../../system/tools.ts');
  const { probeNic } = await import('../../nic/probe-nic.ts');
  const { readTraceAbilities } = await import('../../system/trace-abilities.ts');
  const { cachedKernel, everyRequirement } = await import('../../lab/plan/needs.ts');
  const { runsFolder } = await import('../runs-ability.ts');
  const { judge } = await import('../show/doctor-report.ts');
  const [facts, distribution, statuses] = await Promise.all([
    readMachineFacts(),
    readDistribution(),
    probeRequirements([...everyRequirement(), ...CORE_REQUIREMENTS], {
      signal,
      guestKernel: cachedKernel,
      nic: probeNic,
    }),
  ]);
  const [abilities, folder, tracing] = await Promise.all([
    readAbilities({ facts, runsRoot: root, signal }),
    runsFolder(root),
    readTraceAbilities({ signal }),
  ]);
  return judge({
    machine: `${distribution.name}, kernel ${release()}, ${facts.cpus.length} CPUs (${facts.arch}), Node ${process.version}`,
    backends,
    statuses,
    abilities: [...(boot ? [await accelerator(signal, say)] : []), ...abilities, folder],
    tracing,
  });
}

async function accelerator(signal: AbortSignal, say: (line: string) => void) {
  const { judgeAccelerator } = await import('../accelerator.ts');
  const { defaultLabSpec } = await import('../../config/to-lab-spec.ts');
  return judgeAccelerator(defaultLabSpec().guest, { signal, say });
}
