// SPDX-License-Identifier: GPL-2.0-only
/** Commands that open a lab are called alike: a lab file or paths, the same options, the same lock. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../../src/cli/command-list.ts';
import { idleContext } from '../../../src/cli/docs/idle-context.ts';
import { loadLab } from '../../../src/cli/lab-source.ts';
import { LAB_USAGE } from '../../../src/cli/lab-usage.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { holdMachine } from '../../../src/system/measuring-lock.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** Commands that open a lab, and `plan`, which says what opening it would be. */
const WITH_A_LAB = ['run', 'plan', 'diagnose', 'trace', 'shell'];
const names = async (words: readonly string[], only?: readonly string[]) =>
  (await loadLab(words, only === undefined ? {} : { only })).paths.map(({ name }) => name);

function usage(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HoplabError && error.code === 'USAGE', String(error));
    assert.match(error.message, message);
    return true;
  };
}

describe('a command with a lab', () => {
  it('takes a lab file or paths as its words, --only, and what it does where another one measures', async () => {
    const program = await createProgram(idleContext, 'all');
    const withLab = COMMANDS.filter((entry) => entry.usage.endsWith(LAB_USAGE)).map(({ name }) => name);
    assert.deepEqual(withLab.sort(), [...WITH_A_LAB].sort());
    for (const name of WITH_A_LAB) {
      const command = program.commands.find((each) => each.name() === name) ?? assert.fail(name);
      const flags = command.options.map(({ long }) => long);
      const needed = ['--only', ...(name === 'plan' ? [] : ['--force', '--wait'])];
      assert.deepEqual(
        needed.filter((flag) => !flags.includes(flag)),
        [],
        name,
      );
    }
  });

  it('tells a lab file from paths, also where a file has the name of a path', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'lab.yaml');
    writeFileSync(file, 'paths: {tap: {}, other: {backend: tap}, host: {}}\n');
    assert.deepEqual(await names(['host', 'tap']), ['host', 'tap']);
    assert.deepEqual(await names(['host,tap']), ['host', 'tap']);
    assert.deepEqual(await names(['host'], ['tap']), ['host', 'tap']);
    assert.deepEqual(await names([file]), ['host', 'tap', 'other']);
    assert.deepEqual(await names([file, 'other', 'host']), ['host', 'other']);
    const before = process.cwd();
    context.after(() => process.chdir(before));
    process.chdir(folder);
    writeFileSync('tap', 'no lab\n');
    writeFileSync('mine', 'paths: {mine-alone: {backend: tap}}\n');
    assert.deepEqual(await names(['tap']), ['tap']);
    assert.deepEqual(await names(['mine']), ['mine-alone']);
  });

  it('answers a word that is neither with one error and the nearest word', async () => {
    await assert.rejects(
      names(['tpa']),
      usage(/^"tpa" is no lab file and no path \(did you mean "tap"\?\); the default lab has /),
    );
    await assert.rejects(names(['tap', 'lab.yaml']), usage(/^a lab file stands before the paths/));
    await assert.rejects(names(['a.yaml', 'b.yaml']), usage(/^one lab file, got a\.yaml and b\.yaml$/));
  });
});

describe('the statistic', () => {
  it('is called so by every command that has one; what 0.1.0 called it is taken and not shown', async () => {
    const program = await createProgram(idleContext, 'all');
    const named = program.commands.flatMap((command) =>
      command.options
        .filter(({ long }) => /^--(?:statistics?|percentiles?|metrics?|quantiles?)$/.test(long ?? ''))
        .map(({ long, hidden }) => [command.name(), long, hidden]),
    );
    assert.deepEqual(named, [
      ['compare', '--statistic', false],
      ['compare', '--statistics', true],
      ['trend', '--statistic', false],
      ['trend', '--percentile', true],
    ]);
  });
});

describe('the machine', () => {
  it('is held by one at a time; another is refused, goes on, or waits until it is free', async () => {
    const address = `\0hoplab-test-${process.pid}`;
    const said: string[] = [];
    const { signal } = idleContext;
    const hold = (wish: { force?: boolean; wait?: boolean }) =>
      holdMachine({ force: false, wait: false, ...wish }, { address, signal, say: (line) => said.push(line) });
    const first = await hold({});
    await assert.rejects(hold({}), { code: 'MEASURING_BUSY', hint: /--wait/ });
    assert.equal(await hold({ force: true }), null);
    const waiting = hold({ wait: true });
    setTimeout(() => void first?.[Symbol.asyncDispose](), 700);
    const second = await waiting;
    assert.ok(second);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^waits: another one is under way on this machine \(pid \d+/);
    await second[Symbol.asyncDispose]();
  });

  it('is not waited for any longer once that is interrupted', async () => {
    const address = `\0hoplab-test-abort-${process.pid}`;
    const abort = new AbortController();
    await using _first = await holdMachine(
      { force: false, wait: false },
      { address, signal: abort.signal, say: () => undefined },
    );
    const waiting = holdMachine(
      { force: false, wait: true },
      { address, signal: abort.signal, say: () => abort.abort() },
    );
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});
