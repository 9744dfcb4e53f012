// SPDX-License-Identifier: GPL-2.0-only
/** A guest of a live lab, as those see it who measure, trace and diagnose. `GuestSession` is the one that boots and plugs. */
import type { MachineClock } from '../../machines/machine-clock.ts';
import type { Place } from '../../model/place.ts';
import type { PlannedBlock } from '../../model/plan.ts';
import type { Guest } from '../../vmms/boot.ts';
import type { Packets } from './counters.ts';
import type { ScheduledGuest } from './schedule-guest.ts';

export interface LiveGuest {
  /** As it runs now: another one after each draw, where a draw is a boot. */
  readonly guest: Guest;
  readonly clock: MachineClock;
  /** How the VMM's threads are scheduled, and what was refused to them. */
  readonly scheduled: ScheduledGuest;
  /** Its NICs that are plugged in. */
  readonly nics: readonly PluggedNic[];
  /** Packet counters of these NICs, keyed as the proof of paths looks them up. */
  counters(signal: AbortSignal): Promise<[string, Packets][]>;
}

export interface PluggedNic {
  readonly path: string;
  readonly mac: string;
  /** The interface's name in the guest. */
  readonly device: string;
}

/** The guests that run, by their places. */
export type Guests = ReadonlyMap<Place, LiveGuest>;

/** The guests that a block is about: a block between hosts has none, whatever runs beside it. */
export function guestsOf(guests: Guests, { slots }: Pick<PlannedBlock, 'slots'>): Guests {
  return slots.length === 0 ? new Map() : guests;
}
