// SPDX-License-Identifier: GPL-2.0-only
/** Run folders that are cut short or spoiled: what is readable is reported, and the rest is named. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../../../src/model/result.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { type Run, readRun } from '../../../src/run-store/read-run.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const WIDE = { width: 120, colour: false, ascii: false };

/** All cells and comparisons of a report, by what they are of. */
function figures(report: Report): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const { probe, cells, comparisons } of report.probes) {
    // The ratio goes with the floor's own samples.
    for (const cell of cells) all.set(`${probe.name} ${cell.path}`, { ...cell, ratioToHost: null });
    for (const pair of comparisons) all.set(`${probe.name} ${pair.candidate} ${pair.reference}`, pair.draws);
  }
  return all;
}

describe('a damaged run folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'hoplab-test-'));
  let path: string;
  let whole: Report;

  after(() => rmSync(root, { recursive: true, force: true }));
  before(async () => {
    const folder = await generateRun({ root, count: 60, overviewBlocks: 1, draws: 2, paced: false });
    await folder.addFailed({
      part: 'overview',
      probe: 'tcp-rr',
      path: 'ovs',
      draw: null,
      code: 'PROBE_FAILED',
      reason: 'none',
      hint: null,
    });
    await folder.addUnavailable({ path: 'ovs', backend: 'ovs', reason: 'none', hint: 'none' });
    await folder.addWarning({ kind: 'clock', text: 'none' });
    path = folder.path;
    whole = buildReport(await readRun(path));
  });

  function isTold(run: Run, report: Report): boolean {
    return run.damage.length > 0 || report.failed.length > whole.failed.length;
  }

  it('whose head is lost says so, and has the start that its id tells', async () => {
    const file = join(path, 'run.json');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, 20));
    const run = await readRun(path);
    writeFileSync(file, bytes);
    assert.equal(run.header.startedAt.slice(0, 19), whole.run.startedAt.slice(0, 19));
    assert.deepEqual(
      buildReport(run).warnings.flatMap(({ kind, text }) => (kind === 'unfinished' ? [text] : [])),
      [
        `run.json cannot be read, so that nothing tells how the run ended: ${run.blocks.length} blocks of ${run.plan?.blocks.length} are here`,
      ],
    );
  });

  it('is reported as far as it can be read, whichever file is cut, wherever', async () => {
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.length > 20);
    const expected = figures(whole);
    for (const entry of files) {
      const file = join(entry.parentPath, entry.name);
      const bytes = readFileSync(file);
      for (const cut of new Set([0, 1, 20, 40, Math.floor(bytes.length / 3), bytes.length - 40, bytes.length - 2])) {
        if (cut < 0 || cut > bytes.length - 2) continue;
        writeFileSync(file, bytes.subarray(0, cut));
        const run = await readRun(path);
        const report = buildReport(run);
        const where = `${entry.name} cut to ${cut} of ${bytes.length} bytes`;
        assert.ok(isTold(run, report), `${where}: the damage is not reported`);
        // A cell is whole, or it is not there; an overview of several blocks would also lose some of its n.
        const found = figures(report);
        assert.ok(found.size >= expected.size - 5 || entry.name === 'spec.json', `${where}: ${[...found.keys()]}`);
        if (entry.name.startsWith('overview')) {
          for (const [key, value] of found) assert.deepEqual(value, expected.get(key), where);
        }
        assert.match(renderText(report, WIDE), entry.name.endsWith('.hls') ? /SAMPLES_CORRUPT/ : /run /, where);
      }
      writeFileSync(file, bytes);
    }
    assert.deepEqual(buildReport(await readRun(path)), whole);
  });

  it('is reported as far as it can be read, whichever file is missing', async () => {
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    // These are there only where there is something to say, and an unlisted block is one that was never finished.
    const optional = ['failed.json', 'unavailable.json', 'warnings.json'];
    for (const entry of files) {
      const file = join(entry.parentPath, entry.name);
      renameSync(file, `${path}.aside`);
      const run = await readRun(path);
      const report = buildReport(run);
      const silent = optional.includes(entry.name) || entry.parentPath.endsWith('blocks');
      if (!silent) assert.ok(isTold(run, report), `${entry.name} is missing and nobody says so`);
      renameSync(`${path}.aside`, file);
    }
  });

  it('keeps damaged samples out of every figure when a single bit is wrong', async () => {
    const file = join(path, 'samples', 'overview-tcp-rr-guest-0.hls');
    const bytes = readFileSync(file);
    const spoiled = Buffer.from(bytes);
    spoiled.writeUInt8(spoiled.readUInt8(spoiled.length - 9) ^ 4, spoiled.length - 9);
    writeFileSync(file, spoiled);
    const report = buildReport(await readRun(path));
    writeFileSync(file, bytes);
    const [probe] = report.probes;
    assert.deepEqual(
      probe?.cells.map((cell) => cell.path),
      ['host'],
    );
    const corrupt = report.failed.filter(({ code }) => code === 'SAMPLES_CORRUPT');
    assert.deepEqual(
      corrupt.map((cell) => cell.path),
      ['user', 'passt', 'tap', 'macvtap', 'tap-twin'],
    );
    assert.match(corrupt[0]?.reason ?? '', /samples\/overview-tcp-rr-guest-0\.hls.*CRC/);
  });

  it('without spec and plan shows no figure, because the pace is unknown', async (context) => {
    const copy = join(temporaryFolder(context), 'run');
    cpSync(path, copy, { recursive: true });
    rmSync(join(copy, 'spec.json'));
    rmSync(join(copy, 'plan.json'));
    const report = buildReport(await readRun(copy));
    assert.deepEqual(report.probes, []);
    assert.ok(report.failed.some(({ code, reason }) => code === 'RUN_DAMAGED' && reason.includes('pace')));
  });

  it('with nothing in it but its head has no data, and the error says where to look', async (context) => {
    const copy = join(temporaryFolder(context), 'run');
    mkdirSync(join(copy, 'blocks'), { recursive: true });
    const run = await readRun(copy);
    assert.throws(() => buildReport(run), { code: 'NO_DATA', hint: /logs/ });
  });
});

describe('what is no run folder', () => {
  it('is refused with the folder that was looked in and the command that lists runs', async (context) => {
    const root = temporaryFolder(context);
    const expected = { code: 'RUN_NOT_FOUND', message: new RegExp(root), hint: 'hoplab runs' };
    await assert.rejects(readRun(join(root, 'none')), expected);
    mkdirSync(join(root, 'other'));
    await assert.rejects(readRun(join(root, 'other')), expected);
  });

  it('is refused when a newer hoplab wrote it, whatever else its head says', async (context) => {
    const root = temporaryFolder(context);
    mkdirSync(join(root, 'run', 'blocks'), { recursive: true });
    writeFileSync(join(root, 'run', 'run.json'), '{"format": 2, "id": 7}');
    await assert.rejects(readRun(join(root, 'run')), {
      code: 'RUN_TOO_NEW',
      message: /version 2/,
      hint: /update hoplab/,
    });
  });
});
