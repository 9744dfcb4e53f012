// SPDX-License-Identifier: GPL-2.0-only
/** Which points a trace asks of a machine: what the hops of its paths declare, and what both ends of a probe have. */
import { GUEST, HOST2 } from '../../model/place.ts';
import { type Hop, hasGuest, type PathPlan } from '../../model/plan.ts';
import type { TraceProfile } from '../../model/trace-profile.ts';
import type { Traced } from './traced-machines.ts';

/** What a client and a server do, whatever is between them. */
const ENDPOINT = ['send_enter', 'data_ready', 'waking', 'switch_in', 'recv_exit'] as const;
/** Three on each machine: a packet leaves, a packet comes, and what brackets a guest's clock. */
const LIGHT = ['dev_xmit', 'netif_receive', 'kick'] as const;
const LIGHT_IN_GUEST = ['driver_enter', 'driver_exit', 'netif_receive'] as const;
/** What else runs on a CPU while a transaction waits. */
const BESIDE = ['switch', 'irq_enter', 'irq_exit', 'softirq_enter', 'softirq_exit'] as const;

export interface PointsWanted {
  readonly profile: TraceProfile;
  /** Left out; default none. */
  readonly without?: readonly string[];
}

export function pointsAt(
  traced: Pick<Traced, 'places' | 'isGuest'>,
  paths: readonly PathPlan[],
  { profile, without = [] }: PointsWanted,
): readonly string[] {
  if (traced.isGuest && !paths.some(hasGuest)) return [];
  const declared = paths
    .flatMap(({ backendPlan }) => backendPlan.hops)
    .filter(({ where }) => isThere(traced, where))
    .flatMap(({ points }) => [...(points?.toHost1 ?? []), ...(points?.toGuest ?? [])]);
  const all = [...new Set([...ENDPOINT, ...declared])].filter((point) => !without.includes(point));
  const light: readonly string[] = traced.isGuest ? LIGHT_IN_GUEST : LIGHT;
  if (profile === 'light') return all.filter((point) => light.includes(point));
  return profile === 'slow' ? [...all, ...BESIDE] : all;
}

/** A hop in the guest is in that of its path, whichever that is. */
function isThere({ places, isGuest }: Pick<Traced, 'places' | 'isGuest'>, where: Hop['where']): boolean {
  if (where === GUEST) return isGuest;
  return places.includes(where === 'vmm' ? HOST2 : where);
}
