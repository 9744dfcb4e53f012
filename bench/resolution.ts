// SPDX-License-Identifier: GPL-2.0-only
/**
 * What this machine can tell apart, between hosts and in a guest, beside the goals.
 * Usage: node resolution.js [--veth] [--guest] [--swaps] [--equal] [--simulate] [--trials N] [--equal-runs N] [--simulations N] [--runs N] [--draws N] [--transactions N] [--warmup N]
 */
import { parseArgs } from 'node:util';
import { DEFAULTS } from '../src/config/defaults.ts';
import { runBench } from './support/bench-process.ts';
import { benchEqual } from './support/equal-paths.ts';
import { benchGuest } from './support/guest-resolution.ts';
import { benchSwaps } from './support/swaps.ts';
import { benchUntilSimulation } from './support/until-simulation.ts';
import { benchVeth } from './support/veth-resolution.ts';

const { values } = parseArgs({
  options: {
    veth: { type: 'boolean', default: false },
    guest: { type: 'boolean', default: false },
    swaps: { type: 'boolean', default: false },
    equal: { type: 'boolean', default: false },
    simulate: { type: 'boolean', default: false },
    'equal-runs': { type: 'string', default: '17' },
    simulations: { type: 'string', default: '2000' },
    'swap-count': { type: 'string', default: '100' },
    trials: { type: 'string', default: '100' },
    runs: { type: 'string', default: '1' },
    draws: { type: 'string', default: '8' },
    transactions: { type: 'string', default: '2000' },
    warmup: { type: 'string', default: String(DEFAULTS.warmup) },
  },
});
const all = !values.veth && !values.guest && !values.swaps && !values.equal && !values.simulate;

type Counted = 'trials' | 'swap-count' | 'equal-runs' | 'simulations' | 'runs' | 'draws' | 'transactions' | 'warmup';

function whole(option: Counted, least: number): number {
  const value = Number(values[option]);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${option} takes a whole number from ${least}`);
  return value;
}

const trials = whole('trials', 1);
const swapCount = whole('swap-count', 2);
const guestOptions = {
  runs: whole('runs', 1),
  draws: whole('draws', 2),
  transactions: whole('transactions', 100),
  warmup: whole('warmup', 0),
};

await runBench('resolution', async (context) => {
  if (all || values.veth) await benchVeth(context, trials);
  if (all || values.guest) await benchGuest(context, guestOptions);
  // As many transactions a draw as give an interval: the offset of a process is what counts.
  const equal = { runs: whole('equal-runs', 1), transactions: 500, warmup: 100 };
  if (all || values.equal) await benchEqual(context, equal);
  if (all || values.simulate) benchUntilSimulation(context, whole('simulations', 1));
  if (all || values.swaps) await benchSwaps(context, swapCount);
});
