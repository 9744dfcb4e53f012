// SPDX-License-Identifier: GPL-2.0-only
/**
 * What hoplab's own commands cost in time and memory, beside the goals.
 * Usage: node run.js [--part help|report|quick|normal|interrupt|thorough]... [--rounds N] [--entry FILE]
 */
import { parseArgs } from 'node:util';
import { runBench, waitForLock } from './support/bench-process.ts';
import { type CliOptions, DEFAULT_ENTRY } from './support/cli-process.ts';
import { benchHelp, benchReport } from './support/commands.ts';
import { type GoalRow, renderGoals } from './support/goal-table.ts';
import { benchEffort, benchInterruption } from './support/measuring-runs.ts';

const HELP_ROUNDS = 20;
const REPORT_ROUNDS = 5;

const PARTS = {
  help: (_rounds, options) => benchHelp(HELP_ROUNDS, options),
  report: (_rounds, options) => benchReport(REPORT_ROUNDS, options),
  quick: (rounds, options) => benchEffort('quick', rounds, options),
  normal: (rounds, options) => benchEffort('normal', rounds, options),
  interrupt: (rounds, options) => benchInterruption(rounds, options),
  // One is long enough.
  thorough: (_rounds, options) => benchEffort('thorough', 1, options),
} as const satisfies Record<string, (rounds: number, options: CliOptions) => Promise<GoalRow[]>>;

type PartName = keyof typeof PARTS;

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    entry: { type: 'string', default: DEFAULT_ENTRY },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');
const isPart = (name: string): name is PartName => Object.hasOwn(PARTS, name);
const names: readonly string[] = values.part ?? Object.keys(PARTS);
const unknown = names.find((name) => !isPart(name));
if (unknown !== undefined) throw new Error(`--part takes ${Object.keys(PARTS).join(', ')}, not ${unknown}`);

await runBench('run', async ({ signal, folder, print }) => {
  for (const name of names.filter(isPart)) {
    // Not held meanwhile: the runs that are measured take it themselves.
    await (await waitForLock(signal))[Symbol.asyncDispose]();
    print(renderGoals(name, await PARTS[name](rounds, { entry: values.entry, folder, signal })));
  }
});
