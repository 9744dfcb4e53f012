// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the renderers cost, on generated runs of a million samples each: time, memory, size, and until a page is open in Chromium.
 * Usage: node report.js --help
 */

import { parseBenchOptions } from './support/bench-options.ts';
import { runBench } from './support/bench-process.ts';
import { renderGoals } from './support/goal-table.ts';
import { benchFormats, benchPages, generateRuns } from './support/report-cost.ts';

const PARTS = {
  formats: 'one run in every format: time, memory, size',
  pages: 'one run and all of them as a page: time to build, size, time until Chromium has it open',
};

const { parts, numbers } = parseBenchOptions('report', PARTS, {
  runs: { says: 'runs of a million samples in the largest page', least: 2, usual: 10 },
  rounds: { says: 'rounds', least: 1, usual: 5 },
});

await runBench('report', async ({ signal, folder, print }) => {
  const runs = await generateRuns(folder, parts.includes('pages') ? numbers.runs : 1);
  const options = { folder, signal, rounds: numbers.rounds };
  if (parts.includes('formats')) print(renderGoals('formats', await benchFormats(runs, options)));
  if (parts.includes('pages')) print(renderGoals('pages', await benchPages(runs, options)));
});
