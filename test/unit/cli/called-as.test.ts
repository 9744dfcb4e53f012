// SPDX-License-Identifier: GPL-2.0-only
/** Hints say the program's name as it was called, so that they can be typed as they are printed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { calledAs } from '../../../src/cli/called-as.ts';
import { COMMANDS } from '../../../src/cli/command-list.ts';
import { commandLine } from '../../../src/words/command-line.ts';
import { asCalled, setProgramName } from '../../../src/words/program-name.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { shownRun, written } from '../../fixtures/subjects.ts';

describe('the name of the program', () => {
  it('stands before every command that there is', (context) => {
    context.after(() => setProgramName('hoplab'));
    setProgramName('./hoplab');
    for (const { name } of COMMANDS) assert.equal(asCalled(`try hoplab ${name} --help`), `try ./hoplab ${name} --help`);
  });

  it('is that by which it was called', () => {
    const cwd = '/home/ann/hoplab';
    const cases: readonly (readonly [Partial<Parameters<typeof calledAs>[0]>, string])[] = [
      [{ env: { HOPLAB_CALLED: './hoplab' }, file: `${cwd}/bin/hoplab.js` }, './hoplab'],
      [{ env: { HOPLAB_CALLED: `${cwd}/hoplab` } }, './hoplab'],
      [{ env: { HOPLAB_CALLED: '/opt/hoplab/hoplab' } }, '/opt/hoplab/hoplab'],
      [{ env: { HOPLAB_CALLED: '/usr/local/bin/hoplab', PATH: '/usr/local/bin:/bin' } }, 'hoplab'],
      [{ env: { npm_command: 'exec' }, file: `${cwd}/node_modules/.bin/hoplab` }, 'npx hoplab'],
      [{ env: { PATH: '/usr/bin' }, file: '/usr/bin/hoplab' }, 'hoplab'],
      [{ file: `${cwd}/bin/hoplab.js` }, 'node bin/hoplab.js'],
      [{ file: '/somewhere/test.js' }, 'hoplab'],
    ];
    for (const [call, name] of cases) assert.equal(calledAs({ env: {}, file: '', cwd, ...call }), name);
  });

  it('stands in every command to be typed, and in no sentence or record', (context) => {
    context.after(() => setProgramName('hoplab'));
    setProgramName('./hoplab');
    assert.equal(asCalled('sudo hoplab setup; hoplab run --quick'), 'sudo ./hoplab setup; ./hoplab run --quick');
    assert.equal(asCalled('run as root: sudo hoplab ...'), 'run as root: sudo ./hoplab ...');
    assert.equal(asCalled('hoplab --help, hoplab COMMAND --help'), './hoplab --help, ./hoplab COMMAND --help');
    assert.equal(asCalled('command: npx hoplab run'), 'command: npx hoplab run');
    for (const text of ['hoplab is set up', 'command: hoplab run lab.yaml', '/opt/hoplab run', 'started, hoplab 0.1.0'])
      assert.equal(asCalled(text), text);
  });

  it('stands in hints of every format, and a recorded command stays as it was', async (context) => {
    context.after(() => setProgramName('hoplab'));
    for (const format of ['text', 'markdown', 'csv', 'html'] as const) {
      setProgramName('hoplab');
      const plain = written(format, await shownRun());
      setProgramName('node bin/hoplab.js');
      const called = written(format, await shownRun()).replaceAll(/\s+/g, ' ');
      assert.match(plain, /hoplab doctor/, format);
      assert.ok(called.includes('node bin/hoplab.js doctor'), format);
      assert.doesNotMatch(called, /(?<!\/)hoplab(?:<\/code>)? doctor/, format);
    }
  });

  it('is kept with a command that is recorded, and shown with it', () => {
    assert.equal(commandLine(['run', 'lab.yaml']), 'hoplab run lab.yaml');
    for (const words of [
      'hoplab run',
      './hoplab run',
      '/opt/hoplab trace tap',
      'npx hoplab run',
      'node bin/hoplab.js run',
    ])
      assert.equal(commandLine(words.split(' ')), words);
  });

  it("is the checkout's own in its errors and its help", {
    skip: existsSync(join(projectFolder(), 'dist', 'src', 'cli', 'main.js')) ? false : 'needs a build: npm run build',
  }, async () => {
    const called = (file: string, words: readonly string[]): Promise<string> =>
      new Promise((resolve) => {
        execFile(file, [...words], { cwd: projectFolder() }, (_error, stdout, stderr) => resolve(stdout + stderr));
      });
    assert.match(await called('./hoplab', ['rnu']), /^ {2}try: \.\/hoplab --help$/m);
    assert.match(
      await called('./hoplab', ['report', 'none', '--runs', '/none']),
      /^ {2}try: \.\/hoplab run, or set HOPLAB_RUNS/m,
    );
    const help = await called('node', ['bin/hoplab.js', 'runs', '--help']);
    assert.match(help, /^Usage: node bin\/hoplab\.js runs/);
    assert.match(help, /^ {2}node bin\/hoplab\.js runs --label nightly/m);
  });
});
