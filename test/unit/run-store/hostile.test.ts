// SPDX-License-Identifier: GPL-2.0-only
/** Run folders made to do harm: nothing outside is read, nothing hangs, nothing reaches the terminal. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { renderText } from '../../../src/render/text/run.ts';
import { renderJson } from '../../../src/results/json.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { type Run, readRun } from '../../../src/run-store/read-run.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const WIDE = { width: 120, colour: false, ascii: false };

describe('a hostile run folder', () => {
  async function spoiled(
    context: Parameters<typeof temporaryFolder>[0],
    spoil: (folder: string) => void,
  ): Promise<Run> {
    const root = temporaryFolder(context);
    const folder = await generateRun({ root, count: 60, overviewBlocks: 1, draws: 0, paced: false });
    spoil(folder.path);
    return readRun(folder.path);
  }

  function editBlock(folder: string, edit: (block: Record<string, unknown>) => void): void {
    const file = join(folder, 'blocks', 'overview-tcp-rr-guest-0.json');
    const block = JSON.parse(readFileSync(file, 'utf8'));
    edit(block);
    writeFileSync(file, JSON.stringify(block));
  }

  it('cannot point a block at samples outside of it', async (context) => {
    const run = await spoiled(context, (folder) => {
      editBlock(folder, (block) => {
        block.id = '../../../../etc/passwd';
      });
    });
    assert.deepEqual(
      run.blocks.map(({ id }) => id),
      ['overview-tcp-rr-host-0'],
    );
    assert.match(run.damage.join(), /overview-tcp-rr-guest-0\.json: "id": not a name/);
  });

  it('cannot make another block count twice', async (context) => {
    const run = await spoiled(context, (folder) => {
      editBlock(folder, (block) => {
        block.id = 'overview-tcp-rr-host-0';
      });
    });
    assert.equal(run.blocks.length, 1);
    assert.match(run.damage.join(), /says that it is block "overview-tcp-rr-host-0"/);
  });

  it('cannot have other files read through symbolic links', async (context) => {
    const run = await spoiled(context, (folder) => {
      const secret = join(folder, '..', 'secret');
      writeFileSync(secret, 'the content of another file');
      for (const name of ['environment.json', 'samples/overview-tcp-rr-host-0.hls']) {
        rmSync(join(folder, name));
        symlinkSync(secret, join(folder, name));
      }
    });
    assert.equal(run.environment, null);
    const report = buildReport(run);
    assert.match(run.damage.join(), /environment\.json: a symbolic link/);
    assert.ok(report.failed.some(({ path, code }) => path === 'host' && code === 'SAMPLES_CORRUPT'));
    assert.doesNotMatch(renderJson(report), /the content of another/);
  });

  it('cannot hang the reader with a FIFO', async (context) => {
    const run = await spoiled(context, (folder) => {
      rmSync(join(folder, 'environment.json'));
      execFileSync('mkfifo', [join(folder, 'environment.json')]);
    });
    assert.match(run.damage.join(), /environment\.json: not a regular file/);
  });

  it('cannot fill the memory with a file that only claims to be large', async (context) => {
    const run = await spoiled(context, (folder) => {
      rmSync(join(folder, 'environment.json'));
      execFileSync('truncate', ['-s', '8T', join(folder, 'environment.json')]);
    });
    assert.match(run.damage.join(), /environment\.json: \d+ bytes, more than/);
  });

  it('cannot send escape sequences, new lines or turned text to the terminal', async (context) => {
    const evil = '\u001b[2J\u001b]0;x\u0007\u009b31m\r\nfake: ok\u202e\u2028';
    const run = await spoiled(context, (folder) => {
      editBlock(folder, (block) => {
        block.paths = ['user', 'passt', 'tap', `mac${evil}tap`, 'tap-twin'];
        block.proofs = [];
        block.client = { scheduling: evil, cpu: null, memoryLocked: false, refused: [evil] };
      });
      const environment = JSON.parse(readFileSync(join(folder, 'environment.json'), 'utf8'));
      environment.hostname = evil;
      environment.cpu.model = evil;
      environment.guests.guest.accelReason = evil;
      writeFileSync(join(folder, 'environment.json'), JSON.stringify(environment));
      const cell = { part: 'overview', probe: evil, path: evil, draw: null, code: evil, reason: evil, hint: evil };
      writeFileSync(join(folder, 'failed.json'), JSON.stringify([cell]));
      const absent = { path: evil, backend: evil, reason: evil, hint: evil };
      writeFileSync(join(folder, 'unavailable.json'), JSON.stringify([absent]));
      writeFileSync(join(folder, 'warnings.json'), JSON.stringify([{ kind: evil, text: evil }]));
      writeFileSync(join(folder, 'blocks', `${'x'.repeat(20)}\u001b[31m.json`), '{}');
    });
    const report = buildReport(run);
    const text = renderText(report, WIDE);
    assert.ok(text.includes('fake: ok'), 'the words themselves stay');
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.doesNotMatch(text, /^fake/m);
    const json = renderJson(report);
    assert.doesNotMatch(json.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.deepEqual(JSON.parse(json), report);
  });

  it('cannot name a path by a number that its block does not have', async (context) => {
    const run = await spoiled(context, (folder) => {
      editBlock(folder, (block) => {
        block.paths = ['user'];
      });
    });
    const report = buildReport(run);
    const failure = report.failed.find(({ path }) => path === 'user');
    assert.equal(failure?.code, 'SAMPLES_CORRUPT');
    assert.match(failure?.reason ?? '', /path \d, and the block has 1/);
  });
});
