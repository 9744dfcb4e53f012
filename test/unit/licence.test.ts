// SPDX-License-Identifier: GPL-2.0-only
/** Every source file names its licence in its first two lines. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { projectFolder } from '../fixtures/project-folder.ts';

const FOLDERS = ['src', 'test', 'bench', 'bin', 'native'];
const SOURCE = /(\.(ts|js|c|h|S|mk)|Makefile)$/;
const LICENCE = /SPDX-License-Identifier: GPL-2\.0-only\b/;

it('every source file names its licence', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(projectFolder(), folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ).filter((name) => SOURCE.test(name));
  assert.ok(files.length > 800);
  const without = files.filter((name) => {
    const head = readFileSync(join(projectFolder(), name), 'utf8').split('\n', 2).join('\n');
    return !LICENCE.test(head);
  });
  assert.deepEqual(without, []);
});
