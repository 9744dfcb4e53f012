// SPDX-License-Identifier: GPL-2.0-only
/** The commands of docs/weekly.md, from an old mail to a sent one and into the next week: what they print is what the page says. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { run } from '../../../src/system/exec.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { blocksOf } from '../../generated/markdown.ts';
import { hoplab } from '../../support/hoplab.ts';

const PAGE = 'docs/weekly.md';

interface Step {
  readonly command: string;
  /** Lines; "..." for any number of them. */
  readonly printed: readonly string[];
}

function stepsOf(text: string): Step[] {
  const steps: { command: string; printed: string[] }[] = [];
  for (const line of text.replace(/\n$/, '').split('\n'))
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), printed: [] });
    else steps.at(-1)?.printed.push(line);
  return steps;
}

/** "note STR-60 'two words'" -> its words. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

it('the first hour is as the page tells it', async (context) => {
  const folder = temporaryFolder(context);
  const example = join(projectFolder(), 'examples', 'weekly');
  cpSync(example, folder, { recursive: true });
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('sendmail', `cat > ${folder}/mail`);
  program('editor', `sed -i 's/^.STR-71.*/&\\n  - First comparison with the slots reversed/' "$1"`);
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    VISUAL: 'editor',
    HOPLAB_REPORTS: '',
    HOPLAB_RUNS: '',
    TZ: 'UTC',
    NO_COLOR: '1',
  };
  const at = ['sh', '-c', 'cd "$0" && yes | "$@" 2>&1', folder];
  const steps = blocksOf(PAGE).flatMap(({ language, text }) =>
    language === 'text' && text.startsWith('$ ') ? stepsOf(text) : [],
  );
  assert.deepEqual(
    steps.map(({ command }) =>
      wordsOf(command)
        .slice(0, command.startsWith('hoplab') ? 3 : 1)
        .join(' ')
        .replace(/ --week.*/, ''),
    ),
    [
      ...['mkdir', 'cp'],
      ...['weekly start', 'weekly', 'weekly diff', 'weekly note', 'weekly edit', 'weekly send', 'weekly'].map(
        (each) => `hoplab ${each}`,
      ),
    ],
  );
  const told: string[] = [];
  for (const { command } of steps) {
    const [program = '', ...words] = wordsOf(command);
    const { stdout } =
      program === 'hoplab'
        ? await hoplab(words, { env, through: at })
        : await run([program, ...words], { signal: context.signal, cwd: folder });
    told.push(`$ ${command}\n${stdout}`);
  }
  for (const [index, { command, printed }] of steps.entries()) {
    const pattern = printed.map((line) =>
      line === '...' ? '(?:.*\\n)*?' : `${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\n`,
    );
    assert.match(told[index] ?? '', new RegExp(`^\\$ .*\\n${pattern.join('')}$`), `${command}\n${told[index]}`);
  }
  assert.match(
    readFileSync(join(folder, 'mail'), 'utf8'),
    /^Subject: \[Weekly\] VM networking, week ending 2026-11-27$/m,
  );
});
