// SPDX-License-Identifier: GPL-2.0-only
/** Records a run of a lab, and shows it: what `hoplab run` does, and the process that the dashboard starts. */
import { run as experiment } from '../experiments/run/run.ts';
import { runLab } from '../lab/index.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { runsRoot } from '../run-store/layout.ts';
import { collectDead } from './collect-dead.ts';
import type { CliContext } from './command.ts';
import type { OutputFlags } from './output.ts';
import { stderrProgress } from './progress.ts';
import { afterRun } from './show/after-run.ts';

export interface RecordFlags extends OutputFlags {
  readonly runs?: string;
  readonly quiet?: boolean;
  readonly force?: boolean;
}

export interface RunToRecord {
  readonly spec: LabSpec;
  readonly label: string | null;
  readonly flags: RecordFlags;
}

export async function recordRun({ spec, label, flags }: RunToRecord, context: CliContext): Promise<void> {
  const silent = flags.quiet === true || flags.json === true;
  await collectDead(context, { quiet: silent });
  const recorded = await runLab({
    spec,
    runsRoot: flags.runs ?? runsRoot(),
    label,
    force: flags.force ?? false,
    argv: context.argv,
    progress: stderrProgress({ silent }),
    signal: context.signal,
  });
  await afterRun(recorded, { experiment, flags, silent, context });
}
