// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab completion`: a completion script, generated from the commands and their options. */
import type { Command } from 'commander';
import type { CommandContext, CommandModule } from '../command.ts';
import { usageError } from '../usage.ts';

export const command: CommandModule = {
  examples: [
    { line: 'completion bash', says: '> /etc/bash_completion.d/hoplab' },
    { line: 'completion zsh', says: '> a folder of $fpath, as _hoplab' },
    { line: 'completion fish', says: '> ~/.config/fish/completions/hoplab.fish' },
  ],
  define(command: Command, context: CommandContext) {
    command.action(async (shell: string) => {
      const { completionScript, SHELLS } = await import('../docs/completion-script.ts');
      const known = SHELLS.find((each) => each === shell);
      if (known === undefined) throw usageError(`completion: SHELL is one of ${SHELLS.join(', ')}, got "${shell}"`);
      context.print(completionScript(known, await context.wholeProgram()));
    });
  },
};
