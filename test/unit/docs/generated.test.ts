// SPDX-License-Identifier: GPL-2.0-only
/** Committed files that are made by code are up to date; `npm run docs` writes them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { generatedFiles } from '../../generated/files.ts';

const files = await generatedFiles();

describe('generated files', () => {
  for (const [name, text] of files) {
    it(`${name} is what the code makes`, () => {
      const path = join(projectFolder(), name);
      assert.ok(existsSync(path), `no ${name}: npm run docs writes it`);
      assert.equal(text, readFileSync(path, 'utf8'), `${name} is out of date: npm run docs writes it`);
    });
  }

  it('are all that lie under schema and man', () => {
    for (const folder of ['schema', 'man'])
      for (const name of readdirSync(join(projectFolder(), folder))) assert.ok(files.has(`${folder}/${name}`), name);
  });
});
