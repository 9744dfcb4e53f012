// SPDX-License-Identifier: GPL-2.0-only
/** The interfaces that a trace may meet on a machine, by index and name. */
import type { Place } from '../../model/place.ts';
import type { TracedMachineContext } from '../../model/trace-context.ts';
import { guestAt, type Lab, runAt } from '../live/open.ts';
import type { Traced } from './traced-machines.ts';

type TracedDevices = TracedMachineContext['devices'][number][];

export async function devicesAt(
  { places, isGuest }: Traced,
  lab: Pick<Lab, 'machines' | 'guests'>,
  signal: AbortSignal,
): Promise<TracedDevices> {
  const found = await Promise.all(
    places.map((place) => (isGuest ? nicsOf(place, lab, signal) : linksOf(place, lab, signal))),
  );
  return found.flat();
}

async function nicsOf(place: Place, lab: Pick<Lab, 'guests'>, signal: AbortSignal): Promise<TracedDevices> {
  const nics = await guestAt(lab, place).guest.agent.counters({ signal });
  return nics.map(({ name, index }) => ({ place, ifindex: index, name }));
}

async function linksOf(place: Place, lab: Pick<Lab, 'machines'>, signal: AbortSignal): Promise<TracedDevices> {
  const links: unknown = JSON.parse(await runAt(lab, place, ['ip', '-j', 'link'], signal));
  if (!Array.isArray(links)) throw new Error(`ip gave no list of the links of ${place}`);
  return links.map((link: { ifindex?: unknown; ifname?: unknown }) => ({
    place,
    ifindex: Number(link.ifindex),
    name: String(link.ifname),
  }));
}
