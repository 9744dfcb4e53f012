// SPDX-License-Identifier: GPL-2.0-only
/**
 * How fast the eBPF bridge is, beside a Linux bridge, Open vSwitch, its own tc mode and a direct veth.
 * Usage: node bridge.js [--forwarding] [--latency] [--rounds N] [--ms N] [--transactions N]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { HoplabError } from '../src/model/errors.ts';
import { createRandom } from '../src/stats/random.ts';
import { deadlineAfter } from '../src/system/deadline.ts';
import { buildNative } from '../src/system/native-build.ts';
import { runBench, waitForLock } from './support/bench-process.ts';
import { benchForwarding } from './support/bridge-forwarding.ts';
import { hasOvs, type Join } from './support/bridge-lab.ts';
import { benchLatency } from './support/bridge-latency.ts';

const LIMIT_MS = 280_000;

const { values } = parseArgs({
  options: {
    forwarding: { type: 'boolean', default: false },
    latency: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '12' },
    ms: { type: 'string', default: '300' },
    transactions: { type: 'string', default: '2000' },
  },
});
const all = !values.forwarding && !values.latency;

function whole(option: 'rounds' | 'ms' | 'transactions', least: number): number {
  const value = Number(values[option]);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${option} takes a whole number from ${least}`);
  return value;
}

const rounds = whole('rounds', 2);
const ms = whole('ms', 50);
const transactions = whole('transactions', 400);

await runBench('bridge', async (context) => {
  if (process.getuid?.() !== 0)
    throw new HoplabError({
      code: 'NOT_ROOT',
      message: 'bench the bridge: it makes network namespaces, and only root may',
      hint: 'sudo npm run bench:bridge',
    });
  await using _lock = await waitForLock(context.signal);
  using deadline = deadlineAfter(LIMIT_MS, context.signal);
  const limited = { ...context, signal: deadline.signal };
  await buildNative('bridge', limited.signal);
  const without: Join[] = (await hasOvs()) ? [] : ['ovs'];
  if (without.length > 0) context.print('Open vSwitch is not installed, and left out: apt install openvswitch-switch');
  // The last CPU does the work; this process and most interrupts are on the first.
  const cpu = cpus().length - 1;
  const random = createRandom(process.pid);
  if (all || values.forwarding)
    for (const kind of ['xdp', 'skb'] as const)
      await benchForwarding(limited, { kind, rounds, ms, cpu, random, without });
  if (all || values.latency)
    await benchLatency(limited, { rounds, transactions, clientCpu: 0, serverCpu: cpu, random, without });
});
