/** The suite runs every test file that there is, each once. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { ALONE, COMPILED, FIRST, planStages } from '../../support/stages.ts';

describe('the stages of the suite', () => {
  const files = planStages().flatMap((stage) => stage.files);
  const names = files.map((file) => relative(COMPILED, file).replace(/\.test\.js$/, ''));

  it('have every file, and each once', () => {
    const there = readdirSync(COMPILED, { recursive: true }).map(String);
    const tests = there.filter((name) => name.endsWith('.test.js')).map((name) => join(COMPILED, name));
    assert.deepEqual([...files].sort(), tests.sort());
  });

  it('name no file that there is not', () => {
    for (const name of [...FIRST, ...ALONE]) assert.ok(names.includes(name), name);
  });

  it('are those of the chosen files alone where words choose', () => {
    assert.deepEqual(
      planStages(['unit/suite/stages', 'kill/']).map((stage) => stage.files.map((file) => relative(COMPILED, file))),
      [['unit/suite/stages.test.js'], ['kill/interrupt.test.js', 'kill/killed.test.js', 'kill/container-init.test.js']],
    );
    assert.deepEqual(planStages(['no such']), []);
  });
});
