// SPDX-License-Identifier: GPL-2.0-only
/** Boots the guest of an open lab with the NICs of all its paths plugged in at once. */

import type { HoplabError } from '../../model/errors.ts';
import { GUEST } from '../../model/place.ts';
import { hasGuest } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import { decideAccel } from '../../vmms/accel.ts';
import { vmmOf } from '../../vmms/index.ts';
import { launcher } from './guest-life.ts';
import { planGuest } from './guest-parts.ts';
import { GuestSession } from './guest-session.ts';
import type { Lab } from './open.ts';

export interface BootOptions {
  /** A static busybox for a shell in the guest; null = none. */
  readonly busybox: string | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Booted {
  readonly session: GuestSession;
  /** Paths whose attachment or NIC failed, and why: they are not plugged, and the others are. */
  readonly failed: ReadonlyMap<string, HoplabError>;
}

export async function bootPlugged(lab: Lab, { busybox, progress, signal }: BootOptions): Promise<Booted> {
  const { spec, slots, paths } = lab.plan;
  const plan = await planGuest(spec.guest, { name: spec.name, slots, paths, signal, busybox });
  const { accel } = spec.guest;
  const accelerated =
    accel === 'auto'
      ? (await decideAccel({ vmm: vmmOf(spec.guest.vmm), plan, launch: launcher(lab, GUEST, []), signal })).plan
      : { ...plan, accel };
  const attached = paths.filter((path) => hasGuest(path) && lab.attached.has(path.name)).map(({ name }) => name);
  const session = await progress.step(`boot the guest (${accelerated.accel})`, () =>
    GuestSession.boot(lab, { place: GUEST, plan: accelerated, number: 0, first: attached, signal }),
  );
  try {
    const usable = attached.filter((name) => !session.failed.has(name));
    const refused = await session.plug(usable, { fresh: true, signal });
    return { session, failed: new Map([...session.failed, ...refused]) };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}
