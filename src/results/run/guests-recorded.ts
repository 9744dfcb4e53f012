// SPDX-License-Identifier: GPL-2.0-only
/** The guests of a run, as its environment tells of them. */
import type { Environment, GuestEnvironment } from '../../model/environment.ts';
import { GUEST } from '../../model/place.ts';

/** The guest that stands for the run where there is room for one; null of a run without. */
export function firstGuest({ guests }: Environment): GuestEnvironment | null {
  return guests[GUEST] ?? Object.values(guests)[0] ?? null;
}

/** Each with what tells it from the first: "" of the first, the others their place. */
export function guestsByName(environment: Environment): [name: string, guest: GuestEnvironment][] {
  const first = firstGuest(environment);
  return Object.entries(environment.guests).map(([place, guest]) => [guest === first ? '' : place, guest]);
}
