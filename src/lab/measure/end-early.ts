/** Closes the run folder of work that could not finish. */
import { basename } from 'node:path';
import { HoplabError } from '../../model/errors.ts';
import type { RunFolder } from '../../run-store/create-run-folder.ts';
import { readRun } from '../../run-store/read-run.ts';
import { readLoad } from '../../system/facts.ts';

/** Throws unless it was interrupted and has something to show. `command` is what to type again. */
export async function endEarly(
  folder: RunFolder,
  { error, interrupted, command }: { readonly error: unknown; readonly interrupted: boolean; readonly command: string },
): Promise<void> {
  const closed = folder.finish(interrupted ? 'interrupted' : 'failed', await readLoad());
  // On a full disk the head of the run cannot be written either: what filled it is the error that tells.
  if (!interrupted) {
    await closed.catch(() => undefined);
    throw error;
  }
  await closed;
  const { blocks, failed } = await readRun(folder.path);
  if (blocks.length + failed.length > 0) return;
  throw new HoplabError({
    code: 'INTERRUPTED',
    message: `${command} ${basename(folder.path)}: interrupted before its first block was finished`,
    hint: `hoplab ${command} again; the logs of this one are in ${folder.path}`,
    cause: error,
  });
}
