// SPDX-License-Identifier: GPL-2.0-only
/** Where packets ended and where their bytes changed, over all that was captured on a path, in a line each. Pure. */
import type { HopCapture } from '../model/capture.ts';
import { changedBetween, type TracedPacket, tracePackets, vanishedBetween } from './compare-hops.ts';

/** "5 packets end between tap (t-nf) and wire, near end (w-nf), the first: 10.99.6.3 > ...", the most first. */
export function tracedLosses(captures: readonly HopCapture[]): string[] {
  const lost = new Map<string, { count: number; readonly text: string; readonly where: string }>();
  for (const packet of tracePackets(captures)) {
    if (isForMany(packet)) continue;
    for (const where of faultsOf(packet)) {
      const known = lost.get(where) ?? { count: 0, text: packet.text, where };
      lost.set(where, { ...known, count: known.count + 1 });
    }
  }
  return [...lost.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ count, text, where }) => `${count} packet${count === 1 ? '' : 's'} ${where}, the first: ${text}`);
}

function faultsOf(packet: TracedPacket): string[] {
  const between = vanishedBetween(packet);
  const vanished =
    between === null ? [] : [`not seen again between ${hopOf(between.after)} and ${hopOf(between.before)}`];
  const changed = changedBetween(packet)
    .filter(({ what }) => what.includes('bytes'))
    .map(({ from, to }) => `changed between ${hopOf(from)} and ${hopOf(to)}`);
  return [...vanished, ...changed];
}

/** Broadcast and multicast end at many places, each of them rightly. */
function isForMany({ sightings }: TracedPacket): boolean {
  const seen = sightings.find((each) => each.seen !== null)?.seen;
  return seen !== undefined && seen !== null && (Number.parseInt(seen.parsed.to.slice(0, 2), 16) & 1) === 1;
}

function hopOf({ hop, device }: HopCapture): string {
  return `${hop} (${device})`;
}
