// SPDX-License-Identifier: GPL-2.0-only
/** Rendering generated runs by the CLI, and opening their pages in a browser. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateRun } from '../../test/fixtures/generated-run.ts';
import { DESKTOP, openPage, startBrowser } from '../../test/support/browser.ts';
import { type CliRun, DEFAULT_ENTRY, runCli } from './cli-process.ts';
import type { GoalRow } from './goal-table.ts';
import { row } from './measuring-runs.ts';
import { median } from './numbers.ts';

/** 6 paths x 2 blocks x this many, the draws beside them: just over a million. */
const COUNT = 81_000;
const OPEN_GOAL_S = 2;

export interface ReportBench {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly rounds: number;
}

/** Folders of so many runs, each with samples of its own and some losses. */
export async function generateRuns(folder: string, count: number): Promise<string[]> {
  const paths: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const shape = {
      root: join(folder, 'generated'),
      count: COUNT,
      overviewBlocks: 2,
      seed,
      lossShare: { host: 0.0001 },
    };
    paths.push((await generateRun(shape)).path);
  }
  return paths;
}

const FORMATS = [
  ['text', []],
  ['json', []],
  ['markdown', []],
  ['csv', []],
  ['csv --samples', ['--samples']],
  ['openmetrics', []],
  ['hdr', []],
] as const;

export async function benchFormats([run = '']: readonly string[], bench: ReportBench): Promise<GoalRow[]> {
  const rows: GoalRow[] = [];
  for (const [name, flags] of FORMATS) {
    const file = join(bench.folder, 'report.out');
    const [format = ''] = name.split(' ');
    const runs = await rendered(['report', run, '--format', format, ...flags, '-o', file], bench);
    rows.push(...costRows(name, runs, await megabytes(file), 4));
  }
  return rows;
}

export async function benchPages(runs: readonly string[], bench: ReportBench): Promise<GoalRow[]> {
  const rows: GoalRow[] = [];
  for (const some of [runs.slice(0, 1), runs]) {
    const file = join(bench.folder, `page-${some.length}.html`);
    const what = some.length === 1 ? 'a page of 1 run' : `a page of ${some.length} runs`;
    const built = await rendered(['report', ...some, '--html', file], { ...bench, rounds: Math.min(bench.rounds, 3) });
    rows.push(...costRows(what, built, await megabytes(file), 4 * some.length));
    rows.push(...(await openedRows(file, bench.rounds)));
  }
  return rows;
}

async function rendered(argv: readonly string[], { folder, signal, rounds }: ReportBench): Promise<CliRun[]> {
  const runs: CliRun[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = await runCli(argv, { entry: DEFAULT_ENTRY, folder, signal });
    if (run.code !== 0) throw new Error(`hoplab ${argv.join(' ')} ended with ${run.code}`);
    runs.push(run);
  }
  return runs;
}

function costRows(what: string, runs: readonly CliRun[], size: number, most: number): GoalRow[] {
  return [
    row(
      what,
      runs.map(({ wallMs }) => wallMs / 1000),
      { digits: 2, unit: 's', most },
    ),
    row(
      '  peak memory of node',
      runs.map(({ peakMB }) => peakMB),
      { digits: 0, unit: 'MB', most: 300 },
    ),
    { what: '  size', measured: `${size.toFixed(2)} MB`, goal: '', met: null },
  ];
}

async function megabytes(file: string): Promise<number> {
  return (await stat(file)).size / 1e6;
}

/** From the navigation's start to the end of the load event, scripts included, and until the first picture stands. */
async function openedRows(file: string, rounds: number): Promise<GoalRow[]> {
  const loads: number[] = [];
  const pictures: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const browser = await startBrowser();
    try {
      await using opened = await openPage(browser, DESKTOP);
      await opened.page.goto(pathToFileURL(file).href);
      // The frame after the load: layout and paint of the whole page are then done.
      const [load, picture] = await opened.page.evaluate<[number, number]>(
        `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
          done([performance.getEntriesByType('navigation')[0].loadEventEnd, performance.now()]))))`,
      );
      loads.push(load / 1000);
      pictures.push(picture / 1000);
      if (opened.complaints.length > 0) throw new Error(opened.complaints.join('; '));
    } finally {
      await browser.close();
    }
  }
  return [
    row('  open in Chromium: load event ended', loads, { digits: 2, unit: 's', most: OPEN_GOAL_S }),
    { what: '  two frames later', measured: `${median(pictures).toFixed(2)} s`, goal: '', met: null },
  ];
}
