// SPDX-License-Identifier: GPL-2.0-only
/** The interfaces that a trace may meet, by index and name. */
import { HOSTS } from '../../model/place.ts';
import type { TracedMachineContext } from '../../model/trace-context.ts';
import type { LiveGuest } from '../live/live-guest.ts';
import { type Lab, runAt } from '../live/open.ts';

type TracedDevices = readonly TracedMachineContext['devices'][number][];

export async function guestDevices({ guest }: LiveGuest, signal: AbortSignal): Promise<TracedDevices> {
  const nics = await guest.agent.counters({ signal });
  return nics.map(({ name, index }) => ({ place: 'guest', ifindex: index, name }));
}

export async function hostDevices(lab: Lab, signal: AbortSignal): Promise<TracedDevices> {
  const found = await Promise.all(
    HOSTS.map(async (place) => {
      const links: unknown = JSON.parse(await runAt(lab, place, ['ip', '-j', 'link'], signal));
      if (!Array.isArray(links)) throw new Error(`ip gave no list of the links of ${place}`);
      return links.map((link: { ifindex?: unknown; ifname?: unknown }) => ({
        place,
        ifindex: Number(link.ifindex),
        name: String(link.ifname),
      }));
    }),
  );
  return found.flat();
}
