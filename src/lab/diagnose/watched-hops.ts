// SPDX-License-Identifier: GPL-2.0-only
/** Which hops of a path can be listened on, and why the others cannot. Pure. */

import type { WatchedHop } from '../../diagnose/capture-plan.ts';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import type { HopCapture } from '../../model/capture.ts';
import { HOST1, isHost, type Place } from '../../model/place.ts';
import type { Hop, PathPlan } from '../../model/plan.ts';
import { type EvidenceSource, isSameSource, type SourceId } from '../../model/source.ts';

export interface HopsToWatch {
  readonly watched: readonly WatchedHop[];
  readonly sources: readonly EvidenceSource[];
}

type PluggedDevices = ReadonlyMap<
  Place,
  { readonly nics: readonly { readonly mac: string; readonly device: string }[] }
>;

/** `guests` are those that run, by their places. */
export function hopsToWatch({ backendPlan }: PathPlan, guests: PluggedDevices): HopsToWatch {
  const watched: WatchedHop[] = [];
  const sources: EvidenceSource[] = [];
  for (const hop of backendPlan.hops) {
    const found = deviceOf(hop, guests);
    if (!found.ok) {
      sources.push({ ...framesSource(hop.name, placesOf(hop), hop.device), used: false, why: found.why });
    } else {
      watched.push(found.value);
    }
  }
  return { watched, sources };
}

/** The source that gives the frames of a hop. */
function framesSource(hop: string, places: readonly Place[], device: string): SourceId {
  return { kind: 'frames', places, of: hop, device };
}

const NO_DEVICE = 'it is no device: a packet socket needs one';

/** What the kernel takes as a name (dev_valid_name). Anything else is a process or a program. */
const DEVICE_NAME = /^[^\s/:]{1,15}$/;

function deviceOf({ name: hop, where, device }: Hop, guests: PluggedDevices): Attempt<WatchedHop> {
  if (where === 'vmm') return notDone('it is inside the VMM, where no packet socket reaches');
  if (isHost(where)) return DEVICE_NAME.test(device) ? done({ hop, place: where, device }) : notDone(NO_DEVICE);
  const guest = guests.get(where);
  if (guest === undefined) return notDone('no guest is running');
  // The plan names the MAC; which name its NIC got is known in the guest.
  const nic = guest.nics.find(({ mac }) => mac.toLowerCase() === device.toLowerCase());
  return nic === undefined ? notDone('its NIC is not plugged') : done({ hop, place: where, device: nic.device });
}

/** A hop that is a process has no such device; the capture's own word says no more than that. */
export function explainSource(source: EvidenceSource): EvidenceSource {
  return source.why === 'ENODEV' ? { ...source, why: NO_DEVICE } : source;
}

/** Of hops that the data path recorded itself it does not matter why a packet socket could not. */
export function withRecorded(
  sources: readonly EvidenceSource[],
  recorded: readonly HopCapture[],
): readonly EvidenceSource[] {
  const own = recorded.map(({ hop, place, device }) => framesSource(hop, [place], device));
  const isOwn = (source: SourceId) => own.some((one) => isSameSource(one, source));
  return [
    ...sources.filter((source) => !isOwn(source)),
    ...own
      .filter((source, at) => own.findIndex((one) => isSameSource(one, source)) === at)
      .map((source) => ({ ...source, used: true, why: '' })),
  ];
}

/**
 * All captures in the order of the plan. Where the backend's own data path recorded frames at a hop, they stand for that
 * hop: a packet socket on a device misses what XDP takes there.
 */
export function inHopOrder(
  { backendPlan }: PathPlan,
  sockets: readonly HopCapture[],
  dataPath: readonly HopCapture[],
): readonly HopCapture[] {
  const recorded = dataPath.filter(({ frames }) => frames.length > 0);
  const covers = (own: HopCapture) => (one: HopCapture) => one.hop === own.hop && one.place === own.place;
  const rest = sockets.filter((own) => !recorded.some(covers(own)));
  // A hop that is not on the way between guest and host1 stands before the wire's far end, which is the last of all.
  const far = backendPlan.hops.findIndex(({ where }) => where === HOST1);
  const branch = (far < 0 ? backendPlan.hops.length : far) - 0.5;
  const orderOf = ({ hop, device, place }: HopCapture) => {
    const exact = backendPlan.hops.findIndex((one) => one.name === hop && one.device === device);
    const named = backendPlan.hops.findIndex((one) => one.name === hop && (one.where === place || place === 'guest'));
    const at = exact >= 0 ? exact : named;
    return at >= 0 ? at : branch;
  };
  return [...rest, ...recorded].sort((a, b) => orderOf(a) - orderOf(b));
}

function placesOf({ where }: Hop): readonly Place[] {
  return where === 'vmm' ? [] : [where];
}
