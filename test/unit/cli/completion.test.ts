// SPDX-License-Identifier: GPL-2.0-only
/** Completion inside real shells: what bash, zsh and fish offer at the end of a line, of commands, options, runs, labels and paths. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { hoplab } from '../../support/hoplab.ts';
import { needs } from '../../support/needs.ts';

const [OLD, NEW] = ['20260301-093000-aaaa-nightly', '20260305-093000-bbbb'] as const;
const PROGRAM = join(projectFolder(), 'hoplab');

/** What stands on the line, and what some of its completions are, or all where nothing more may be offered. */
const LINES: readonly (readonly [line: string, offered: readonly string[], whole: boolean])[] = [
  ['hoplab do', ['doctor'], true],
  ['hoplab bridge ', ['down', 'fdb', 'show', 'stats', 'up'], false],
  ['hoplab runs --la', ['--label', '--last'], true],
  ['hoplab run --accel ', ['auto', 'kvm', 'tcg'], true],
  ['hoplab runs --label n', ['nightly'], true],
  ['hoplab report nig', ['nightly'], true],
  ['hoplab report 2026', [OLD, NEW], true],
  ['hoplab compare --baseline 20260301', [OLD], true],
  ['hoplab compare --allow off', ['offloads'], true],
  ['hoplab report --format h', ['hdr', 'html'], true],
  ['hoplab weekly --format e', ['eml'], true],
  ['hoplab trend --statistic p99', ['p99', 'p99.9'], true],
  ['hoplab run macv', ['macvtap'], true],
  ['hoplab plan lab.yaml mi', ['mine'], true],
  // Of a list its last word.
  ['hoplab run --only tap,mac', ['macvtap'], true],
  ['hoplab run tap,mac', ['macvtap'], true],
  [`${PROGRAM} report 20260305`, [NEW], true],
];

interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

async function place(context: TestContext, shell: 'bash' | 'zsh' | 'fish', file: string): Promise<Place> {
  const folder = temporaryFolder(context);
  for (const id of [OLD, NEW]) mkdirSync(join(folder, 'runs', id), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  symlinkSync(PROGRAM, join(folder, 'bin', 'hoplab'));
  writeFileSync(join(folder, 'lab.yaml'), 'paths: {mine: {backend: tap}}\n');
  writeFileSync(join(folder, file), (await hoplab(['completion', shell])).stdout);
  const { PATH = '' } = process.env;
  const env = {
    PATH: `${join(folder, 'bin')}:${PATH}`,
    HOME: folder,
    HOPLAB_RUNS: join(folder, 'runs'),
    LANG: 'C.UTF-8',
  };
  return { folder, env };
}

function inShell(argv: readonly string[], { folder, env }: Place): string {
  const [file = '', ...words] = argv;
  const { status, stdout, stderr } = spawnSync(file, words, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`);
  assert.equal(stderr, '');
  return stdout;
}

function assertOffered(line: string, found: readonly string[]): void {
  const [, offered, whole] = LINES.find(([one]) => one === line) ?? assert.fail(line);
  const last = (word: string): string => word.split(',').at(-1) ?? '';
  const all = [...new Set(found.filter((word) => word !== '').map(last))].sort();
  assert.deepEqual(whole ? all : all.filter((word) => offered.includes(word)), [...offered].sort(), line);
}

/** The checkout's own program is what was built into dist/. */
const unbuilt = existsSync(join(projectFolder(), 'dist', 'src', 'cli', 'main.js')) ? false : 'needs npm run build';

describe('completion', () => {
  it('is what bash offers', { skip: unbuilt }, async (context) => {
    const where = await place(context, 'bash', 'hoplab.bash');
    const ask = `source hoplab.bash
read -ra COMP_WORDS <<< "$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_hoplab
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = (line: string): string[] => inShell(['bash', '--norc', '-c', ask, 'ask', line], where).split('\n');
    for (const [line] of LINES) assertOffered(line, offered(line));
    // The file of an option is no run.
    assert.deepEqual(
      offered('hoplab compare --junit ').filter((word) => word.startsWith('2026')),
      [],
    );
  });

  it('is what fish offers', { skip: unbuilt || needs('fish') }, async (context) => {
    const where = await place(context, 'fish', 'hoplab.fish');
    // Behind a tab stands what the word means.
    const script = LINES.map(([line]) => `echo "= ${line}"\ncomplete -C '${line}'\n`).join('');
    writeFileSync(join(where.folder, 'ask.fish'), `source hoplab.fish\n${script}`);
    const [, ...answers] = inShell(['fish', '--no-config', 'ask.fish'], where).split(/^= /m);
    assert.equal(answers.length, LINES.length);
    for (const answer of answers) {
      const [line = '', ...words] = answer.split('\n');
      assertOffered(
        line,
        words.map((word) => word.split('\t')[0] ?? ''),
      );
    }
  });

  it('is what zsh offers', { skip: unbuilt || needs('zsh') }, async (context) => {
    const where = await place(context, 'zsh', '_hoplab');
    const hits = join(where.folder, 'hits');
    for (const [line] of LINES) {
      rmSync(hits, { force: true });
      inShell(
        ['zsh', '-f', join(projectFolder(), 'test', 'fixtures', 'complete.zsh'), where.folder, line, hits],
        where,
      );
      assertOffered(line, readFileSync(hits, 'utf8').split('\n'));
    }
  });
});
