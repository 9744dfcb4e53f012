// SPDX-License-Identifier: GPL-2.0-only
/** Which block is measured when: overviews in rounds, comparisons in draws of crossover pairs. Pure. */
import type { LabSpec } from '../../model/lab-spec.ts';
import { hasGuest, type PathPlan, type PlannedBlock } from '../../model/plan.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { UnavailablePath } from '../../model/result.ts';
import { createRandom, type Random, shuffled } from '../../stats/random.ts';
import { takeTurns, turnTakers } from './turns.ts';

/** Transactions of one group, the unit of the statistics within a block: enough for a median of their own. */
export const GROUP_SIZE = 50;
const LEAST_GROUP_SIZE = 10;
/** An interval over groups needs so many. */
const GROUPS = 8;

/** `host` and the guest take turns this often in an overview, so that drift hits both. */
const OVERVIEW_ROUNDS = 4;

/** A TCP connection's and a cold path's first transactions, per block. */
const OVERVIEW_WARMUP = 100;
const PACED_WARMUP = 5;

export interface Schedule {
  readonly blocks: readonly PlannedBlock[];
  readonly unreachable: readonly UnavailablePath[];
}

export function planBlocks(spec: LabSpec, paths: readonly PathPlan[]): Schedule {
  const random = createRandom(spec.seed);
  const nextSeed = () => random.below(2 ** 31);
  const unreachable = new Map<string, UnavailablePath>();
  const reachable = (probe: ProbeSpec) =>
    paths.filter(({ name, backend, backendPlan }) => {
      const reach = backendPlan.reach[probe.direction];
      if (reach.kind === 'reachable') return true;
      const reason = `${probe.direction}: ${reach.reason}`;
      unreachable.set(`${name} ${probe.direction}`, { path: name, backend, reason, hint: reach.hint });
      return false;
    });
  const overviews = spec.probes.flatMap((probe) => planOverview(probe, reachable(probe), nextSeed));
  const comparisons = planComparisons(spec, { reachable, random, nextSeed });
  return { blocks: [...overviews, ...comparisons], unreachable: [...unreachable.values()] };
}

function planOverview(probe: ProbeSpec, paths: readonly PathPlan[], nextSeed: () => number): PlannedBlock[] {
  const alone = turnTakers(paths);
  const guests = paths.filter((path) => hasGuest(path) && !alone.includes(path)).map(({ name }) => name);
  const hosts = paths.filter((path) => !hasGuest(path) && !alone.includes(path)).map(({ name }) => name);
  const groupSize = groupSizeOf(probe.count);
  const rounds = Math.max(1, Math.min(OVERVIEW_ROUNDS, Math.floor(probe.count / groupSize)));
  const count = Math.ceil(probe.count / rounds);
  const warmup = probe.paceNs === 0 ? OVERVIEW_WARMUP : PACED_WARMUP;
  const block = (round: number, what: string, names: readonly string[], slots: readonly string[]): PlannedBlock => ({
    id: `overview-${probe.name}-${round}-${what}`,
    part: 'overview',
    probe,
    paths: names,
    slots,
    freshPlug: false,
    draw: null,
    guest: 0,
    count,
    warmup,
    groupSize,
    seed: nextSeed(),
  });
  return Array.from({ length: rounds }, (_, round) => [
    ...hosts.map((name) => block(round, name, [name], [])),
    ...(guests.length === 0 ? [] : [block(round, 'guest', guests, guests)]),
    // A B B A: what drifts hits both alike.
    ...(round % 2 === 0 ? alone : alone.toReversed()).map((path) =>
      block(round, path.name, [path.name], hasGuest(path) ? [path.name] : []),
    ),
  ]).flat();
}

/** For so many transactions of a path: 50, or fewer where that many give too few groups. */
function groupSizeOf(count: number): number {
  return Math.max(LEAST_GROUP_SIZE, Math.min(GROUP_SIZE, Math.floor(count / GROUPS)));
}

interface ComparisonContext {
  readonly reachable: (probe: ProbeSpec) => readonly PathPlan[];
  readonly random: Random;
  readonly nextSeed: () => number;
}

/** Draws 2k and 2k+1 of a pair follow one another with their slots reversed; the order of the pairs is random. */
function planComparisons(spec: LabSpec, { reachable, random, nextSeed }: ComparisonContext): PlannedBlock[] {
  const { draws, guests } = spec.comparison;
  const perGuest = Math.ceil(draws / guests);
  const blocks: PlannedBlock[] = [];
  for (let first = 0; first < draws; first += 2) {
    const crossover = [first, first + 1].filter((draw) => draw < draws);
    const todo = spec.probes
      .filter(({ compare }) => compare)
      .flatMap((probe) => pairsOf(spec, reachable(probe)).map((pair) => ({ probe, pair })));
    for (const { probe, pair } of shuffled(todo, random)) {
      for (const draw of crossover) {
        const guest = Math.floor(draw / perGuest);
        blocks.push(planDraw(spec, { probe, pair, draw, guest, seed: nextSeed() }));
      }
    }
  }
  // A guest is booted once: all its blocks before those of the next one.
  return blocks.sort((a, b) => a.guest - b.guest);
}

/** One draw of one pair, whose guest is known. */
interface DrawToPlan {
  readonly probe: ProbeSpec;
  readonly pair: readonly [string, string];
  readonly draw: number;
  readonly guest: number;
  readonly seed: number;
}

/** The block of one draw: the pair alone rotates, and every second draw has its slots reversed. */
export function planDraw({ comparison }: LabSpec, { probe, pair, draw, guest, seed }: DrawToPlan): PlannedBlock {
  const { transactions, warmup } = comparison;
  const [candidate, reference] = pair;
  const reversed = draw % 2 === 1;
  return {
    id: `draw-${probe.name}-${candidate}-vs-${reference}-${String(draw).padStart(2, '0')}`,
    part: 'comparison',
    // Its transactions are counted: a limit in time is one of the overview.
    probe: { ...probe, durationNs: null },
    paths: pair,
    slots: reversed ? [reference, candidate] : [candidate, reference],
    freshPlug: true,
    draw: { pair, draw, guest, reversed },
    guest,
    count: transactions,
    warmup: probe.paceNs === 0 ? warmup : Math.min(warmup, GROUP_SIZE),
    groupSize: groupSizeOf(transactions),
    seed,
  };
}

/** Two paths that take turns cannot rotate in one block: they are not drawn. */
function pairsOf(spec: LabSpec, paths: readonly PathPlan[]): (readonly [string, string])[] {
  const named = (name: string) => paths.find((path) => path.name === name);
  return wantedPairs(spec, paths).filter(([candidate, reference]) => {
    const [one, other] = [named(candidate), named(reference)];
    return one === undefined || other === undefined || !takeTurns(one, other);
  });
}

/** [candidate, reference] of every comparison, the twin's first: it judges all others. */
function wantedPairs(spec: LabSpec, paths: readonly PathPlan[]): (readonly [string, string])[] {
  const { reference, pairs } = spec.comparison;
  const names = new Set(paths.filter(hasGuest).map(({ name }) => name));
  const twins = paths.flatMap(({ name, twinOf }) => (twinOf === null ? [] : [[name, twinOf] as const]));
  if (pairs.length > 0) return [...twins, ...pairs.filter(([a, b]) => names.has(a) && names.has(b))];
  if (reference === null || !names.has(reference)) return [];
  const others = paths.filter((path) => hasGuest(path) && path.twinOf === null && path.name !== reference);
  return [...twins, ...others.map(({ name }) => [name, reference] as const)];
}
