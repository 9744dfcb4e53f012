// SPDX-License-Identifier: GPL-2.0-only
/** Looks at one path of a live lab: climbs the ladder in every direction, gathers evidence where it fails, concludes. */

import { type Conclusion, conclude, mergeBlind, mergeVerdicts } from '../../diagnose/conclude.ts';
import { deltasOf } from '../../diagnose/counters.ts';
import { tracedLosses } from '../../diagnose/traced-losses.ts';
import type { HopCapture } from '../../model/capture.ts';
import type { PathDiagnosis } from '../../model/diagnosis.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { ClimbedLadder, Ladder, Rung, RungResult } from '../../model/ladder.ts';
import { crossesWire, DIRECTIONS, type Direction, towardsGuest } from '../../model/place.ts';
import type { MachineFacts, PathPlan } from '../../model/plan.ts';
import type { EvidenceSource } from '../../model/source.ts';
import { vmmOf } from '../../vmms/index.ts';
import { climbPath } from './climb.ts';
import type { LookAt } from './look-at.ts';
import { readNetworkState, readStackCounters } from './network-state.ts';
import { rulesUnder } from './rules-under.ts';
import { watchPath } from './watch-path.ts';

export interface DiagnoseOptions {
  readonly facts: MachineFacts;
  readonly directions?: readonly Direction[];
  /** Default: all. */
  readonly rungs?: readonly Rung[];
  /** Climbs, and gathers no evidence where a rung fails; default: gathers it. */
  readonly ladderOnly?: boolean;
  /** Keeps the frames of one direction; the name of the file that they are in. */
  readonly keep: (direction: Direction, captures: readonly HopCapture[]) => Promise<string | null>;
}

export interface LookedAtPath {
  readonly diagnosis: PathDiagnosis;
  readonly evidence: readonly Evidence[];
  readonly sources: readonly EvidenceSource[];
}

/**
 * What is climbed again while everything is watched: the smallest failure, the first of each of these kinds that fails,
 * and one that should pass, whose frames and counters the others are held against.
 */
const KINDS: readonly (readonly Rung[])[] = [
  ['udp-small', 'udp-large'],
  ['tcp-connect', 'tcp-small', 'tcp-bulk'],
  ['mtu'],
  ['vlan'],
  ['nd', 'ipv6', 'ipv6-udp', 'ipv6-tcp'],
  ['broadcast', 'multicast'],
];
const CONTRAST: Rung = 'icmp';

export async function diagnosePath(at: LookAt, options: DiagnoseOptions): Promise<LookedAtPath> {
  const { path } = at;
  const rules = rulesUnder(vmmOf(at.lab.plan.spec.guest.vmm));
  const gathered: { evidence: Evidence; conclusion: Conclusion; capture: string | null }[] = [];
  for (const direction of options.directions ?? DIRECTIONS) {
    const evidence = await gather(at, direction, options);
    const kept = evidence.captures.length > 0 ? await options.keep(direction, evidence.captures) : null;
    gathered.push({ evidence, conclusion: conclude(evidence, rules), capture: kept });
  }
  const found = gathered.map(({ evidence: { direction }, conclusion }) => ({ direction, ...conclusion }));
  return {
    evidence: gathered.map(({ evidence }) => evidence),
    sources: gathered.flatMap(({ evidence }) => evidence.sources),
    diagnosis: {
      path: path.name,
      backend: path.backend,
      ladders: gathered
        .map(({ evidence }): Ladder => ({ path: path.name, direction: evidence.direction, rungs: evidence.ladder }))
        .filter(({ rungs }) => rungs.length > 0),
      verdicts: mergeVerdicts(found),
      couldNotLook: mergeBlind(found),
      evidence: gathered.map(({ evidence: { plan: _, facts: __, captures, ladder: ___, ...rest }, capture }) => ({
        ...rest,
        frames: captures.map(({ hop, place, frames }) => ({ hop, place, frames: frames.length })),
        traced: isFollowed(path) ? tracedLosses(onTheWay(captures, path, rest.direction)) : [],
        capture,
      })),
      failed: null,
    },
  };
}

/** A direction that the backend rules out is not climbed: its reason is in the plan, and a rule reads it there. */
async function gather(
  at: LookAt,
  direction: Direction,
  { facts, rungs, ladderOnly }: DiagnoseOptions,
): Promise<Evidence> {
  const { path } = at;
  const still = { plan: path, facts, direction, captures: [], drops: [], xdp: [], deltas: [] };
  if (path.backendPlan.reach[direction].kind === 'unreachable') {
    const { found: state, sources } = await readNetworkState(at);
    return { ...still, ladder: [], seen: {}, state, sources };
  }
  const climb = (some: readonly Rung[] | undefined): Promise<ClimbedLadder> =>
    climbPath({ ...at, direction, ...(some === undefined ? {} : { rungs: some }) });
  const first = await climb(rungs);
  const failing = first.rungs.filter(({ outcome }) => outcome === 'fail').map(({ rung }) => rung);
  if (failing.length === 0 || ladderOnly) {
    const { found: state, sources } = await readNetworkState(at);
    return { ...still, ladder: first.rungs, seen: first.seen, state, sources };
  }
  // Before anything else: what comes about by itself, as a port that STP holds back, may have done so by the second climb.
  const state = await readNetworkState(at);
  const before = await readStackCounters(at);
  const again = rungsToClimbAgain(failing);
  const { result, captures, drops, xdp, sources } = await watchPath({ ...at, work: () => climb(again) });
  const after = await readStackCounters(at);
  return {
    ...still,
    ladder: first.rungs.map((one) => seenAgain(one, result.rungs)),
    seen: { ...first.seen, ...result.seen },
    captures: towardsGuest(direction) ? captures.toReversed() : captures,
    drops,
    xdp,
    deltas: deltasOf(before, after),
    state: state.found,
    sources: [...sources, ...state.sources],
  };
}

/** The second result counts, since the evidence belongs to it; that the rung failed at first is told in its detail. */
function seenAgain(first: RungResult, again: readonly RungResult[]): RungResult {
  const second = again.find(({ rung, outcome }) => rung === first.rung && outcome !== 'not-tried');
  if (second === undefined) return first;
  if (first.outcome !== 'fail' || second.outcome !== 'pass') return second;
  const detail = `${second.detail}; but failed at first: ${first.detail}`;
  return { ...second, detail, data: { ...first.data, ...second.data, failedAtFirst: 1 } };
}

/** Of the rungs that failed: the smallest and one of each kind, and what should pass. */
export function rungsToClimbAgain(failing: readonly Rung[]): Rung[] {
  return [...new Set([CONTRAST, ...failing.slice(0, 1), ...KINDS.flatMap((kind) => firstOf(kind, failing))])];
}

function firstOf(kind: readonly Rung[], failing: readonly Rung[]): Rung[] {
  const first = kind.find((rung) => failing.includes(rung));
  return first === undefined ? [] : [first];
}

/** A bridge floods to host2's port too, which leads nowhere on the way between guest and host1. */
function onTheWay(captures: readonly HopCapture[], { backendPlan }: PathPlan, direction: Direction): HopCapture[] {
  return captures.filter(({ hop }) => !crossesWire(direction) || backendPlan.hops.some(({ name }) => name === hop));
}

/** Whether packets can be followed from the guest to host1: a NAT sends others in their place. */
function isFollowed({ wire, backendPlan }: PathPlan): boolean {
  const { nic } = backendPlan;
  return nic === null || nic.neighbours.some(({ mac }) => mac === wire.host1.mac);
}
