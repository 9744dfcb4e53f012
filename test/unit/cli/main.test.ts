// SPDX-License-Identifier: GPL-2.0-only
/** The CLI as a process: help, errors, exit codes, signals, a reader that goes away. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CliContext } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/command-list.ts';
import type { LabFlags } from '../../../src/cli/lab-options.ts';
import { overridesOf } from '../../../src/cli/lab-source.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { overrideLab } from '../../../src/config/lab-overrides.ts';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { forNobody, NOBODY, whyNotNobody } from '../../fixtures/as-nobody.ts';

const MAIN = new URL('../../../src/cli/main.js', import.meta.url).href;
const start = (main: string) =>
  `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
const START = start(MAIN);

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function hoplab(
  args: readonly string[],
  options: { cwd?: string; uid?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const program = options.uid === undefined ? START : start(forNobody(MAIN));
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      uid: options.uid,
      env: { ...process.env, ...options.env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoplab-cli-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('hoplab', () => {
  it('prints help and version, and succeeds', async () => {
    for (const args of [[], ['--help'], ['help'], ['run', '--help'], ['help', 'run']]) {
      const { code, stdout, stderr } = await hoplab(args);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Usage: hoplab/);
      assert.equal(stderr, '');
    }
    assert.match((await hoplab(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('names the known word next to a wrong one, and exits with 2', async () => {
    for (const [args, words] of [
      [['rnu'], /unknown command 'rnu' \(did you mean run\?\)\n {2}try: hoplab --help/],
      [['run', '--qick'], /unknown option '--qick' \(did you mean --quick\?\)\n {2}try: hoplab run --help/],
      [
        ['plan', '--count', '0'],
        /--count must be a whole number from 1 to 1000000, got "0"\n {2}try: hoplab plan --help/,
      ],
      [['plan', '--pace', '10'], /10 has no unit/],
      [['runs', 'a'], /too many arguments/],
      [['completion', 'tcsh'], /SHELL is one of bash, zsh, fish/],
      [['shell', 'host3'], /"host3" is no lab file and no path \(did you mean "host1"\?\)/],
    ] as const) {
      const { code, stdout, stderr } = await hoplab(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^hoplab: error USAGE: /);
      assert.match(stderr, words);
      assert.equal(stdout, '');
    }
  });

  it('prints errors as JSON on stdout with --json, and with their stack with HOPLAB_DEBUG=1', async () => {
    const { code, stdout, stderr } = await hoplab(['report', 'nothing', '--runs', folder, '--json']);
    assert.equal(code, 1);
    assert.equal(stderr, '');
    const { error }: { error: Record<string, string> } = JSON.parse(stdout);
    assert.deepEqual(Object.keys(error), ['code', 'message', 'hint']);
    assert.equal(error.code, 'RUN_NOT_FOUND');
    const debug = await hoplab(['report', 'nothing', '--runs', folder], { env: { HOPLAB_DEBUG: '1' } });
    assert.match(debug.stderr, /error RUN_NOT_FOUND: .*\n {4}at /s);
  });

  it('wraps errors to the terminal, or to --width, and not for whoever reads them by program', async () => {
    const words = ['trace', 'tap', '--mechanism', 'timestamping', '--light'];
    const lines = async (more: readonly string[], env: NodeJS.ProcessEnv) =>
      (await hoplab([...words, ...more], { env })).stderr.trimEnd().split('\n');
    for (const [more, env] of [
      [[], { COLUMNS: '60' }],
      [['--width', '60'], { COLUMNS: '' }],
      [['--width=60'], { COLUMNS: '100' }],
    ] as const) {
      const said = await lines(more, env);
      assert.ok(said.length > 2 && said.every((line) => line.length <= 60), said.join('\n'));
    }
    assert.equal((await lines([], { COLUMNS: '' })).length, 2);
  });

  it('tells all faults of a lab file with line and column', async () => {
    const file = join(folder, 'bad.yaml');
    await writeFile(file, 'paths: {tap: {vhots: on}}\nprobes: [{pace: 10}]\n');
    const { code, stderr } = await hoplab(['plan', file]);
    assert.equal(code, 1);
    assert.match(stderr, /^hoplab: error LAB_FILE_INVALID: read the lab file: 2 problems\n/);
    assert.ok(stderr.includes(`${file}:1:15: paths.tap.vhots: unknown key (did you mean "vhost"?)`), stderr);
    assert.ok(stderr.includes(`${file}:2:17: probes[0].pace: 10 has no unit`), stderr);
  });

  it('init writes a lab file that plan reads, and never over one that is there', async () => {
    const cwd = folder;
    assert.equal((await hoplab(['init', 'new.yaml'], { cwd })).code, 0);
    const text = await readFile(join(folder, 'new.yaml'), 'utf8');
    const planned = await hoplab(['plan', 'new.yaml', '--only', 'host'], { cwd });
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /ip netns add host1/);
    const again = await hoplab(['init', 'new.yaml'], { cwd });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /there is such a file/);
    assert.equal(await readFile(join(folder, 'new.yaml'), 'utf8'), text);
    assert.equal((await hoplab(['init', '-'], { cwd })).stdout, text);
    const schema = /^# yaml-language-server: \$schema=(\/.*)$/m.exec(text)?.[1] ?? assert.fail('no schema line');
    assert.ok(JSON.parse(await readFile(schema, 'utf8')).properties.paths, 'an editor finds it from any folder');
  });

  it('run without root is one error that says so', {
    skip: whyNotNobody(),
  }, async () => {
    const { code, stderr } = await hoplab(['run', '--only', 'host', '--runs', folder], { uid: NOBODY, cwd: '/' });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^hoplab: error NOT_ROOT: [^\n]*\n {2}try: [^\n]*sudo[^\n]*\n$/);
  });

  it('doctor names every backend and ability', async () => {
    const { stdout } = await hoplab(['doctor', '--no-boot']);
    for (const word of ['host', 'user', 'passt', 'tap', 'macvtap', 'SCHED_FIFO', 'vhost-net', 'guest kernel']) {
      assert.ok(stdout.includes(word), `${word} is not in ${stdout}`);
    }
  });

  it('doctor works without root, and says that every backend needs it', { skip: whyNotNobody() }, async () => {
    const { code, stdout } = await hoplab(['doctor', '--no-boot', '--json'], { uid: NOBODY, cwd: '/' });
    const report: { ready: boolean; root: boolean; backends: { missing: { what: string }[] }[] } = JSON.parse(stdout);
    assert.deepEqual([code, report.root, report.ready], [1, false, false]);
    assert.ok(report.backends.every(({ missing }) => missing.some(({ what }) => what === 'root')));
  });

  it('is silent when its reader goes away', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', START, '--', 'run', '--help'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('completion scripts are taken by their shells', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await hoplab(['completion', shell]);
      assert.equal(code, 0);
      for (const { name } of COMMANDS) assert.ok(stdout.includes(name), `${shell}: ${name}`);
      for (const kind of ['runs', 'labels', 'paths'])
        assert.match(stdout, new RegExp(`_hoplab(?:_ask )?_?${kind}`), `${shell} asks for ${kind}`);
      if (shell !== 'bash') continue;
      const line = `${stdout}\nCOMP_WORDS=(hoplab run --acc); COMP_CWORD=2; _hoplab; echo "\${COMPREPLY[*]}"
COMP_WORDS=(hoplab run --accel t); COMP_CWORD=3; _hoplab; echo "\${COMPREPLY[*]}"
COMP_WORDS=(hoplab do); COMP_CWORD=1; _hoplab; echo "\${COMPREPLY[*]}"\n`;
      const bash = spawn('bash', ['--norc', '-s'], { stdio: ['pipe', 'pipe', 'inherit'] });
      bash.stdin.end(line);
      let out = '';
      bash.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      await new Promise((resolve) => bash.on('close', resolve));
      assert.equal(out, '--accel\ntcg\ndoctor\n');
    }
  });
});

describe('every command', () => {
  const parsed: { name: string; args: readonly string[] }[] = [];
  const context: CliContext = {
    argv: [],
    signal: new AbortController().signal,
    print: () => undefined,
    say: () => undefined,
    finish: () => undefined,
  };

  for (const { name, load } of COMMANDS) {
    it(`${name} has examples, and each of them parses`, async () => {
      const { examples } = await load();
      assert.ok(examples.length > 0);
      for (const { line, says } of examples) {
        assert.notEqual(says, '');
        // As a shell splits it: 'p99 > 1.05x' is one word.
        const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
        assert.equal(words[0], name);
        const program = await createProgram(context, [name]);
        const command = program.commands.find((each) => each.name() === name);
        assert.ok(command !== undefined);
        for (const each of [command, ...command.commands])
          each.exitOverride().action(() => void parsed.push({ name, args: each.args }));
        const before = parsed.length;
        await program.parseAsync(words, { from: 'user' });
        assert.equal(parsed.length, before + 1, line);
        if (name === 'run' || name === 'plan' || name === 'shell') {
          assert.ok(overrideLab(defaultLabSpec(), overridesOf(command.opts<LabFlags>())).paths.length > 0, line);
        }
      }
    });
  }
});
