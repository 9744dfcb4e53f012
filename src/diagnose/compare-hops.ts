// SPDX-License-Identifier: GPL-2.0-only
/** Follows packets over the hops of a path: where each was seen, where it vanished, and what changed on its way. Pure. */

import { describeFrame } from '../frame/describe-frame.ts';
import type { HopCapture } from '../model/capture.ts';
import { flowOf, type SeenFrame, seenFrame } from './packet-key.ts';
import { wayFinder } from './packet-way.ts';

interface Sighting extends SeenFrame {
  readonly hop: HopCapture;
  /** Seen as several segments, or within a frame that is yet to be cut. */
  readonly regrouped: boolean;
}

export interface TracedPacket {
  /** Its first sighting in a line. */
  readonly text: string;
  /** forward: from the first hop to the last. */
  readonly way: 'forward' | 'back';
  /** One a hop, in the order of the packet's own way. */
  readonly sightings: readonly HopSighting[];
}

interface HopSighting {
  readonly hop: HopCapture;
  /** null = not seen there. */
  readonly seen: Sighting | null;
  /**
   * Some packet passed this hop unseen, as under native XDP, or its capture was too small. That a packet was not seen here
   * then says nothing.
   */
  readonly blind: boolean;
}

/** Every packet of the captures, which are in the order of the way of a request. */
export function tracePackets(captures: readonly HopCapture[]): TracedPacket[] {
  const hops = captures.map(readHop);
  const wayOf = wayFinder(captures.map((hop, index) => ({ hop, frames: hops[index]?.frames ?? [] })));
  const traced: Unjudged[] = [];
  for (const { key, number } of instances(hops)) {
    const found = hops.map(({ byKey }) => byKey.get(key)?.[number] ?? null);
    const first = found.find((seen) => seen !== null);
    if (first === undefined || first === null) continue;
    const way = wayOf(found);
    const along = hops.map((hop, index) => ({
      hop: hop.capture,
      seen: sightingAt(hop, found[index] ?? null, first),
    }));
    const sightings = way === 'forward' ? along : along.toReversed();
    const start = sightings.find(({ seen }) => seen !== null)?.seen;
    // A segment of a frame that was cut later than here: that frame is listed itself.
    if (start === null || start === undefined || start.regrouped) continue;
    traced.push({ text: describeFrame(start.frame), way, sightings });
  }
  // What a capture lost may have been any of them.
  const short = captures.filter(({ lost }) => lost > 0);
  const blind = new Set([...short, ...traced.flatMap(({ sightings }) => passedUnseen(sightings))]);
  return traced.map(({ sightings, ...packet }) => ({
    ...packet,
    sightings: sightings.map((each) => ({ ...each, blind: blind.has(each.hop) })),
  }));
}

interface Unjudged extends Omit<TracedPacket, 'sightings'> {
  readonly sightings: readonly Omit<HopSighting, 'blind'>[];
}

/** Hops between two that saw the packet. */
function passedUnseen(sightings: Unjudged['sightings']): HopCapture[] {
  const first = sightings.findIndex(({ seen }) => seen !== null);
  const last = sightings.findLastIndex(({ seen }) => seen !== null);
  return sightings.slice(first, last).flatMap(({ hop, seen }) => (seen === null ? [hop] : []));
}

/**
 * Between which two hops a packet was lost; blind hops are left out. null = it was seen at the last hop that is not blind.
 * A NAT or a proxy such as slirp or passt sends packets of its own: every packet ends there.
 */
export function vanishedBetween({ sightings }: TracedPacket): { after: HopCapture; before: HopCapture } | null {
  const last = sightings.findLastIndex(({ seen }) => seen !== null);
  const after = sightings[last]?.hop;
  const before = sightings.slice(last + 1).find(({ blind }) => !blind)?.hop;
  return after === undefined || before === undefined ? null : { after, before };
}

/** mark: that of a partial checksum. bytes: what the packet carries, but for its checksum. */
type Change = 'checksum' | 'mark' | 'bytes' | 'tags' | 'macs' | 'ttl' | 'regrouped';

export interface HopChange {
  readonly from: HopCapture;
  readonly to: HopCapture;
  readonly what: readonly Change[];
}

/** What changed between one sighting and the next; nothing is listed where nothing did. */
export function changedBetween({ sightings }: TracedPacket): HopChange[] {
  const seen = sightings.flatMap((each) => each.seen ?? []);
  return seen.slice(1).flatMap((to, index) => {
    const from = seen[index];
    const what = from === undefined ? [] : changes(from, to);
    return from === undefined || what.length === 0 ? [] : [{ from: from.hop, to: to.hop, what }];
  });
}

export interface RepeatedPartial {
  readonly hop: HopCapture;
  readonly protocol: 'tcp' | 'udp';
  readonly checksum: number;
  /** All that have it, and of how many contents: two or more. */
  readonly frames: number;
  readonly contents: number;
  /** The first of them in a line. */
  readonly text: string;
}

/**
 * Segments of different contents with the very same partial checksum, and no mark: the tell-tale of checksums that nobody
 * completed. The sum of the pseudo-header depends on addresses and length alone, so a SYN, its retransmission and
 * another connection's SYN have one checksum, where right ones would differ.
 */
export function repeatedPartial(captures: readonly HopCapture[]): RepeatedPartial[] {
  return captures.flatMap((hop) => {
    const unmarked = readHop(hop).frames.filter(({ checksum, marked }) => checksum === 'partial' && marked !== true);
    return [...groupBy(unmarked, pseudoHeaderOf).values()].flatMap((group) => {
      const [first] = group;
      const transport = first?.parsed.transport;
      const contents = new Set(group.map(({ content }) => content)).size;
      if (first === undefined || contents < 2 || (transport?.kind !== 'tcp' && transport?.kind !== 'udp')) return [];
      const { kind: protocol, checksum } = transport;
      return [{ hop, protocol, checksum, frames: group.length, contents, text: describeFrame(first.frame) }];
    });
  });
}

/** What the partial checksum is the sum of. */
function pseudoHeaderOf({ parsed: { network } }: SeenFrame): string {
  if (network === null || network.kind === 'arp') return '';
  const { source, destination, protocol, dataBytes } = network;
  return `${source} ${destination} ${protocol} ${dataBytes}`;
}

interface ReadHop {
  readonly capture: HopCapture;
  readonly frames: readonly SeenFrame[];
  readonly byKey: ReadonlyMap<string, readonly SeenFrame[]>;
  readonly byFlow: ReadonlyMap<string, readonly SeenFrame[]>;
}

function readHop(capture: HopCapture): ReadHop {
  const frames = capture.frames.flatMap((frame) => seenFrame(frame) ?? []);
  return {
    capture,
    frames,
    byKey: groupBy(frames, ({ key }) => key),
    byFlow: groupBy(frames, ({ parsed }) => flowOf(parsed)),
  };
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** A packet that is seen n times at some hop is n packets: the nth there is the nth everywhere. */
function instances(hops: readonly ReadHop[]): { key: string; number: number }[] {
  const counts = new Map<string, number>();
  for (const { byKey } of hops)
    for (const [key, frames] of byKey) counts.set(key, Math.max(frames.length, counts.get(key) ?? 0));
  return [...counts].flatMap(([key, count]) => Array.from({ length: count }, (_, number) => ({ key, number })));
}

function sightingAt({ capture, byFlow }: ReadHop, exact: SeenFrame | null, like: SeenFrame): Sighting | null {
  if (exact !== null) return { ...exact, hop: capture, regrouped: false };
  const cover = coverOf(byFlow.get(flowOf(like.parsed)) ?? [], like);
  return cover === null ? null : { ...cover, hop: capture, regrouped: true };
}

/** The first of the frames that together carry a segment's data; null = they do not, or it has none. */
function coverOf(frames: readonly SeenFrame[], { parsed: { transport } }: SeenFrame): SeenFrame | null {
  if (transport?.kind !== 'tcp' || transport.payloadBytes === 0) return null;
  const parts = frames
    .flatMap((seen) => {
      const part = seen.parsed.transport;
      if (part?.kind !== 'tcp' || part.payloadBytes === 0) return [];
      // Sequence numbers wrap: the signed distance to this segment's.
      const from = (part.sequence - transport.sequence) | 0;
      return [{ seen, from, to: from + part.payloadBytes }];
    })
    .filter(({ from, to }) => to > 0 && from < transport.payloadBytes)
    .sort((a, b) => a.from - b.from);
  let reached = 0;
  for (const { from, to } of parts) if (from <= reached) reached = Math.max(reached, to);
  return reached >= transport.payloadBytes ? (parts[0]?.seen ?? null) : null;
}

function changes(from: Sighting, to: Sighting): Change[] {
  if (from.regrouped || to.regrouped) {
    const what: Change[] = from.regrouped === to.regrouped ? [] : ['regrouped'];
    return from.checksum === to.checksum ? what : [...what, 'checksum'];
  }
  const compared: readonly (readonly [Change, unknown, unknown])[] = [
    ['checksum', `${from.checksum} ${fieldOf(from)}`, `${to.checksum} ${fieldOf(to)}`],
    ['mark', from.marked ?? to.marked, to.marked ?? from.marked],
    ['bytes', from.content, to.content],
    ['tags', JSON.stringify(from.parsed.tags), JSON.stringify(to.parsed.tags)],
    ['macs', `${from.parsed.from} ${from.parsed.to}`, `${to.parsed.from} ${to.parsed.to}`],
    ['ttl', ttlOf(from), ttlOf(to)],
  ];
  return compared.filter(([, a, b]) => a !== b).map(([what]) => what);
}

function fieldOf({ parsed: { transport } }: Sighting): number | null {
  return transport?.kind === 'tcp' || transport?.kind === 'udp' ? transport.checksum : null;
}

function ttlOf({ parsed: { network } }: Sighting): number | null {
  return network === null || network.kind === 'arp' ? null : network.ttl;
}
