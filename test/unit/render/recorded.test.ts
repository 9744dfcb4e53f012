// SPDX-License-Identifier: GPL-2.0-only
/** A run that was measured on a real machine, over a real guest, is reported in the same bytes everywhere. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Report } from '../../../src/model/result.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { renderJson } from '../../../src/results/json.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { reportSchema } from '../../../src/results/run/schema.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { forNobody, NOBODY, whyNotNobody } from '../../fixtures/as-nobody.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/**
 * `hoplab run` of host, user, tap and macvtap with 4 draws of 350 transactions. Left out, to keep it small: the logs,
 * results.json and the devices of all paths but tap. Changed: the command lines of hoplab and of the host's kernel.
 */
const FOLDER = join(projectFolder(), 'test', 'fixtures', 'recorded-run');
const PLAIN = { colour: false, ascii: false };
const MAIN = new URL('../../../src/cli/main.js', import.meta.url).href;
const start = (main: string) =>
  `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;

async function report(folder = FOLDER): Promise<Report> {
  return buildReport(await readRun(folder), '0.1.0');
}

/** What the command prints, as bytes, in an environment of its own. */
function printed(args: readonly string[], env: NodeJS.ProcessEnv, uid?: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const program = start(uid === undefined ? MAIN : forNobody(MAIN));
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', 'report', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      ...(uid === undefined ? {} : { uid }),
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`exit ${code}: ${Buffer.concat(err)}`));
    });
  });
}

/** The run as another machine has it: another path, other times, nothing that may be written. */
function carriedElsewhere(context: TestContext): string {
  const parent = temporaryFolder(context);
  chmodSync(parent, 0o755);
  const folder = join(parent, 'from a stick');
  cpSync(FOLDER, folder, { recursive: true });
  const entries = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  for (const path of [...entries, folder]) {
    utimesSync(path, 0, 0);
    chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o444);
  }
  return folder;
}

describe('a recorded run', () => {
  it('is whole: nothing damaged, failed or impossible, and every path proven', async () => {
    const run = await readRun(FOLDER);
    assert.deepEqual([run.damage, run.failed], [[], []]);
    const { probes, failed } = await report();
    assert.deepEqual(failed, []);
    assert.equal(probes.length, 2);
    for (const { cells } of probes) {
      assert.deepEqual(
        cells.map(({ path, twinOf, proven }) => [path, twinOf, proven]),
        [
          ['host', null, true],
          ['user', null, true],
          ['tap', null, true],
          ['tap-twin', 'tap', true],
          ['macvtap', null, true],
        ],
      );
    }
    assert.deepEqual(
      probes[0]?.comparisons.map(({ candidate, draws, standing }) => [candidate, draws.length, standing]),
      [
        ['user', 4, 'indication'],
        ['tap-twin', 4, 'indication'],
        ['macvtap', 4, 'indication'],
      ],
    );
  });

  it('is reported as it was', async () => {
    const recorded = await report();
    for (const width of [80, 120]) {
      assertGolden(`recorded-${width}.txt`, renderText(recorded, { ...PLAIN, width }));
    }
    const json = renderJson(recorded);
    assertGolden('recorded.json', json);
    assert.deepEqual(reportSchema.parse(JSON.parse(json)), recorded);
  });

  it('is reported in the same bytes from any folder, in any language, time zone and place', async (context) => {
    const folder = carriedElsewhere(context);
    const places = [
      { TZ: 'UTC', LANG: 'C' },
      { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      { TZ: 'America/St_Johns', LANG: 'de_DE.UTF-8', LC_NUMERIC: 'de_DE.UTF-8', COLUMNS: '120', FORCE_COLOR: '1' },
    ];
    const text = await printed([FOLDER, '--width', '120'], {});
    const json = await printed([FOLDER, '--json'], {});
    assert.ok(text.length > 2000 && json.length > 2000);
    for (const env of places) {
      assert.deepEqual(await printed([folder, '--width', '120'], env), text, JSON.stringify(env));
    }
    assert.deepEqual(await printed([folder, '--json'], places[1] ?? {}), json);
  });

  it('is reported to anybody, without root', { skip: whyNotNobody() }, async (context) => {
    const folder = carriedElsewhere(context);
    assert.deepEqual(await printed([folder], {}, NOBODY), await printed([FOLDER], {}));
  });

  it('is small, and says nothing of where it was recorded', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    assert.ok(bytes.reduce((sum, { length }) => sum + length, 0) < 600_000);
    for (const content of bytes) assert.doesNotMatch(content.toString('latin1'), /\/(?:work|home|root|tmp)\//);
  });
});
