// SPDX-License-Identifier: GPL-2.0-only
/** The bench's own eyes: what it says of a command's end, memory and remains must be what happened. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliRun, type Interruption, runCli } from '../../../bench/support/cli-process.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

async function runScript(
  context: TestContext,
  script: string,
  interruption: Interruption | null = null,
): Promise<CliRun> {
  const folder = temporaryFolder(context);
  const entry = join(folder, 'command.mjs');
  writeFileSync(entry, script);
  return runCli(['word'], { entry, folder, signal: context.signal }, interruption);
}

test('a command is seen with its exit status, its lines in order of time, and its own peak memory', async (context) => {
  const run = await runScript(
    context,
    `console.error('first ' + process.argv[2]);
     const filled = Buffer.alloc(150e6, 1);
     setTimeout(() => { console.error('second ' + filled.length); process.exitCode = 3; }, 100);`,
  );
  assert.equal(run.code, 3);
  assert.deepEqual(
    run.lines.map(({ text }) => text),
    ['first word', 'second 150000000'],
  );
  const [first, second] = run.lines.map(({ atMs }) => atMs);
  assert.ok(first !== undefined && second !== undefined && second - first > 50 && second <= run.wallMs);
  assert.ok(run.peakMB > 150 && run.peakMB < 400, `${run.peakMB} MB`);
  assert.equal(run.afterInterruptMs, null);
  assert.deepEqual(run.left, []);
});

test('an interruption is sent after its line, and the time to the end is counted from it', async (context) => {
  const run = await runScript(
    context,
    `const alive = setInterval(() => undefined, 1000);
     process.on('SIGINT', () => { clearInterval(alive); setTimeout(() => process.exit(130), 200); });
     console.error('not yet');
     console.error('now');`,
    { line: /^now$/, delayMs: 50 },
  );
  assert.equal(run.code, 130);
  assert.ok(run.afterInterruptMs !== null && run.afterInterruptMs >= 190 && run.afterInterruptMs < run.wallMs);
});

test('a process that outlives the command is named', async (context) => {
  const run = await runScript(
    context,
    `import { spawn } from 'node:child_process';
     spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref();`,
  );
  const pids = run.left.map((text) => Number(text.split(' ')[0]));
  context.after(() => {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  });
  assert.equal(run.left.length, 1);
  assert.match(run.left[0] ?? '', /^\d+ sleep$/);
});
