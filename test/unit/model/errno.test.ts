// SPDX-License-Identifier: GPL-2.0-only
/** The codes of system errors are read in one place. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { errnoOf, isErrno } from '../../../src/model/errno.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

function missing(): unknown {
  try {
    return readFileSync('/nonexistent/file');
  } catch (error) {
    return error;
  }
}

it('a system error is told by its code, and nothing else is taken for one', () => {
  assert.equal(errnoOf(missing()), 'ENOENT');
  assert.ok(isErrno(missing(), ['EEXIST', 'ENOENT']));
  assert.ok(!isErrno(missing(), ['EEXIST']));
  for (const other of [new Error('ENOENT'), 'ENOENT', { code: 'ENOENT' }, null]) assert.equal(errnoOf(other), null);
});

it('no source reads the code of an unknown error by hand', () => {
  const folder = join(projectFolder(), 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const byHand = files.filter((file) => readFileSync(join(folder, file), 'utf8').includes("'code' in error"));
  assert.deepEqual(byHand, [join('model', 'errno.ts')]);
});
