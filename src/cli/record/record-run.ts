// SPDX-License-Identifier: GPL-2.0-only
/** Records a run of a lab, and shows it: what `hoplab run` does, and the process that the dashboard starts. */
import { run as experiment } from '../../experiments/run/run.ts';
import { runLab } from '../../lab/index.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { CliContext } from '../command.ts';
import { afterRun } from '../show/after-run.ts';
import { type RecordFlags, startRecording } from './start-recording.ts';

export interface RunToRecord {
  readonly spec: LabSpec;
  readonly label: string | null;
  readonly flags: RecordFlags;
}

export async function recordRun({ spec, label, flags }: RunToRecord, context: CliContext): Promise<void> {
  const { silent, recording } = await startRecording(flags, context);
  const recorded = await runLab({ spec, label, ...recording });
  await afterRun(recorded, { experiment, flags, silent, context });
}
