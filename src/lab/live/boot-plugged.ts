/** Boots the guest of an open lab with the NICs of all its paths plugged in at once. */

import type { HoplabError } from '../../model/errors.ts';
import type { Progress } from '../../model/progress.ts';
import { decideAccel } from '../../vmms/accel.ts';
import { planGuest } from './guest-parts.ts';
import { GuestSession, launcher } from './guest-session.ts';
import type { Lab } from './open.ts';

export interface BootOptions {
  /** A static busybox for a shell in the guest; null = none. */
  readonly busybox: string | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Booted {
  readonly session: GuestSession;
  /** Paths whose netdev or NIC failed, and why: they are not plugged, and the others are. */
  readonly failed: ReadonlyMap<string, HoplabError>;
}

export async function bootPlugged(lab: Lab, { busybox, progress, signal }: BootOptions): Promise<Booted> {
  const { spec, slots, paths } = lab.plan;
  const qemu = await planGuest(spec.guest, { name: spec.name, slots, signal, busybox });
  const accel =
    spec.guest.accel === 'auto'
      ? (await decideAccel({ plan: qemu, launch: launcher(lab, []), signal })).accel
      : spec.guest.accel;
  const session = await progress.step(`boot the guest (${accel})`, () =>
    GuestSession.boot(lab, { qemu: { ...qemu, accel }, number: 0, signal }),
  );
  try {
    const usable = paths.filter(
      ({ name, backendPlan }) => backendPlan.nic !== null && lab.attached.has(name) && !session.failed.has(name),
    );
    const slots = usable.map(({ name }) => name);
    const refused = await session.plug(slots, { fresh: true, signal });
    return { session, failed: new Map([...session.failed, ...refused]) };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}
