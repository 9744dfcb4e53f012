// SPDX-License-Identifier: GPL-2.0-only
/** The entry of the CLI: argv in, exit code out. */
import { setProgramName } from '../words/program-name.ts';
import { asProcess } from './as-process.ts';
import { ASKED } from './asked.ts';
import { calledAs } from './called-as.ts';
import { COMMANDS } from './command-list.ts';

/** Runs one command. Never throws: what goes wrong is printed, and told by the code. */
export function main(argv: readonly string[]): Promise<number> {
  return asProcess(argv, async (context) => {
    setProgramName(calledAs({ env: process.env, file: process.argv[1] ?? '', cwd: process.cwd() }));
    if (argv[0] === ASKED) {
      const { completeWords } = await import('./complete-words.ts');
      return context.print(await completeWords(argv.slice(1)));
    }
    const { createProgram } = await import('./program.ts');
    const names = COMMANDS.map(({ name }) => name);
    const program = await createProgram(context, argv.filter((word) => names.includes(word)).slice(0, 1));
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
  });
}
