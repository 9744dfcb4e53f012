// SPDX-License-Identifier: GPL-2.0-only
/** The places of a lab: ids at which things happen, and who talks to whom. Which machine a place is on, the lab knows. */

/** The remote machine: the far end of every wire. */
export const HOST1 = 'host1' as const;
/** The machine that runs the guests: the near end of every wire. */
export const HOST2 = 'host2' as const;
export const GUEST = 'guest' as const;

export const HOSTS = [HOST1, HOST2] as const;
export type Host = (typeof HOSTS)[number];

export const PLACES = [GUEST, HOST1, HOST2] as const;
export type Place = (typeof PLACES)[number];

/** Directions by the words that lab files and run folders have for them. */
export const GUEST_TO_HOST1 = `${GUEST}-to-${HOST1}` as const;
export const HOST1_TO_GUEST = `${HOST1}-to-${GUEST}` as const;
export const GUEST_TO_HOST2 = `${GUEST}-to-${HOST2}` as const;

export const DIRECTIONS = [GUEST_TO_HOST1, HOST1_TO_GUEST, GUEST_TO_HOST2] as const;
export type Direction = (typeof DIRECTIONS)[number];
