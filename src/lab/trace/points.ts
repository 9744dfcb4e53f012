// SPDX-License-Identifier: GPL-2.0-only
/** Which points a trace asks of each machine: what the hops of its paths declare, and what both ends of a probe have. */
import { hasGuest, type PathPlan } from '../../model/plan.ts';
import type { TraceProfile } from '../../model/trace-profile.ts';

/** What a client and a server do, whatever is between them. */
const ENDPOINT = ['send_enter', 'data_ready', 'waking', 'switch_in', 'recv_exit'] as const;
/** Three on each machine: a packet leaves, a packet comes, and what brackets the guest's clock. */
const LIGHT = {
  host: ['dev_xmit', 'netif_receive', 'kick'],
  guest: ['driver_enter', 'driver_exit', 'netif_receive'],
} as const;
/** What else runs on a CPU while a transaction waits. */
const BESIDE = ['switch', 'irq_enter', 'irq_exit', 'softirq_enter', 'softirq_exit'] as const;

export interface TracedPoints {
  readonly host: readonly string[];
  readonly guest: readonly string[];
}

export function pointsOf(
  paths: readonly PathPlan[],
  profile: TraceProfile,
  without: readonly string[] = [],
): TracedPoints {
  const declared = (inGuest: boolean) =>
    paths
      .flatMap(({ backendPlan }) => backendPlan.hops)
      .filter(({ where }) => (where === 'guest') === inGuest)
      .flatMap(({ points }) => [...(points?.toHost1 ?? []), ...(points?.toGuest ?? [])]);
  const chosen = (machine: keyof typeof LIGHT, points: readonly string[]): string[] => {
    const all = [...new Set([...ENDPOINT, ...points])].filter((point) => !without.includes(point));
    if (profile === 'light') return all.filter((point) => LIGHT[machine].some((one) => one === point));
    return profile === 'slow' ? [...all, ...BESIDE] : all;
  };
  const guest = paths.some(hasGuest) ? chosen('guest', declared(true)) : [];
  return { host: chosen('host', declared(false)), guest };
}
