// SPDX-License-Identifier: GPL-2.0-only
/** The suite runs every test file that there is, each once. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../../src/system/paths.ts';
import { COMPILED, hasRoom, planStages, turnOf } from '../../support/stages.ts';

const SOURCES = join(projectRoot, 'test');

describe('the stages of the suite', () => {
  const files = planStages().flatMap((stage) => stage.files);
  const names = files.map((file) => relative(COMPILED, file).replace(/\.test\.js$/, ''));

  it('have every file, and each once', () => {
    const there = readdirSync(COMPILED, { recursive: true }).map(String);
    const tests = there.filter((name) => name.endsWith('.test.js')).map((name) => join(COMPILED, name));
    assert.deepEqual([...files].sort(), tests.sort());
  });

  it('are those that the tags at the head of the sources ask for', () => {
    const tagged = names.map((name) => ({ name, ...turnOf(readFileSync(join(SOURCES, `${name}.test.ts`), 'utf8')) }));
    const alone = planStages()
      .at(-1)
      ?.files.map((file) => relative(COMPILED, file));
    assert.deepEqual(
      alone,
      tagged.filter((one) => one.alone).map(({ name }) => `${name}.test.js`),
    );
    const numbers = tagged.flatMap(({ alone, first }) => (alone ? [] : (first ?? [])));
    assert.ok(numbers.length > 0 && alone !== undefined && alone.length > 0);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  });

  it('take a tag before the imports alone', () => {
    assert.deepEqual(turnOf('/** What. */\n// @alone\nimport a from "a";\n'), {
      alone: true,
      first: null,
      waits: false,
    });
    assert.deepEqual(turnOf('/** What. */\n// @first 2\n// @waits\nimport a from "a";\n'), {
      alone: false,
      first: 2,
      waits: true,
    });
    assert.deepEqual(turnOf('/** @alone */\nimport a from "a";\n// @alone\n// @first 1\n'), {
      alone: false,
      first: null,
      waits: false,
    });
  });

  it('have room for two files, or for three of which two wait', () => {
    const stage = { files: [], atOnce: 2, again: true, waits: new Set(['w1', 'w2', 'w3']) };
    const rooms = (...names: readonly string[]) => names.map((name, i) => hasRoom(stage, names.slice(0, i), name));
    assert.deepEqual(rooms('a', 'b', 'c'), [true, true, false]);
    assert.deepEqual(rooms('a', 'w1', 'w2', 'w3'), [true, true, true, false]);
    assert.deepEqual(rooms('a', 'w1', 'b'), [true, true, false]);
    assert.deepEqual(rooms('w1', 'w2', 'w3', 'b'), [true, true, true, false]);
  });

  it('are those of the chosen files alone where words choose', () => {
    assert.deepEqual(
      planStages(['unit/suite/stages', 'kill/']).map((stage) => stage.files.map((file) => relative(COMPILED, file))),
      [['unit/suite/stages.test.js'], ['kill/interrupt.test.js', 'kill/killed.test.js', 'kill/container-init.test.js']],
    );
    assert.deepEqual(planStages(['no such']), []);
  });

  it('give no second try to what needs neither the machine nor a guest', () => {
    for (const { files: ofStage, again } of planStages())
      for (const file of ofStage) assert.equal(again, !/^(?:unit|contract)\//.test(relative(COMPILED, file)), file);
  });
});
