// SPDX-License-Identifier: GPL-2.0-only
/** Reports in the layouts of twenty writers: the tree that is found in each, and every byte of it back. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseMail } from '../../../src/weekly/parse-mail.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { outlineOf, renderMail } from '../../support/mail-outline.ts';

const FOLDER = join(projectFolder(), 'test', 'fixtures', 'weekly', 'layouts');
const names = readdirSync(FOLDER).sort();

describe('layouts', () => {
  it('are twenty', () => assert.equal(names.length, 20));

  for (const name of names) {
    it(`${name} has the tree that is expected`, () => {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      const mail = parseMail(text, '2022-03-20');
      assert.equal(renderMail(mail), text);
      assertGolden(join('weekly', 'layouts', name.replace('.txt', '.tree')), `${outlineOf(mail)}\n`);
    });
  }
});
