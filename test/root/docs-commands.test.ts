// SPDX-License-Identifier: GPL-2.0-only
/** Every command that the README and the pages show is run, as a reader would type it. */
// @first 1
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectFolder } from '../fixtures/project-folder.ts';
import { type Block, blocksOf, pages } from '../generated/markdown.ts';
import { needs } from '../support/needs.ts';
import { type OwnPlace, openOwnPlace } from '../support/own-place.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
/** What a reader finds in a checkout and the commands name. */
const CHECKOUT = ['setup.sh', 'examples', 'schema', 'native', 'test', 'tsconfig.json', 'biome.json', 'node_modules'];
const SOURCES = ['src', 'bench', 'bin', 'package.json', 'dist'];
const TIMEOUT_MS = 600_000;

/** Cures are priced over two draws instead of four, which takes half as long. */
const FEWER_DRAWS = [/ --apply$/m, ' --apply --draws 2'] as const;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the commands of the pages', { skip: needs('root', 'linux') }, () => {
  let folder: string;
  let place: OwnPlace;
  const outcomes = new Map<Block, Outcome>();
  /** Commands of blocks before: what several pages show is run once. */
  const shownBefore = new Set<string>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hoplab-docs-'));
    for (const name of [...CHECKOUT, ...SOURCES]) symlinkSync(join(projectFolder(), name), join(folder, name));
    placeHoplab(folder);
    place = await openOwnPlace();
  });

  after(async () => {
    await place?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const page of pages()) {
    for (const block of blocksOf(page)) {
      if (block.language !== 'sh' || block.words.includes('no-run')) continue;
      const lines = block.text.split('\n').filter((line) => !shownBefore.has(commandOf(line)));
      const [first] = lines;
      if (first === undefined) continue;
      for (const command of lines.map(commandOf).filter(isWhole)) shownBefore.add(command);
      it(`${page}:${block.line} "${commandOf(first)}" works`, { timeout: TIMEOUT_MS * 2 }, async () => {
        const outcome = await run(lines.join('\n').replace(...FEWER_DRAWS), folder, place);
        outcomes.set(block, outcome);
        assert.equal(outcome.code, 0, `${outcome.stderr.slice(-3000)}\n${outcome.stdout.slice(-1000)}`);
      });
    }
  }

  it('the output of a first run has the tables and the closing lines that its command prints today', () => {
    const [command, outcome] = [...outcomes].find(([{ text }]) => text.includes('hoplab run')) ?? [];
    assert.ok(command && outcome);
    const shown = blocksOf('docs/run.md').find(({ text }) => text.includes('RTT in us'))?.text ?? '';
    assert.deepEqual(outline(shown), outline(outcome.stdout));
  });

  it('that are not run name commands and options that there are', async () => {
    const named = pages()
      .flatMap(blocksOf)
      .filter(({ language, words }) => language === 'sh' && words.includes('no-run'))
      .flatMap(({ text }) => text.match(/\.\/hoplab run .*/g) ?? [])
      // Behind a remark the option would be a part of it, and the line would run.
      .map(commandOf);
    assert.ok(named.length > 0);
    for (const line of named) {
      const { code, stdout, stderr } = await run(`${line} --dry-run`, folder, place);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^# takes about/m, line);
    }
  });
});

/** Without what a reader is told behind it. */
function commandOf(line: string): string {
  return line.replace(/\s+#.*/, '');
}

/** Of no other line, as one that is continued, or that a text follows. */
function isWhole(command: string): boolean {
  return /^\.\/(hoplab|setup\.sh) /.test(command) && !/\\$|<</.test(command);
}

/** ./hoplab runs dist; a test that was compiled to another folder runs what was compiled with it. */
function placeHoplab(folder: string): void {
  const script = join(folder, 'hoplab');
  if (MAIN === join(projectFolder(), 'dist', 'src', 'cli', 'main.js')) {
    symlinkSync(join(projectFolder(), 'hoplab'), script);
    return;
  }
  const start = `const { main } = await import('${MAIN}'); process.exitCode = await main(process.argv.slice(1));`;
  writeFileSync(script, `#!/bin/sh\nexec '${process.execPath}' --input-type=module -e "${start}" -- "$@"\n`, {
    mode: 0o755,
  });
}

function run(script: string, folder: string, { through: [program = '', ...words] }: OwnPlace): Promise<Outcome> {
  const env = {
    ...process.env,
    HOPLAB_RUNS: join(folder, 'runs'),
    COLUMNS: '105',
    PATH: `${folder}:${process.env.PATH}`,
  };
  return new Promise((resolve) => {
    const options = { cwd: folder, env, timeout: TIMEOUT_MS, maxBuffer: 1 << 26 };
    const child = execFile(program, [...words, 'sh', '-euc', script], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr: `${stderr}${code === 1 ? (error?.message ?? '') : ''}` });
    });
    child.stdin?.end();
  });
}

/** What does not depend on the moment: which tables there are, for which paths, and the last lines' words. */
function outline(report: string): string[] {
  return report.split('\n').flatMap((line) => {
    const heading = /^(?:\S+: )?(TCP_RR .*?) · /.exec(line)?.[1];
    if (heading !== undefined) return [heading];
    const row = /^ {2}(\S+) +\d+(?: +[\d.]+){6,}/.exec(line)?.[1];
    if (row !== undefined) return [`row ${row}`];
    const end = /^(machine|run)\b/.exec(line)?.[1];
    return end === undefined ? [] : [end];
  });
}
