// SPDX-License-Identifier: GPL-2.0-only
/** IPv6 on both ends of a path for the time of a climb: labs switch it off, so that nothing disturbs a measurement. */
import { ladderAddress6 } from '../../diagnose/ladder.ts';
import { HoplabError } from '../../model/errors.ts';
import { isHost } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import { expiresAfter } from '../../system/deadline.ts';
import type { Scope } from '../../system/scope.ts';
import { guestAt, type Lab, runAt } from '../live/open.ts';
import type { PathDevice } from './ladder-devices.ts';

const PREFIX = 64;
const UNDO_MS = 5000;

export interface Ipv6Request {
  readonly lab: Lab;
  readonly path: PathPlan;
  /** Switches it off again. */
  readonly scope: Scope;
  readonly signal: AbortSignal;
}

/** Gives both ends their addresses; why it cannot be had, or null. */
export async function enableIpv6(ends: readonly PathDevice[], request: Ipv6Request): Promise<string | null> {
  for (const end of ends) {
    if (end.device === null) return `no device of ${end.place} is known`;
    try {
      await (isHost(end.place) ? enableInHost(end, end.device, request) : enableInGuest(end, end.device, request));
    } catch (error) {
      request.signal.throwIfAborted();
      if (!(error instanceof HoplabError)) throw error;
      return `no IPv6 in ${end.place}: ${error.message}`;
    }
  }
  return null;
}

/** Written before the address: without duplicate detection it can be used at once, and nobody else has it. */
function settings(device: string, off: 0 | 1): readonly (readonly [string, number])[] {
  // Slashes: a device's name may hold a dot.
  const of = (key: string) => `net/ipv6/conf/${device}/${key}`;
  return off === 1
    ? [[of('disable_ipv6'), 1]]
    : [
        [of('accept_dad'), 0],
        [of('accept_ra'), 0],
        [of('disable_ipv6'), 0],
      ];
}

async function enableInHost(end: PathDevice, device: string, { lab, path, scope, signal }: Ipv6Request): Promise<void> {
  const { place } = end;
  const write = (off: 0 | 1) => [
    ...['sysctl', '-q', '-w'],
    ...settings(device, off).map(([key, value]) => `${key}=${value}`),
  ];
  scope.defer(`switch IPv6 off on ${device} of ${place}`, () =>
    runAt(lab, place, write(1), expiresAfter(UNDO_MS)).catch(goneIsOff),
  );
  await runAt(lab, place, write(0), signal);
  const address = `${ladderAddress6(path.index, place)}/${PREFIX}`;
  await runAt(lab, place, ['ip', 'address', 'replace', address, 'dev', device, 'nodad'], signal);
}

/** Switching it off takes the address away. */
async function enableInGuest(
  { place }: PathDevice,
  device: string,
  { lab, path, scope, signal }: Ipv6Request,
): Promise<void> {
  const { agent } = guestAt(lab, place).guest;
  const write = async (off: 0 | 1, within: AbortSignal) => {
    for (const [key, value] of settings(device, off)) await agent.sysctl(key, value, { signal: within });
  };
  scope.defer(`switch IPv6 off on ${device} of ${place}`, () => write(1, expiresAfter(UNDO_MS)).catch(goneIsOff));
  await write(0, signal);
  await agent.addAddress(device, `${ladderAddress6(path.index, place)}/${PREFIX}`, { signal });
}

/** A device or a guest that went away under the climb took its addresses along. */
function goneIsOff(error: unknown): void {
  if (!(error instanceof HoplabError)) throw error;
}
