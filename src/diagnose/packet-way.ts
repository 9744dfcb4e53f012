// SPDX-License-Identifier: GPL-2.0-only
/** Which way a packet goes over the hops of a path. Pure. */

import type { ParsedFrame } from '../frame/parse-frame.ts';
import type { HopCapture } from '../model/capture.ts';
import { HOST1 } from '../model/place.ts';
import type { SeenFrame } from './packet-key.ts';

export type Way = 'forward' | 'back';

interface FramesAtHop {
  readonly hop: HopCapture;
  readonly frames: readonly SeenFrame[];
}

/**
 * Forward is from the guest to host1. At their own devices the direction of a frame tells. For a packet that only host2 saw,
 * other packets between the same two addresses tell; else the times at two hops, which are of one clock.
 */
export function wayFinder(hops: readonly FramesAtHop[]): (found: readonly (SeenFrame | null)[]) => Way {
  const known = new Map<string, Way>();
  for (const { hop, frames } of hops)
    for (const seen of frames) {
      const way = byDevice(hop, seen);
      if (way !== null) known.set(endsOf(seen.parsed), way);
    }
  return (found) => {
    const sightings = found.flatMap((seen, index) => {
      const hop = hops[index]?.hop;
      return seen === null || hop === undefined ? [] : [{ seen, hop }];
    });
    for (const { seen, hop } of sightings) {
      const way = byDevice(hop, seen) ?? known.get(endsOf(seen.parsed));
      if (way !== undefined) return way;
    }
    const inHosts = sightings.filter(({ hop }) => hop.place !== 'guest');
    const [first, last] = [inHosts[0], inHosts.at(-1)];
    return first !== undefined && last !== undefined && first.seen.frame.timeNs > last.seen.frame.timeNs
      ? 'back'
      : 'forward';
  };
}

function byDevice({ place }: HopCapture, { frame: { outgoing } }: SeenFrame): Way | null {
  if (place === 'guest') return outgoing ? 'forward' : 'back';
  if (place === HOST1) return outgoing ? 'back' : 'forward';
  return null;
}

function endsOf({ network, from, to }: ParsedFrame): string {
  if (network === null) return `${from} ${to}`;
  return network.kind === 'arp'
    ? `${network.senderAddress} ${network.targetAddress}`
    : `${network.source} ${network.destination}`;
}
