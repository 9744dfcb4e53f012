// SPDX-License-Identifier: GPL-2.0-only
/** What follows a run, whatever it recorded: where it is, what it says, how to have it as a page, and the exit code. */
import type { Experiment, Recorded } from '../../experiments/experiment.ts';
import { renderJson } from '../../results/json.ts';
import { toolVersion } from '../../system/paths.ts';
import { type CliContext, EXIT } from '../command.ts';
import { pageHint } from '../next-step.ts';
import { lookOf, type OutputFlags } from '../output.ts';

interface AfterRun {
  readonly experiment: Experiment;
  readonly flags: OutputFlags & { readonly runs?: string };
  readonly silent: boolean;
  readonly context: CliContext;
  /** What else is done with it once it was printed. */
  readonly more?: (recorded: Recorded) => Promise<void>;
}

/** Reads the folder back, as `hoplab report` would, and prints it as text or JSON. */
export async function afterRun(
  { folder, interrupted }: { readonly folder: string; readonly interrupted: boolean },
  { experiment, flags, silent, context, more }: AfterRun,
): Promise<void> {
  if (!silent) context.say(`run folder: ${folder}`);
  if (interrupted) context.finish(EXIT.interrupted);
  const recorded = await experiment.read(folder, { version: toolVersion, pictures: false });
  context.print(flags.json ? renderJson(recorded.json) : recorded.text(lookOf(flags)));
  await more?.(recorded);
  if (!silent) context.say(pageHint(recorded.id, folder, flags.runs));
  if (!interrupted && recorded.failed > 0) context.finish(EXIT.cellsFailed);
}
