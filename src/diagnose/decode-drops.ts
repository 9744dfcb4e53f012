// SPDX-License-Identifier: GPL-2.0-only
/** Decodes what hoplab-drops counted: frames that the kernel dropped, by its own reason, and those that XDP lost. */

import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { describeFrame } from '../frame/describe-frame.ts';
import { ETHER_TYPES, parseFrame } from '../frame/parse-frame.ts';
import { HoplabError } from '../model/errors.ts';
import type { DropCount, XdpLoss } from '../model/evidence.ts';
import type { Place } from '../model/place.ts';
import type { EvidenceSource } from '../model/source.ts';

const DROPS_VERSION = 1;
/** Where the kernel tells why it lets a frame go. */
export const DROPS_TRACEPOINT = 'skb:kfree_skb';

const natural = z.number().int().nonnegative();
const device = { netns: z.string(), ifindex: natural, device: z.string() };

const document = z.object({
  version: z.literal(DROPS_VERSION),
  drops: z.array(
    z.object({
      ...device,
      reason: z.string().min(1),
      protocol: natural,
      ipProtocol: natural,
      port: natural,
      frames: natural,
      /** The first frame's checksum was yet to be completed. */
      marked: z.boolean(),
      headAt: z.enum(['link', 'network']),
      head: z.string().regex(/^([0-9a-f]{2})*$/),
    }),
  ),
  xdp: z.array(z.object({ ...device, tracepoint: z.string(), reason: z.string(), frames: natural })),
  /** Frames of kinds that found no room among 4096. */
  uncounted: natural,
  sources: z.array(z.object({ tracepoint: z.string(), why: z.string() })),
});

export interface DecodedDrops {
  /** The most frames first. */
  readonly drops: readonly DropCount[];
  /** Frames that were let go without a reason: on kernels before 6.8 many of these are no losses. */
  readonly unspecified: readonly DropCount[];
  readonly xdp: readonly XdpLoss[];
  readonly sources: readonly EvidenceSource[];
}

export interface WatchedNetns {
  readonly path: string;
  readonly place: Place;
}

/** Pure. No namespaces: the tool's own, which is the guest's only one. */
export function planDrops(netns: readonly WatchedNetns[]): string {
  return [...netns.map(({ path, place }) => `netns ${path} ${place}`), 'go', ''].join('\n');
}

/** `places` are those of the plan; the first is where the tool ran. Throws EVIDENCE_CORRUPT. */
export function decodeDrops(output: Uint8Array, places: readonly [Place, ...Place[]]): DecodedDrops {
  const { drops: counted, xdp, uncounted, sources } = parse(output);
  const [own] = places;
  const placeOf = (netns: string): Place => {
    const found = netns === '-' ? own : places.find((place) => place === netns);
    if (found === undefined) throw corrupt(`counts of ${JSON.stringify(netns)}, which was not asked for`);
    return found;
  };
  const drops = counted
    .map((drop): DropCount => {
      const { netns, reason, device: name, protocol, ipProtocol, port, frames } = drop;
      const example = exampleText(drop);
      const kind = protocolName(protocol, ipProtocol);
      return { place: placeOf(netns), reason, device: name, protocol: kind, port, frames, example };
    })
    .sort((a, b) => b.frames - a.frames || (a.reason < b.reason ? -1 : 1));
  const isSpecified = ({ reason }: DropCount) => reason !== 'NOT_SPECIFIED';
  return {
    drops: drops.filter(isSpecified),
    unspecified: drops.filter((drop) => !isSpecified(drop)),
    xdp: xdp.map(({ netns, device: name, tracepoint, reason, frames }) => ({
      place: placeOf(netns),
      device: name,
      tracepoint,
      reason,
      frames,
    })),
    sources: [
      ...sources.map(({ tracepoint, why }): EvidenceSource => {
        const kind = tracepoint === DROPS_TRACEPOINT ? 'drops' : 'xdp';
        return { kind, places, of: tracepoint, device: null, used: why === '', why };
      }),
      ...(uncounted === 0 ? [] : [notCounted(uncounted, places)]),
    ],
  };
}

function notCounted(frames: number, places: readonly Place[]): EvidenceSource {
  const why = `${frames} frames of too many kinds were not counted`;
  return { kind: 'uncounted', places, of: null, device: null, used: false, why };
}

const ETHERNET_BYTES = 14;

/** A frame whose Ethernet header was gone already gets one of zeroes. */
function exampleText({ head, headAt, protocol, marked }: z.infer<typeof document>['drops'][number]): string {
  if (head === '') return '';
  const link = Buffer.alloc(headAt === 'link' ? 0 : ETHERNET_BYTES);
  if (headAt === 'network') link.writeUInt16BE(protocol & 0xffff, ETHERNET_BYTES - 2);
  const bytes = Buffer.concat([link, Buffer.from(head, 'hex')]);
  const offload = { needsChecksum: marked, dataValid: false, gsoBytes: 0 };
  return describeFrame({ timeNs: 0n, outgoing: false, length: lengthOf(bytes), bytes, offload });
}

/** The frame's length by its own headers: fewer bytes were kept. */
function lengthOf(bytes: Buffer): number {
  const network = parseFrame(bytes, MAX_FRAME_BYTES)?.network;
  if (network === undefined || network === null || network.kind === 'arp') return bytes.length;
  return Math.min(MAX_FRAME_BYTES, network.dataAt + network.dataBytes);
}

const MAX_FRAME_BYTES = 1 << 18;

const IP_PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 2: 'IGMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

/** "TCP", "IPv6/UDP", "ARP", "0x88cc"; "" where the frame had no protocol yet. */
function protocolName(protocol: number, ipProtocol: number): string {
  const inside = IP_PROTOCOLS[ipProtocol] ?? `IP protocol ${ipProtocol}`;
  switch (protocol) {
    case 0:
      return '';
    case ETHER_TYPES.arp:
      return 'ARP';
    case ETHER_TYPES.ipv4:
      return inside;
    case ETHER_TYPES.ipv6:
      return `IPv6/${inside}`;
    default:
      return `0x${protocol.toString(16).padStart(4, '0')}`;
  }
}

function parse(output: Uint8Array): z.infer<typeof document> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(output).toString('utf8'));
  } catch (cause) {
    throw corrupt(`it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const result = document.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw corrupt(`${issue?.path.join('.') || 'document'}: ${issue?.message}`);
}

function corrupt(what: string): HoplabError {
  return new HoplabError({
    code: 'EVIDENCE_CORRUPT',
    message: `decode the counts of dropped frames: ${what}`,
    hint: 'hoplab setup builds the tools anew; then run hoplab diagnose again',
  });
}
