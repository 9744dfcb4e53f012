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

/** Any other place is a guest's. */
export function isHost(place: Place): place is Host {
  return place === HOST1 || place === HOST2;
}

/** A machine as a whole, beside its places: its files, and what lies between two of them. */
export interface WholeMachine {
  readonly kind: 'machine';
  /** A place on it. */
  readonly of: Place;
}

/** Where a command runs. */
export type Where = Place | WholeMachine;

export function wholeMachine(of: Place): WholeMachine {
  return { kind: 'machine', of };
}

export function isPlace(where: Where): where is Place {
  return typeof where === 'string';
}

/** Directions by the words that lab files and run folders have for them. */
export const GUEST_TO_HOST1 = `${GUEST}-to-${HOST1}` as const;
export const HOST1_TO_GUEST = `${HOST1}-to-${GUEST}` as const;
export const GUEST_TO_HOST2 = `${GUEST}-to-${HOST2}` as const;

export const DIRECTIONS = [GUEST_TO_HOST1, HOST1_TO_GUEST, GUEST_TO_HOST2] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Endpoints {
  readonly client: Place;
  readonly server: Place;
}

const ENDPOINTS: Readonly<Record<Direction, Endpoints>> = {
  [GUEST_TO_HOST1]: { client: GUEST, server: HOST1 },
  [HOST1_TO_GUEST]: { client: HOST1, server: GUEST },
  [GUEST_TO_HOST2]: { client: GUEST, server: HOST2 },
};

/** Who sends the requests of a direction, and who answers them. */
export function endpointsOf(direction: Direction): Endpoints {
  return ENDPOINTS[direction];
}

export function towardsGuest(direction: Direction): boolean {
  return ENDPOINTS[direction].server === GUEST;
}

/** Between a guest and the machine that runs it no packet is on the wire. */
export function crossesWire(direction: Direction): boolean {
  const { client, server } = ENDPOINTS[direction];
  return client === HOST1 || server === HOST1;
}

/** What `of` says of each direction. */
export function perDirection<T>(of: (direction: Direction) => T): Record<Direction, T> {
  return {
    [GUEST_TO_HOST1]: of(GUEST_TO_HOST1),
    [HOST1_TO_GUEST]: of(HOST1_TO_GUEST),
    [GUEST_TO_HOST2]: of(GUEST_TO_HOST2),
  };
}
