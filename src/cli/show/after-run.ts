/** What follows a run, whatever it recorded: where it is, what it says, how to have it as a page, and the exit code. */
import { type CliContext, EXIT } from '../command.ts';
import { pageHint } from '../next-step.ts';

interface Recorded {
  readonly folder: string;
  readonly interrupted: boolean;
}

interface Shown {
  readonly run: { readonly id: string };
  readonly failed: readonly unknown[];
}

export async function afterRun(
  { folder, interrupted }: Recorded,
  show: (folder: string) => Promise<Shown>,
  {
    silent,
    runs,
    context,
  }: { readonly silent: boolean; readonly runs: string | undefined; readonly context: CliContext },
): Promise<void> {
  if (!silent) context.say(`run folder: ${folder}`);
  if (interrupted) context.finish(EXIT.interrupted);
  const report = await show(folder);
  if (!silent) context.say(pageHint(report.run.id, folder, runs));
  if (!interrupted && report.failed.length > 0) context.finish(EXIT.cellsFailed);
}
