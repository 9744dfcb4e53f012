// SPDX-License-Identifier: GPL-2.0-only
/** Two runs of a million samples beside each other, and a trend over many runs, as commands. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderJson } from '../../src/results/json.ts';
import { buildReport } from '../../src/results/run/build.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { toolVersion } from '../../src/system/paths.ts';
import { generateRun } from '../../test/fixtures/generated-run.ts';
import { type CliOptions, type CliRun, runCli } from './cli-process.ts';
import type { GoalRow } from './goal-table.ts';
import { row } from './measuring-runs.ts';

/** 6 paths x 2 blocks x this many, the draws beside them: just over a million. */
const COUNT = 81_000;

export async function benchCompare(rounds: number, options: CliOptions): Promise<GoalRow[]> {
  const root = join(options.folder, 'million');
  const shape = { root, count: COUNT, overviewBlocks: 2, paced: false };
  const [a, b] = [await generateRun({ ...shape, seed: 1 }), await generateRun({ ...shape, seed: 2 })];
  const samples = await Promise.all([a, b].map(({ path }) => countSamples(path)));
  const argv = ['compare', a.path, b.path, '--allow', 'load'];
  const what = `hoplab compare of ${samples.map((count) => count.toLocaleString('en')).join(' and ')} samples`;
  return rows(what, await repeat(rounds, argv, options), { seconds: 2, megabytes: 300 });
}

export async function benchTrend(rounds: number, runs: number, options: CliOptions): Promise<GoalRow[]> {
  const root = join(options.folder, 'many');
  const { path } = await generateRun({ root: join(options.folder, 'one'), count: 200, draws: 0, paced: false });
  await mkdir(root, { recursive: true });
  const report = renderJson(buildReport(await readRun(path), toolVersion));
  const header: unknown = JSON.parse(await readFile(join(path, 'run.json'), 'utf8'));
  for (let run = 0; run < runs; run++) await copyRun({ path, root, run, report, header });
  const argv = ['trend', '--runs', root];
  const what = `hoplab trend over ${runs.toLocaleString('en')} runs, 6 paths`;
  return rows(what, await repeat(rounds, argv, options), { seconds: 10, megabytes: 500 });
}

interface RunCopy {
  readonly path: string;
  readonly root: string;
  readonly run: number;
  readonly report: string;
  readonly header: unknown;
}

/** The same run again, an hour later, at a latency of its own. */
async function copyRun({ path, root, run, report, header }: RunCopy): Promise<void> {
  const startedAt = new Date(Date.UTC(2026, 0, 1) + run * 3_600_000).toISOString();
  const id = `${startedAt.slice(0, 10).replaceAll('-', '')}-${startedAt.slice(11, 19).replaceAll(':', '')}-${run.toString(16).padStart(4, '0')}`;
  const folder = join(root, id);
  await cp(path, folder, { recursive: true });
  await writeFile(join(folder, 'run.json'), JSON.stringify({ ...Object(header), id, startedAt }));
  const factor = 1 + 0.05 * Math.sin(run * 7.3) + (run > 600 ? 0.04 : 0);
  const scaled = report.replace(
    /("(?:p50|p90|p99|mean)Ns": )([\d.]+)/g,
    (_, name, ns) => `${name}${Number(ns) * factor}`,
  );
  await writeFile(join(folder, 'results.json'), scaled);
}

async function countSamples(path: string): Promise<number> {
  const run = await readRun(path);
  return run.blocks.reduce((sum, block) => sum + run.samples(block).length, 0);
}

async function repeat(rounds: number, argv: readonly string[], options: CliOptions): Promise<CliRun[]> {
  const runs: CliRun[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = await runCli(argv, options);
    if (run.code !== 0) throw new Error(`hoplab ${argv.join(' ')} ended with ${run.code}`);
    runs.push(run);
  }
  return runs;
}

function rows(
  what: string,
  runs: readonly CliRun[],
  goal: { readonly seconds: number; readonly megabytes: number },
): GoalRow[] {
  const time = runs.map(({ wallMs }) => wallMs / 1000);
  const memory = runs.map(({ peakMB }) => peakMB);
  return [
    row(what, time, { digits: 2, unit: 's', most: goal.seconds }),
    row('  peak memory of node', memory, { digits: 0, unit: 'MB', most: goal.megabytes }),
  ];
}
