// SPDX-License-Identifier: GPL-2.0-only
/** What every command that records does first, and what it tells the lab. */

import type { Progress } from '../../model/progress.ts';
import { runsRoot } from '../../run-store/runs-root.ts';
import type { MachineWish } from '../../system/measuring-lock.ts';
import { programName } from '../../words/program-name.ts';
import { collectDead } from '../collect-dead.ts';
import type { CliContext } from '../command.ts';
import { machineOf } from '../lab-options.ts';
import type { OutputFlags } from '../output.ts';
import { stderrProgress } from '../progress.ts';

export interface RecordFlags extends OutputFlags {
  readonly runs?: string;
  readonly quiet?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
}

/** What the request to the lab has of the command's flags, whatever is recorded. */
export interface Recording extends MachineWish {
  readonly runsRoot: string;
  /** What the folder keeps; the program's own name too where it was called by another one. */
  readonly argv: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Takes back what dead labs left. `silent`: nothing is said beside what was asked for. */
export async function startRecording(
  flags: RecordFlags,
  context: CliContext,
): Promise<{ readonly silent: boolean; readonly recording: Recording }> {
  const { argv, signal } = context;
  const silent = flags.quiet === true || flags.json === true;
  await collectDead(context, { quiet: silent });
  const progress = stderrProgress({ silent });
  const called = programName();
  const root = flags.runs ?? runsRoot();
  return {
    silent,
    recording: {
      runsRoot: root,
      ...machineOf(flags),
      argv: called === 'hoplab' ? argv : [...called.split(' '), ...argv],
      progress,
      signal,
    },
  };
}
