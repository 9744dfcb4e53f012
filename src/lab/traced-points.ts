/** Which points a trace asks of each machine: what the hops of its paths declare, and what both ends of a probe have. */
import type { PathPlan } from '../model/plan.ts';
import type { TraceProfile } from '../model/trace-profile.ts';

/** What a client and a server do, whatever is between them. */
const ENDPOINT = ['send_enter', 'data_ready', 'waking', 'switch_in', 'recv_exit'] as const;
/** A device's entry and exit on both machines, and what brackets the guest's clock. */
const LIGHT = ['dev_xmit', 'netif_receive', 'kick'] as const;
/** What else runs on a CPU while a transaction waits. */
const BESIDE = ['switch', 'irq_enter', 'irq_exit', 'softirq_enter', 'softirq_exit'] as const;

export interface TracedPoints {
  readonly host: readonly string[];
  readonly guest: readonly string[];
}

export function pointsOf(paths: readonly PathPlan[], profile: TraceProfile): TracedPoints {
  const declared = (inGuest: boolean) =>
    paths
      .flatMap(({ backendPlan }) => backendPlan.hops)
      .filter(({ where }) => (where === 'guest') === inGuest)
      .flatMap(({ points }) => [...(points?.toHost1 ?? []), ...(points?.toGuest ?? [])]);
  const chosen = (points: readonly string[]): string[] => {
    const all = [...new Set([...ENDPOINT, ...points])];
    if (profile === 'light') return all.filter((point) => LIGHT.some((one) => one === point));
    return profile === 'slow' ? [...all, ...BESIDE] : all;
  };
  const guest = paths.some(({ backendPlan }) => backendPlan.nic !== null) ? chosen(declared(true)) : [];
  return { host: chosen(declared(false)), guest };
}
