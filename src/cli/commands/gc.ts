// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab gc`: removes what dead labs and bridges left behind; every run does it first. */
import type { Command } from 'commander';
import { HoplabError } from '../../model/errors.ts';
import { collectBridges, collectGarbage } from '../../system/gc.ts';
import type { CliContext, CommandModule } from '../command.ts';

export const command: CommandModule = {
  examples: [
    { line: 'gc', says: 'after a crash; live labs and bridges are left alone' },
    { line: 'gc --json', says: 'what was removed, as JSON' },
  ],
  define(command: Command, context: CliContext) {
    command.option('--json', 'print JSON instead of text').action(async () => {
      if (process.platform === 'linux' && process.getuid?.() !== 0) {
        throw new HoplabError({
          code: 'NOT_ROOT',
          message: 'remove dead labs and bridges: only root can',
          hint: 'sudo hoplab gc',
        });
      }
      const collected = [...(await collectGarbage()), ...(await collectBridges())];
      if (command.opts<{ json?: boolean }>().json) {
        context.print(`${JSON.stringify({ collected }, null, 2)}\n`);
        return;
      }
      for (const { kind, name, argv, done } of collected) {
        context.print(`${kind} ${name} (hoplab ${argv.join(' ')}):\n${done.map((line) => `  ${line}\n`).join('')}`);
      }
      if (collected.length === 0) context.print('nothing was left behind\n');
    });
  },
};
