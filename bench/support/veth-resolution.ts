// SPDX-License-Identifier: GPL-2.0-only
/** Resolution between two hosts: false alarms among equal wires, the width of an interval, and a known extra hop. */

import { silentProgress } from '../../src/cli/progress.ts';
import { defaultLabSpec } from '../../src/config/to-lab-spec.ts';
import { type Lab, openLab } from '../../src/lab/live/open.ts';
import { measureInLab } from '../../src/lab/measure/measure-in-lab.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import { GROUP_SIZE } from '../../src/lab/plan/schedule.ts';
import type { LabSpec } from '../../src/model/lab-spec.ts';
import type { PathPlan, Plan, PlannedBlock, Step } from '../../src/model/plan.ts';
import type { ProbeSpec } from '../../src/model/probe-spec.ts';
import type { DrawRatio, LatencyLevels } from '../../src/model/result.ts';
import { decodeSamplesFile } from '../../src/probes/prober/samples-file.ts';
import { roundTrip } from '../../src/probes/rr/round-trip.ts';
import { DEFAULT_MARGIN } from '../../src/stats/compare-draws.ts';
import { drawEffect } from '../../src/stats/draw-effect.ts';
import { createRandom, shuffled } from '../../src/stats/random.ts';
import { readMachineFacts } from '../../src/system/facts.ts';
import { type BenchContext, waitForLock } from './bench-process.ts';
import { type GoalRow, percent, renderGoals } from './goal-table.ts';
import { median, stddevOf, wilsonInterval } from './numbers.ts';

type LatencyEffect = DrawRatio & LatencyLevels;

/** Equal wires, so that a trial's pair can be a fresh choice. */
const EQUAL_WIRES = 6;
const TRANSACTIONS = 2000;
const WARMUP = 100;
const EXTRA = 'extra';

export async function benchVeth(context: BenchContext, trials: number): Promise<void> {
  const { signal, folder, print } = context;
  await using _lock = await waitForLock(signal);
  const plan = withExtraBridge(planLab(vethSpec(), await readMachineFacts(), []));
  await using lab = await openLab(plan, {
    id: `bench-veth-${process.pid}`,
    signal,
    progress: silentProgress,
    logPath: (name) => `${folder}/${name}.log`,
  });
  const failure = lab.failed[0];
  if (failure !== undefined) throw failure.error;
  const random = createRandom(process.pid);
  const equal: LatencyEffect[] = [];
  const extra: LatencyEffect[] = [];
  const wires = plan.paths.map(({ name }) => name).filter((name) => name !== EXTRA);
  for (let trial = 0; trial < trials; trial++) {
    const [a = '', b = '', c = ''] = shuffled(wires, random);
    const block = { count: TRANSACTIONS, warmup: WARMUP, signal };
    equal.push(await measurePair(lab, { ...block, pair: [a, b], seed: random.below(2 ** 31) }));
    extra.push(await measurePair(lab, { ...block, pair: [EXTRA, c], seed: random.below(2 ** 31) }));
  }
  print(renderGoals(title(trials), [...equalRows(equal), ...extraRows(extra)]));
}

function title(trials: number): string {
  return (
    `host2 to host1 over veth wires, TCP_RR 1 byte: ${trials} trials each, ${TRANSACTIONS} transactions a path\n` +
    `  a trial is a new client and server and a pair chosen at random among ${EQUAL_WIRES} equal wires; the lab stays`
  );
}

/** Paths of the kind `host`, alike but for their wires. */
export function vethSpec(): LabSpec {
  const base = defaultLabSpec();
  const host = base.paths.find(({ backend }) => backend === 'host');
  const names = [...Array.from({ length: EQUAL_WIRES }, (_, i) => `wire${i}`), EXTRA];
  if (host === undefined) throw new Error('there is no backend host');
  return { ...base, name: 'bench-veth', paths: names.map((name) => ({ ...host, name, named: true })) };
}

/** A bridge and a veth pair between host2's address and its wire, as `extraBridges` of a tap path adds them. */
function withExtraBridge(plan: Plan): Plan {
  return { ...plan, paths: plan.paths.map((path) => (path.name === EXTRA ? bridged(path) : path)) };
}

function bridged(path: PathPlan): PathPlan {
  const { host2 } = path.wire;
  const at = (...argv: readonly string[]): Step => ({ on: 'host2', do: ['ip', ...argv], undo: null });
  const steps = [
    at('link', 'add', 'bridge', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'),
    at('link', 'add', 'inner', 'type', 'veth', 'peer', 'name', 'port'),
    at('link', 'set', 'port', 'master', 'bridge'),
    at('link', 'set', host2.device, 'master', 'bridge'),
    at('address', 'add', `${host2.address}/${path.wire.prefix}`, 'dev', 'inner'),
    ...['inner', 'port', host2.device, 'bridge'].map((device) => at('link', 'set', device, 'up')),
  ];
  return { ...path, backendPlan: { ...path.backendPlan, steps } };
}

interface PairToMeasure {
  readonly pair: readonly [string, string];
  readonly seed: number;
  readonly count: number;
  readonly warmup: number;
  readonly signal: AbortSignal;
}

export async function measurePair(
  lab: Lab,
  { pair, seed, count, warmup, signal }: PairToMeasure,
): Promise<LatencyEffect> {
  const [probe] = lab.plan.spec.probes;
  if (probe === undefined) throw new Error('the default lab has no probe');
  const planned = { ...blockOf(pair, probe, seed), count, warmup };
  const { block, bytes, lostPaths } = await measureInLab({ lab, planned, names: pair, signal });
  const unproven = block.proofs.find(({ proven }) => !proven);
  if (unproven !== undefined) throw new Error(`${unproven.path} is not proven: ${unproven.evidence.join('; ')}`);
  if (lostPaths.length > 0) throw new Error(`lost ${JSON.stringify(lostPaths)}`);
  const outcome = drawEffect({
    measure: roundTrip,
    samples: decodeSamplesFile(bytes, planned.id).samples,
    candidate: 0,
    reference: 1,
    groupSize: GROUP_SIZE,
    key: { draw: 0, guest: 0, reversed: false },
  });
  if (outcome.kind !== 'effect') throw new Error(outcome.reason);
  return outcome.effect;
}

function blockOf(paths: readonly string[], probe: ProbeSpec, seed: number): Omit<PlannedBlock, 'count' | 'warmup'> {
  return {
    id: `trial-${paths.join('-')}`,
    part: 'comparison',
    probe,
    paths,
    slots: [],
    freshPlug: false,
    draw: null,
    guest: 0,
    groupSize: GROUP_SIZE,
    seed,
  };
}

/** ln ratios in us of the reference's p50. */
const offsetUs = ({ logRatio, referenceP50Ns }: LatencyEffect) => (Math.expm1(logRatio) * referenceP50Ns) / 1000;
const halfWidthUs = ({ withinInterval: { low, high }, referenceP50Ns }: LatencyEffect) =>
  ((high - low) / 2) * (referenceP50Ns / 1000);
const excludesZero = ({ withinInterval: { low, high } }: LatencyEffect) => low > 0 || high < 0;

function equalRows(trials: readonly LatencyEffect[]): GoalRow[] {
  const hits = trials.filter(excludesZero).length;
  const alarms = hits / trials.length;
  const chance = wilsonInterval(hits, trials.length);
  const claims = trials.filter(excludesZero).filter(({ logRatio }) => Math.abs(Math.expm1(logRatio)) > DEFAULT_MARGIN);
  const width = median(trials.map(halfWidthUs));
  const offsets = trials.map(offsetUs);
  return [
    {
      what: 'p50 of a wire (median, range of the trials)',
      measured: `${levels(trials)} us`,
      goal: '',
      met: null,
    },
    {
      what: 'A/A: intervals without 0',
      measured: `${percent(alarms, { digits: 1 })} [${percent(chance.low, { digits: 1 })}, ${percent(chance.high, { digits: 1 })}]`,
      goal: 'at most 7 %',
      met: alarms <= 0.07,
    },
    {
      what: `A/A: of these beyond the margin of ${percent(DEFAULT_MARGIN, { digits: 0 })}, as a claim must be`,
      measured: `${claims.length} of ${trials.length}`,
      goal: 'at most 7 %',
      met: claims.length / trials.length <= 0.07,
    },
    {
      what: 'A/A: half-width (median)',
      measured: `${width.toFixed(2)} us`,
      goal: 'at most 1 us',
      met: width <= 1,
    },
    {
      what: 'A/A: difference, median and sd',
      measured: `${median(offsets).toFixed(2)} us, ${stddevOf(offsets).toFixed(2)} us`,
      goal: '',
      met: null,
    },
  ];
}

function extraRows(trials: readonly LatencyEffect[]): GoalRow[] {
  const found = trials.filter(({ withinInterval }) => withinInterval.low > 0).length / trials.length;
  return [
    {
      what: 'extra bridge: difference (median)',
      measured: `+${median(trials.map(offsetUs)).toFixed(2)} us, half-width ${median(trials.map(halfWidthUs)).toFixed(2)} us`,
      goal: '',
      met: null,
    },
    {
      what: 'extra bridge: seen as slower',
      measured: percent(found, { digits: 1 }),
      goal: 'at least 90 %',
      met: found >= 0.9,
    },
  ];
}

function levels(trials: readonly LatencyEffect[]): string {
  const all = trials.map(({ referenceP50Ns }) => referenceP50Ns / 1000);
  return `${median(all).toFixed(1)} (${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)})`;
}
