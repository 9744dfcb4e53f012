// SPDX-License-Identifier: GPL-2.0-only
/** A rule: a predicate over the evidence of one path in one direction, and what follows from it. */

import { type OfferedCure, TOUCHED, type Touched } from '../model/cure.ts';
import type { Verdict } from '../model/diagnosis.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Rung, RungResult } from '../model/ladder.ts';
import type { DeviceView } from '../model/network-state.ts';
import { HOST1, HOST2, type Place } from '../model/place.ts';
import type { EvidenceSource, SourceKind } from '../model/source.ts';
import { counterName } from './fact-text.ts';

export interface Rule {
  /** kebab-case: the word in the report and the name of the rule's file. */
  readonly name: string;
  /** One line for the documentation: the symptom and its cause. */
  readonly summary: string;
  /** Evidence without which it cannot tell that its fault is not there. */
  readonly needs: readonly Need[];
  /** Evidence that makes a verdict surer or is shown with it; the rule decides without. Absent = none. */
  readonly adds?: readonly NeedKind[];
  /** Whether the ladder gives cause to look for this fault at all. Pure. */
  suspects(climbed: Climbed): boolean;
  /** Asked where it suspects. null: nothing of this kind was seen in what could be seen. Pure. */
  check(evidence: Evidence): Found | null;
}

/** What a rule finds; its cures in any order. */
export type Found = Omit<Verdict, 'rule' | 'cures'> & { readonly cures: readonly OfferedCure[] };

/** Counters have no source that could be refused: a machine that cannot count ends the look. */
export type NeedKind = SourceKind | 'counters';

/** A source that a rule rests on. */
export interface Need {
  readonly kind: NeedKind;
  /** Where: a place, or that of the path's server; absent = wherever there is such a source. */
  readonly at?: Place | 'server';
  /** Which of its kind; absent = all of them. */
  readonly of?: string;
}

/** What is known before anything is looked at. */
export type Climbed = Pick<Evidence, 'plan' | 'facts' | 'direction' | 'ladder' | 'seen'>;

/** The rung's result; a rung that was not climbed is not-tried. */
export function rungOf({ ladder }: Pick<Evidence, 'ladder'>, rung: Rung): RungResult {
  const found = ladder.find((result) => result.rung === rung);
  return found ?? { rung, outcome: 'not-tried', detail: 'not climbed', sent: 0, answered: 0, errno: null, ms: 0 };
}

export function fails(evidence: Pick<Evidence, 'ladder'>, ...rungs: readonly Rung[]): boolean {
  return rungs.some((rung) => rungOf(evidence, rung).outcome === 'fail');
}

export function passes(evidence: Pick<Evidence, 'ladder'>, ...rungs: readonly Rung[]): boolean {
  return rungs.every((rung) => rungOf(evidence, rung).outcome === 'pass');
}

/** Sum of the counters whose key matches, of all places or of one. */
export function moved({ deltas }: Pick<Evidence, 'deltas'>, name: RegExp, at?: Place): number {
  return deltas.reduce(
    (sum, { place, key, value }) => sum + (name.test(key) && (at === undefined || place === at) ? value : 0),
    0,
  );
}

/** "host1 TcpInCsumErrors +5", a line a counter whose key matches. */
export function movedLines({ deltas }: Pick<Evidence, 'deltas'>, name: RegExp): string[] {
  return deltas
    .filter(({ key }) => name.test(key))
    .map((counter) => `${counterName(counter)} ${counter.value > 0 ? '+' : ''}${counter.value}`);
}

/** What the backend of the path can do about a fault itself. */
export function ownCures({ plan }: Pick<Evidence, 'plan'>, rule: string): readonly OfferedCure[] {
  return plan.backendPlan.cures?.[rule] ?? [];
}

/** Whose things a command there changes: host1 stands for every other machine of the segment. */
export function touchedAt(place: Place): Touched {
  if (place === HOST1) return 'others';
  return place === HOST2 ? 'machine' : 'own';
}

/** A cure that changes what belongs to others stands behind one that does not; else the order of the rule. */
export function inOrder(cures: readonly OfferedCure[]): OfferedCure[] {
  return cures.toSorted((a, b) => TOUCHED.indexOf(a.touches) - TOUCHED.indexOf(b.touches));
}

/** Whether any rung that was climbed failed. */
export function hasFailure({ ladder }: Pick<Evidence, 'ladder'>): boolean {
  return ladder.some(({ outcome }) => outcome === 'fail');
}

/** Whether a rung failed when it was first climbed, and passes since. */
export function hasPassedLater({ ladder }: Pick<Evidence, 'ladder'>): boolean {
  return ladder.some(({ data }) => data?.failedAtFirst !== undefined);
}

/** "host1 w-tap: 5 TCP dropped, TCP_CSUM", a line a count whose reason matches. */
export function dropLines({ drops }: Pick<Evidence, 'drops'>, reason: RegExp): string[] {
  return drops
    .filter((drop) => reason.test(drop.reason))
    .map(({ place, device, protocol, frames, reason: why }) => {
      const where = device === '' ? place : `${place} ${device}`;
      return `${where}: ${frames} ${protocol} dropped, ${why}`;
    });
}

/** The devices that the path's frames pass: its hops, its wire and the bridges that they belong to. */
export function devicesOnPath({ plan, state }: Pick<Evidence, 'plan' | 'state'>): DeviceView[] {
  const { hops, nic } = plan.backendPlan;
  const named = (place: string, name: string) => hops.some((hop) => hop.where === place && hop.device === name);
  return state.devices.filter(({ place, name, mac }) => {
    if (place === 'guest') return mac === nic?.mac;
    return named(place, name) || plan.wire[place].device === name;
  });
}

/** Every address of the path on the wire's subnet, with the MAC that it has. */
export function addressesOfPath({
  plan,
}: Pick<Evidence, 'plan'>): { readonly address: string; readonly mac: string }[] {
  const { wire, backendPlan } = plan;
  const { nic } = backendPlan;
  const subnet = wire.host1.address.replace(/\d+$/, '');
  const own = nic === null || !nic.address.startsWith(subnet) ? [] : [{ address: nic.address, mac: nic.mac }];
  const hosts = [{ address: wire.host1.address, mac: wire.host1.mac }];
  const host2 = (nic?.neighbours ?? []).filter(({ address }) => address === wire.host2.address);
  return [...own, ...hosts, ...host2];
}

/** Whether any device of the lab has the address. */
export function isKnownAddress({ state }: Pick<Evidence, 'state'>, address: string): boolean {
  return state.addresses.some((each) => each.address === address);
}

/** Whether the kernel's drop reasons could be read there: what they do not show did not happen. */
export function tellsDrops({ sources }: Pick<Evidence, 'sources'>, place: Place): boolean {
  return sources.some(({ kind, places, used }) => used && kind === 'drops' && places.includes(place));
}

/** The sources of a need that could not be used. A source that the path does not have is not among them. */
export function refusedOf({ plan, direction, sources }: Evidence, need: Need): readonly EvidenceSource[] {
  const reach = plan.backendPlan.reach[direction];
  const at = need.at === 'server' ? (reach.kind === 'reachable' ? reach.server : undefined) : need.at;
  const needed = sources.filter(
    ({ kind, places, of }) =>
      kind === need.kind && (at === undefined || places.includes(at)) && (need.of === undefined || need.of === of),
  );
  // A place is watched at one of its hops or at none: some are processes, and have no device to listen on.
  if (need.kind === 'frames' && needed.some(({ used }) => used)) return [];
  return needed.filter(({ used }) => !used);
}
