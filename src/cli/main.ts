// SPDX-License-Identifier: GPL-2.0-only
/** The entry of the CLI: argv in, exit code out. */
import { asProcess } from './as-process.ts';
import { COMMANDS } from './command-list.ts';

/** Runs one command. Never throws: what goes wrong is printed, and told by the code. */
export function main(argv: readonly string[]): Promise<number> {
  return asProcess(argv, async (context) => {
    const { createProgram } = await import('./program.ts');
    const names = COMMANDS.map(({ name }) => name);
    const program = await createProgram(context, argv.filter((word) => names.includes(word)).slice(0, 1));
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
  });
}
