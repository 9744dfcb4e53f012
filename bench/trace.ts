/**
 * What tracing costs and how fast its records are: from the kernel to a file.
 * Usage: node trace.js [--rate] [--records-per-second N] [--ms N]
 */
import { parseArgs } from 'node:util';
import { HoplabError } from '../src/model/errors.ts';
import { buildNative } from '../src/system/native-build.ts';
import { runBench, waitForLock } from './support/bench-process.ts';
import { renderGoals } from './support/goal-table.ts';
import { benchRate } from './support/trace-rate.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'boolean', default: false },
    'records-per-second': { type: 'string', default: '1000000' },
    ms: { type: 'string', default: '10000' },
  },
});
/** Each part has an option; without one all are run. */
const all = !values.rate;

function whole(option: 'records-per-second' | 'ms', least: number): number {
  const value = Number(values[option]);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${option} takes a whole number from ${least}`);
  return value;
}

const rate = whole('records-per-second', 1000);
const ms = whole('ms', 200);

await runBench('trace', async (context) => {
  if (process.getuid?.() !== 0)
    throw new HoplabError({
      code: 'NOT_ROOT',
      message: 'bench the tracer: it loads BPF programs, and only root may',
      hint: 'sudo npm run bench:trace',
    });
  await using _lock = await waitForLock(context.signal);
  await buildNative('hoptrace', context.signal);
  if (all || values.rate)
    context.print(renderGoals('from the kernel to a file', await benchRate(context, { ms, rate })));
});
