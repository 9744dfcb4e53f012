// SPDX-License-Identifier: GPL-2.0-only
/** The machines whose records a trace has, by their ids. */
import { z } from 'zod';
import { GUEST, HOSTS, isHost, PLACES, type Place } from './place.ts';

/** The id of the machine of both hosts, or of host2 alone where host1 has one of its own. Its clock is that of the timelines. */
export const HOSTS_MACHINE = 'host';

/** Any other machine has the id of its place: `guest`. A word, since files are named by it. */
export const tracedMachineSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/)
  .describe("Each has a clock of its own; times are given on the host's.");
export type TracedMachine = string;

/** What the user calls a machine of a lab by: a place on it, or the id of that of the hosts. */
export const TRACEABLE = [GUEST, HOSTS_MACHINE, ...HOSTS] as const;
export type Traceable = (typeof TRACEABLE)[number];

/** The machine of a place among those of a trace. */
export function machineOfPlace(place: Place, machines: readonly TracedMachine[]): TracedMachine {
  return isHost(place) && !machines.includes(place) ? HOSTS_MACHINE : place;
}

/** Any machine that has no host is a guest. */
export function isGuestMachine(machine: TracedMachine): boolean {
  return machine !== HOSTS_MACHINE && !PLACES.some((place) => place === machine && isHost(place));
}

/** With the machine first whose clock is that of the timelines. */
export function referenceFirst(machines: readonly TracedMachine[]): TracedMachine[] {
  return machines.toSorted((a, b) => Number(b === HOSTS_MACHINE) - Number(a === HOSTS_MACHINE));
}
