// SPDX-License-Identifier: GPL-2.0-only
/** Which device of a place carries a path's address, for the ladder's frames. */

import { z } from 'zod';
import { type Host, isHost, type Place } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import { type Lab, runAt } from '../live/open.ts';

export interface PlaceOfPath {
  readonly lab: Lab;
  readonly path: PathPlan;
  readonly where: Place;
  readonly signal: AbortSignal;
}

export interface PathDevice {
  readonly place: Place;
  readonly device: string | null;
  readonly address: string;
}

/** `address` null = the path's own there. Where no device of a host has it, the end of the path's wire stands in. */
export async function deviceOf(place: PlaceOfPath, address: string | null): Promise<PathDevice> {
  const { lab, path, where } = place;
  if (!isHost(where)) {
    const device = lab.guests.get(where)?.nics.find((nic) => nic.path === path.name)?.device ?? null;
    return { place: where, device, address: address ?? path.backendPlan.nic?.address ?? '0.0.0.0' };
  }
  const end = path.wire[where];
  const wanted = address ?? end.address;
  return { place: where, device: (await findAddress(place, where, wanted)) ?? end.device, address: wanted };
}

const addressList = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().optional() })).optional(),
  }),
);

async function findAddress({ lab, signal }: PlaceOfPath, host: Host, address: string): Promise<string | null> {
  const text = await runAt(lab, host, ['ip', '-4', '-j', 'address', 'show'], signal);
  const devices = addressList.parse(JSON.parse(text));
  return devices.find(({ addr_info }) => addr_info?.some(({ local }) => local === address))?.ifname ?? null;
}
