// SPDX-License-Identifier: GPL-2.0-only
/** Whole measuring runs: their wall time, memory, boot, tear-down, and what they leave behind. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GUEST } from '../../src/model/place.ts';
import { isRunId } from '../../src/run-store/layout.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { type CliOptions, type CliRun, type Interruption, runCli } from './cli-process.ts';
import type { GoalRow } from './goal-table.ts';
import { median, spread } from './numbers.ts';

const EFFORT_GOALS_S = { quick: 30, normal: 100, thorough: 360 } as const;
export type EffortPart = keyof typeof EFFORT_GOALS_S;

const BLOCK_LINE = /^\s*\d+\/\d+ /;

/** One run a round of this effort. */
export async function benchEffort(part: EffortPart, rounds: number, options: CliOptions): Promise<GoalRow[]> {
  const argv = ['run', ...(part === 'normal' ? [] : [`--${part}`])];
  const runs: CliRun[] = [];
  const boots: number[] = [];
  const downs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = await runCli(argv, options);
    if (run.code !== 0) throw new Error(`hoplab ${argv.join(' ')} ended with ${run.code}: ${lastWords(run)}`);
    runs.push(run);
    boots.push(...(await bootTimes(options.folder)));
    const lastBlock = run.lines.findLast(({ text }) => BLOCK_LINE.test(text));
    if (lastBlock !== undefined) downs.push((run.wallMs - lastBlock.atMs) / 1000);
  }
  const goal = EFFORT_GOALS_S[part];
  const walls = runs.map(({ wallMs }) => wallMs / 1000);
  return [
    row(`hoplab ${argv.join(' ')}: wall time`, walls, { digits: 1, unit: 's', most: goal }),
    row('  boot to agent', boots, { digits: 2, unit: 's', most: 5 }),
    row('  last block to the end, report included', downs, { digits: 2, unit: 's', most: 1 }),
    row(
      '  peak memory of node',
      runs.map(({ peakMB }) => peakMB),
      { digits: 0, unit: 'MB', most: 200 },
    ),
    leftRow(runs),
  ];
}

/** Where ctrl-C comes: in the guest's boot, in its first block, in a paced block. */
const INTERRUPTIONS: readonly (Interruption & { readonly name: string })[] = [
  { name: "in the guest's boot", line: /^\s*1\/\d+ /, delayMs: 1000 },
  { name: "in the guest's first block", line: /boot guest/, delayMs: 300 },
  { name: 'in a paced block', line: /^\s*9\/\d+ /, delayMs: 1000 },
];

/** Exit 130 and nothing left, within a second at the worst. */
export async function benchInterruption(rounds: number, options: CliOptions): Promise<GoalRow[]> {
  const times = new Map<string, number[]>();
  const runs: CliRun[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const interruption of INTERRUPTIONS) {
      const run = await runCli(['run', '--quick'], options, interruption);
      runs.push(run);
      const seconds = (run.afterInterruptMs ?? Number.NaN) / 1000;
      times.set(interruption.name, [...(times.get(interruption.name) ?? []), seconds]);
    }
  }
  const codes = [...new Set(runs.map(({ code }) => code))];
  return [
    ...[...times].map(([name, values]): GoalRow => {
      const worst = Math.max(...values);
      const measured = `${spread(values, 2)} s, n = ${values.length}`;
      return { what: `ctrl-C ${name}: to the end`, measured, goal: 'all under 1 s', met: worst < 1 };
    }),
    { what: '  exit status', measured: codes.join(', '), goal: '130', met: codes.every((code) => code === 130) },
    leftRow(runs),
  ];
}

/** The median against what is allowed, with the range. */
export function row(
  what: string,
  values: readonly number[],
  { digits, unit, most }: { readonly digits: number; readonly unit: string; readonly most: number },
): GoalRow {
  const found = `${spread(values, digits)} ${unit}, n = ${values.length}`;
  return { what, measured: found, goal: `under ${most} ${unit}`, met: median(values) < most };
}

function leftRow(runs: readonly CliRun[]): GoalRow {
  const left = runs.flatMap((run) => run.left);
  const shown = left.length === 0 ? 'nothing' : left.join(', ');
  return { what: '  processes and journals left', measured: shown, goal: 'nothing', met: left.length === 0 };
}

/** Boot times of the newest run: a guest's own, from its VMM's start to the agent's answer. */
async function bootTimes(folder: string): Promise<number[]> {
  const newest = (await readdir(folder)).filter(isRunId).sort().at(-1);
  if (newest === undefined) throw new Error(`no run in ${folder}`);
  const { environment } = await readRun(join(folder, newest));
  const bootMs = environment?.guests[GUEST]?.bootMs;
  return bootMs === undefined ? [] : [bootMs / 1000];
}

function lastWords(run: CliRun): string {
  return run.lines
    .slice(-5)
    .map(({ text }) => text)
    .join(' | ');
}
