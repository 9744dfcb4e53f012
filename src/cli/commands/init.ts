// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab init`: writes a commented lab file. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isErrno } from '../../model/errno.ts';
import { projectRoot } from '../../system/paths.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { usageError } from '../usage.ts';

export const command: CommandModule = {
  examples: [
    { line: 'init', says: 'writes lab.yaml' },
    { line: 'init taps.yaml', says: 'writes taps.yaml' },
    { line: 'init -', says: 'prints it' },
  ],
  define(command: Command, context: CliContext) {
    command.action(async (file = 'lab.yaml') => {
      const { labTemplate } = await import('../../config/lab-template.ts');
      const { backends } = await import('../../backends/index.ts');
      // Absolute: an editor finds it from any folder.
      const text = labTemplate(backends, join(projectRoot, 'schema', 'lab.schema.json'));
      if (file === '-') return context.print(text);
      await writeNew(String(file), text);
      context.say(`wrote ${file}; next: hoplab plan ${file}`);
    });
  },
};

/** Never over a file that is there: it may hold somebody's work. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (isErrno(error, ['EEXIST'])) throw usageError(`write ${file}: there is such a file`, `hoplab init ANOTHER.yaml`);
    const said = error instanceof Error ? error.message : String(error);
    throw usageError(`write ${file}: ${said}`, 'hoplab init - prints it instead');
  }
}
