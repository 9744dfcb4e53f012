// SPDX-License-Identifier: GPL-2.0-only
/** Swapping the NICs of a running guest: how long until both carry a transaction, and what it leaves behind. */
import { readdir } from 'node:fs/promises';
import { silentProgress } from '../../src/cli/progress.ts';
import { defaultLabSpec } from '../../src/config/to-lab-spec.ts';
import { planGuest } from '../../src/lab/live/guest-parts.ts';
import { GuestSession } from '../../src/lab/live/guest-session.ts';
import { type Lab, openLab, runAt } from '../../src/lab/live/open.ts';
import { measureInLab } from '../../src/lab/measure/measure-in-lab.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import type { LabSpec } from '../../src/model/lab-spec.ts';
import { GUEST, type Host } from '../../src/model/place.ts';
import type { PlannedBlock } from '../../src/model/plan.ts';
import { readMachineFacts } from '../../src/system/facts.ts';
import { qmpOf } from '../../test/support/qmp-of.ts';
import { type BenchContext, waitForLock } from './bench-process.ts';
import { type GoalRow, renderGoals } from './goal-table.ts';
import { median, spread } from './numbers.ts';

const PAIR = ['tap', 'macvtap'] as const;

export async function benchSwaps(context: BenchContext, swaps: number): Promise<void> {
  const { signal, folder, print } = context;
  await using _lock = await waitForLock(signal);
  const spec = swapSpec();
  const plan = planLab(spec, await readMachineFacts(), []);
  const guestPlan = await planGuest(spec.guest, { name: spec.name, slots: plan.slots, signal });
  await using lab = await openLab(plan, {
    id: `bench-swaps-${process.pid}`,
    signal,
    progress: silentProgress,
    logPath: (name) => `${folder}/${name}.log`,
  });
  await using session = await GuestSession.boot(lab, { place: GUEST, plan: guestPlan, number: 0, signal });
  // The first swap loads drivers and warms QEMU up.
  await swapOnce(lab, session, { slots: [...PAIR], signal });
  const before = await takeStock(lab, session, signal);
  const times: SwapTimes[] = [];
  let failures = 0;
  for (let swap = 0; swap < swaps; swap++) {
    const slots = swap % 2 === 0 ? PAIR.toReversed() : [...PAIR];
    try {
      times.push(await swapOnce(lab, session, { slots, signal }));
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      print(`swap ${swap} failed: ${error instanceof Error ? error.message : error}`);
    }
  }
  const after = await takeStock(lab, session, signal);
  const title =
    `${swaps} swaps of ${PAIR.join(' and ')} in one guest\n` +
    '  from the first device_del to the end of a block of one transaction on each NIC, server and proof included';
  print(renderGoals(title, [...timeRows(times, failures), ...stockRows(before, after)]));
}

function swapSpec(): LabSpec {
  const base = defaultLabSpec();
  return {
    ...base,
    name: 'bench-swaps',
    paths: base.paths
      .filter(({ name }) => PAIR.some((wanted) => wanted === name))
      .map((path) => ({ ...path, named: true })),
    comparison: { ...base.comparison, draws: 0 },
  };
}

interface SwapTimes {
  /** Both NICs out, both in and configured. */
  readonly plugMs: number;
  readonly totalMs: number;
}

async function swapOnce(
  lab: Lab,
  session: GuestSession,
  { slots, signal }: { readonly slots: readonly string[]; readonly signal: AbortSignal },
): Promise<SwapTimes> {
  const started = performance.now();
  await session.plug(slots, { fresh: true, signal });
  const plugMs = performance.now() - started;
  const { block, lostPaths } = await measureInLab({
    lab,
    planned: oneTransaction(lab),
    names: PAIR,
    signal,
  });
  const totalMs = performance.now() - started;
  const unproven = block.proofs.filter(({ proven }) => !proven);
  if (lostPaths.length + unproven.length > 0) throw new Error(JSON.stringify([...lostPaths, ...unproven]));
  return { plugMs, totalMs };
}

function oneTransaction(lab: Lab): PlannedBlock {
  const [probe] = lab.plan.spec.probes;
  if (probe === undefined) throw new Error('the default lab has no probe');
  return {
    id: 'swap',
    part: 'comparison',
    probe,
    paths: PAIR,
    slots: PAIR,
    freshPlug: true,
    draw: null,
    guest: 0,
    count: 1,
    warmup: 0,
    groupSize: 1,
    seed: 1,
  };
}

/** What a swap could leave behind, counted. */
type Stock = ReadonlyMap<string, number>;

async function takeStock(lab: Lab, { guest }: GuestSession, signal: AbortSignal): Promise<Stock> {
  const pid = await guest.pid();
  const count = async (folder: string) => (await readdir(`/proc/${pid}/${folder}`)).length;
  const network = await qmpOf(guest).execute('human-monitor-command', { 'command-line': 'info network' }, { signal });
  const links = async (host: Host) => (await runAt(lab, host, ['ip', '-o', 'link'], signal)).trim().split('\n').length;
  return new Map([
    ["QEMU's descriptors", await count('fd')],
    ['netdevs and NICs in QEMU', String(network).trim().split('\n').length],
    ['interfaces in the guest', (await guest.agent.counters({ signal })).length],
    ['links of host1 and host2', (await links('host1')) + (await links('host2'))],
  ]);
}

function timeRows(times: readonly SwapTimes[], failures: number): GoalRow[] {
  const totals = times.map(({ totalMs }) => totalMs / 1000);
  return [
    {
      what: 'to the first transaction on both',
      measured: `${spread(totals, 3)} s`,
      goal: 'median under 0.6 s',
      met: median(totals) < 0.6,
    },
    {
      what: '  of it unplug, plug, address',
      measured: `${spread(
        times.map(({ plugMs }) => plugMs / 1000),
        3,
      )} s`,
      goal: '',
      met: null,
    },
    { what: 'failures', measured: String(failures), goal: '0', met: failures === 0 },
  ];
}

function stockRows(before: Stock, after: Stock): GoalRow[] {
  return [...before].map(([what, count]) => {
    const now = after.get(what) ?? 0;
    return { what, measured: `${count} before, ${now} after`, goal: 'equal', met: count === now };
  });
}
