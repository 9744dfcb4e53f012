// SPDX-License-Identifier: GPL-2.0-only
/** The machines that a trace takes records of: those of the hosts, and each guest. */
import { HOST2, HOSTS, type Place } from '../../model/place.ts';
import { HOSTS_MACHINE, type TracedMachine } from '../../model/traced-machine.ts';
import type { Guests } from '../live/live-guest.ts';
import { type Lab, machineAt } from '../live/open.ts';

export interface Traced {
  readonly id: TracedMachine;
  /** At which of its places the tracer runs does not matter: they are of one kernel. */
  readonly place: Place;
  readonly places: readonly Place[];
  readonly isGuest: boolean;
  /** Its processes and its files are seen from here. */
  readonly isHere: boolean;
}

/** That of host2 first: it runs the VMM, and its clock is that of the timelines. */
export function tracedMachines(lab: Pick<Lab, 'machines'>, guests: Guests): readonly [Traced, ...Traced[]] {
  const isHere = (place: Place) => machineAt(lab, place).host !== undefined;
  const places = HOSTS.filter((host) => machineAt(lab, host) === machineAt(lab, HOST2));
  const far = HOSTS.filter((host) => !places.includes(host));
  return [
    { id: HOSTS_MACHINE, place: HOST2, places, isGuest: false, isHere: isHere(HOST2) },
    ...[...guests.keys()].map((place) => ({ id: place, place, places: [place], isGuest: true, isHere: false })),
    ...far.map((place) => ({ id: place, place, places: [place], isGuest: false, isHere: isHere(place) })),
  ];
}
