// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab run`: builds the lab, measures, prints the table. */
import type { Command } from 'commander';
import { checkLabel } from '../../run-store/layout.ts';
import { RUNS_OPTION } from '../../run-store/runs-root.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addLabOptions, addMachineOptions, type LabFlags } from '../lab-options.ts';
import { addOutputOptions } from '../output.ts';
import type { RecordFlags } from '../record/start-recording.ts';

interface RunFlags extends LabFlags, RecordFlags {
  readonly label?: string;
  readonly dryRun?: boolean;
}

export const command: CommandModule = {
  examples: [
    { line: 'run', says: 'every backend of this machine, in about a minute' },
    { line: 'run --quick', says: 'the overview alone, in under 30 s' },
    { line: 'run --thorough --label before-upgrade', says: 'verdicts rather than indications, in about 6 min' },
    { line: 'run tap macvtap --draws 8', says: 'two paths, compared over 8 draws' },
    { line: 'run --until 1% --max-time 10min', says: 'draws are added until every interval is within 1 %' },
    { line: 'run --compare macvtap,tap --compare passt,user', says: 'these two comparisons and no others' },
    { line: 'run --protocol udp_rr --size 64,1024 --pace 0 --pace 1ms', says: 'two probes: back to back and paced' },
    { line: 'run --probe tcp_crr,count=500 --direction host1-to-guest', says: 'a connection each, from outside' },
    { line: 'run lab.yaml --json', says: 'the paths and probes of a lab file, as JSON' },
    { line: 'run tap ebpf ovs --no-cure', says: 'what an XDP bridge and a userspace switch do to checksums' },
    { line: 'run --kernel host', says: "guests boot this machine's own kernel" },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addMachineOptions(addLabOptions(command)))
      .option('--label <TEXT>', 'a name for the run, for `hoplab report TEXT`')
      .option(...RUNS_OPTION)
      .option('-q, --quiet', 'no progress, only the report')
      .option('-n, --dry-run', 'print what would be done, and do nothing')
      .action(async (words: readonly string[]) => run(words, command.opts<RunFlags>(), context));
  },
};

async function run(words: readonly string[], flags: RunFlags, context: CliContext): Promise<void> {
  const label = flags.label === undefined ? null : checkLabel(flags.label);
  const { loadLab } = await import('../lab-source.ts');
  const spec = await loadLab(words, flags);
  if (flags.dryRun) {
    const { printPlan } = await import('../show/print-plan.ts');
    return printPlan(spec, flags, context);
  }
  const { recordRun } = await import('../record/record-run.ts');
  await recordRun({ spec, label, flags }, context);
}
