/** `hoplab run`: builds the lab, measures, prints the table. */
import type { Command } from 'commander';
import { checkLabel, runsRoot } from '../../run-store/layout.ts';
import { collectDead } from '../collect-dead.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addLabOptions, type LabFlags } from '../lab-options.ts';
import { addOutputOptions, type OutputFlags } from '../output.ts';
import { stderrProgress } from '../progress.ts';

interface RunFlags extends LabFlags, OutputFlags {
  readonly label?: string;
  readonly runs?: string;
  readonly quiet?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export const command: CommandModule = {
  examples: [
    { line: 'run', says: 'every backend of this machine, in about 100 s' },
    { line: 'run --quick', says: 'the overview alone, in under 30 s' },
    { line: 'run --thorough --label before-upgrade', says: 'verdicts rather than indications, in about 6 min' },
    { line: 'run --only tap,macvtap --draws 8', says: 'two paths, compared over 8 draws' },
    { line: 'run --compare macvtap,tap --compare passt,user', says: 'these two comparisons and no others' },
    { line: 'run --protocol udp_rr --size 64,1024 --pace 0 --pace 1ms', says: 'two probes: back to back and paced' },
    { line: 'run --probe tcp_crr,count=500 --direction host1-to-guest', says: 'a connection each, from outside' },
    { line: 'run lab.yaml --json', says: 'the paths and probes of a lab file, as JSON' },
    { line: 'run --only tap,ebpf,ovs --no-cure', says: 'what an XDP bridge and a userspace switch do to checksums' },
    { line: 'run --kernel host', says: "guests boot this machine's own kernel" },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addLabOptions(command))
      .option('--label <TEXT>', 'a name for the run, for `hoplab report TEXT`')
      .option('--runs <DIR>', 'folder of runs, instead of $HOPLAB_RUNS or ./runs')
      .option('-q, --quiet', 'no progress, only the report')
      .option('--force', 'run although another measuring run is under way')
      .option('-n, --dry-run', 'print what would be done, and do nothing')
      .action(async (file: string | undefined) => run(file, command.opts<RunFlags>(), context));
  },
};

async function run(file: string | undefined, flags: RunFlags, context: CliContext): Promise<void> {
  const label = flags.label === undefined ? null : checkLabel(flags.label);
  const { loadLab } = await import('../lab-source.ts');
  const spec = await loadLab(file, flags);
  if (flags.dryRun) {
    const { printPlan } = await import('../show/print-plan.ts');
    return printPlan(spec, flags, context);
  }
  const silent = flags.quiet === true || flags.json === true;
  await collectDead(context, { quiet: silent });
  const { runLab } = await import('../../lab/index.ts');
  const recorded = await runLab({
    spec,
    runsRoot: flags.runs ?? runsRoot(),
    label,
    force: flags.force ?? false,
    argv: context.argv,
    progress: stderrProgress({ silent }),
    signal: context.signal,
  });
  const { run: experiment } = await import('../../experiments/run/run.ts');
  const { afterRun } = await import('../show/after-run.ts');
  await afterRun(recorded, { experiment, flags, silent, context });
}
