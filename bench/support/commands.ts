// SPDX-License-Identifier: GPL-2.0-only
/** The commands that need no lab: the report of a million samples, and the start of the CLI. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRun } from '../../src/run-store/read-run.ts';
import { run } from '../../src/system/exec.ts';
import { generateRun } from '../../test/fixtures/generated-run.ts';
import { type CliOptions, type CliRun, runCli } from './cli-process.ts';
import type { GoalRow } from './goal-table.ts';
import { row } from './measuring-runs.ts';
import { median, spread } from './numbers.ts';

/** 6 paths x 2 blocks x this many, the draws beside them: just over a million. */
const COUNT = 81_000;

export async function benchReport(rounds: number, options: CliOptions): Promise<GoalRow[]> {
  const { path } = await generateRun({ root: join(options.folder, 'generated'), count: COUNT, overviewBlocks: 2 });
  const stored = await readRun(path);
  const samples = stored.blocks.reduce((sum, block) => sum + stored.samples(block).length, 0);
  const runs: CliRun[] = [];
  for (let round = 0; round < rounds; round++) {
    const report = await runCli(['report', path], options);
    if (report.code !== 0) throw new Error(`hoplab report ended with ${report.code}`);
    runs.push(report);
  }
  const what = `hoplab report of ${samples.toLocaleString('en')} samples`;
  return [
    row(
      what,
      runs.map(({ wallMs }) => wallMs / 1000),
      { digits: 2, unit: 's', most: 3 },
    ),
    row(
      '  peak memory of node',
      runs.map(({ peakMB }) => peakMB),
      { digits: 0, unit: 'MB', most: 200 },
    ),
  ];
}

/** `hoplab --help` and a node that does nothing, in turns. */
export async function benchHelp(rounds: number, { entry, folder, signal }: CliOptions): Promise<GoalRow[]> {
  const empty = join(folder, 'empty.js');
  await writeFile(empty, '');
  const helps: number[] = [];
  const nothings: number[] = [];
  for (let round = 0; round < rounds; round++) {
    helps.push((await run([process.execPath, entry, '--help'], { signal })).ms);
    nothings.push((await run([process.execPath, empty], { signal })).ms);
  }
  const ratio = median(helps) / median(nothings);
  return [
    {
      what: 'hoplab --help',
      measured: `${ratio.toFixed(2)} x: ${spread(helps, 0)} ms, an empty node ${spread(nothings, 0)} ms, n = ${rounds}`,
      goal: 'under 3 x an empty node',
      met: ratio < 3,
    },
  ];
}
