// SPDX-License-Identifier: GPL-2.0-only
/** What every command that builds or looks at labs does first: take back what dead ones left. */
import { collectBridges, collectGarbage } from '../system/gc.ts';
import type { CliContext } from './command.ts';

/** Says what was removed, a line each; without root nothing can have been left that could be removed. */
export async function collectDead(context: CliContext, { quiet }: { readonly quiet: boolean }): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  for (const { kind, name, argv, done } of [...(await collectGarbage()), ...(await collectBridges())]) {
    if (!quiet) context.say(`gc: ${kind} ${name} (hoplab ${argv.join(' ')}) is dead: ${done.join('; ')}`);
  }
}
