// SPDX-License-Identifier: GPL-2.0-only
/**
 * What `hoplab compare` of two runs of a million samples each costs, and `hoplab trend` over 1,000 runs, beside the goals.
 * Usage: node compare.js [--part runs|trend]... [--rounds N] [--runs N] [--entry FILE]
 */
import { parseArgs } from 'node:util';
import { runBench, waitForLock } from './support/bench-process.ts';
import { DEFAULT_ENTRY } from './support/cli-process.ts';
import { benchCompare, benchTrend } from './support/compared.ts';
import { renderGoals } from './support/goal-table.ts';

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    runs: { type: 'string', default: '1000' },
    entry: { type: 'string', default: DEFAULT_ENTRY },
  },
});
const [rounds, runs] = [Number(values.rounds), Number(values.runs)];
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');
if (!Number.isInteger(runs) || runs < 10) throw new Error('--runs takes a whole number from 10');
const parts: readonly string[] = values.part ?? ['runs', 'trend'];
const unknown = parts.find((part) => part !== 'runs' && part !== 'trend');
if (unknown !== undefined) throw new Error(`--part takes runs and trend, not ${unknown}`);

await runBench('compare', async ({ signal, folder, print }) => {
  await (await waitForLock(signal))[Symbol.asyncDispose]();
  const options = { entry: values.entry, folder, signal };
  if (parts.includes('runs')) print(renderGoals('compare', await benchCompare(rounds, options)));
  if (parts.includes('trend')) print(renderGoals('trend', await benchTrend(rounds, runs, options)));
});
