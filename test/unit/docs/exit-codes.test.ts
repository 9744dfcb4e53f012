// SPDX-License-Identifier: GPL-2.0-only
/** The table of exit codes is the one that the code sets, the pages have and the manual has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EXIT, EXIT_MEANS } from '../../../src/cli/command.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const read = (...path: readonly string[]) => readFileSync(join(projectFolder(), ...path), 'utf8');

function sources(): string {
  const names = readdirSync(join(projectFolder(), 'src', 'cli'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read('src', 'cli', name))
    .join('\n');
}

describe('exit codes', () => {
  it('are each set by some command, and said on the page and in the manual', () => {
    const code = sources();
    for (const [name, value] of Object.entries(EXIT)) {
      assert.match(code, new RegExp(`EXIT\\.${name}\\b`), `nothing sets ${name}`);
      assert.match(read('docs', 'errors.md'), new RegExp(`^\\| ${value} \\| \\S`, 'm'));
      assert.match(read('man', 'hoplab.1'), new RegExp(`^\\.B ${value}$`, 'm'));
    }
  });

  it('say of which commands they are, where another command may have them for another reason', () => {
    const users = (name: string) =>
      readdirSync(join(projectFolder(), 'src', 'cli', 'commands')).filter((file) =>
        read('src', 'cli', 'commands', file).includes(`EXIT.${name}`),
      );
    for (const name of ['failed', 'cellsFailed', 'thresholdExceeded'] as const)
      for (const file of users(name))
        assert.ok(EXIT_MEANS[name].includes(`\`${file.replace('.ts', '')}`), `${name}: ${file}`);
  });
});
