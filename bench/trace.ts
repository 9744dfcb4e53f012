// SPDX-License-Identifier: GPL-2.0-only
/** What tracing costs, and how fast its records are: from the kernel to a file, and from a file to timelines. */
import { HoplabError } from '../src/model/errors.ts';
import { buildNative } from '../src/system/native-build.ts';
import { parseBenchOptions } from './support/bench-options.ts';
import { runBench, waitForLock } from './support/bench-process.ts';
import { renderGoals } from './support/goal-table.ts';
import { benchTraceContestants } from './support/trace-contestants.ts';
import { benchTraceCore, traceCoreRows } from './support/trace-core.ts';
import { benchTraceCost } from './support/trace-cost.ts';
import { benchTracePoints } from './support/trace-programs.ts';
import { benchRate } from './support/trace-rate.ts';

const { parts, numbers } = parseBenchOptions(
  'trace',
  {
    core: 'decode and join records that are made up, in one thread',
    rate: 'records from the kernel to a file',
    cost: 'traced / untraced p50 of tap, with all points and with three',
    tracers: 'the same path under tracefs, and under bpftrace where it is installed',
    points: 'how often each program of a full trace of tap runs, and for how long',
  },
  {
    records: { says: 'core: how many records', least: 100_000, usual: 10_000_000 },
    'records-per-second': { says: 'rate: how many records are made', least: 1000, usual: 1_000_000 },
    ms: { says: 'rate: for how long', least: 200, usual: 10_000 },
    pairs: { says: 'cost: pairs of a traced and an untraced block', least: 2, usual: 6 },
    transactions: { says: 'cost: transactions in a block', least: 50, usual: 2000 },
  },
);

await runBench('trace', async (context) => {
  // Decoding needs no privilege.
  if (process.getuid?.() !== 0 && parts.some((part) => part !== 'core'))
    throw new HoplabError({
      code: 'NOT_ROOT',
      message: 'bench the tracer: it loads BPF programs, and only root may',
      hint: 'sudo npm run bench:trace',
    });
  await using _lock = await waitForLock(context.signal);
  // First: what the other parts leave in memory is not its own.
  if (parts.includes('core'))
    context.print(
      renderGoals(
        'from a file to timelines',
        traceCoreRows(await benchTraceCore({ records: numbers.records, path: 'guest' })),
      ),
    );
  if (parts.includes('rate')) {
    await buildNative('hoptrace', context.signal);
    const { ms, 'records-per-second': rate } = numbers;
    context.print(renderGoals('from the kernel to a file', await benchRate(context, { ms, rate })));
  }
  if (parts.includes('tracers'))
    context.print(renderGoals('the cost of other tracers', await benchTraceContestants(context, numbers)));
  if (parts.includes('points')) context.print(await benchTracePoints(context, numbers));
  for (const profile of parts.includes('cost') ? (['full', 'light'] as const) : [])
    context.print(renderGoals(`the cost of tracing, ${profile}`, await benchTraceCost(context, profile, numbers)));
});
