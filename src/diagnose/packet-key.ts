// SPDX-License-Identifier: GPL-2.0-only
/** What makes two frames at two hops the same packet, and what may change between them. Pure. */
import { createHash } from 'node:crypto';
import { checksumOf, isMarked } from '../frame/checksum.ts';
import type { Internet } from '../frame/internet.ts';
import { type ParsedFrame, parseFrame } from '../frame/parse-frame.ts';
import type { Transport } from '../frame/transport.ts';
import type { CapturedFrame, ChecksumState } from '../model/capture.ts';

/** A frame with all that comparing asks of it. */
export interface SeenFrame {
  readonly frame: CapturedFrame;
  readonly parsed: ParsedFrame;
  readonly checksum: ChecksumState | null;
  /** null where the source of the frame has no marks. */
  readonly marked: boolean | null;
  /** Equal for the same packet, whatever its checksum, TTL, MAC addresses and tags. */
  readonly key: string;
  /** Equal where what it carries is the same, but for the checksum. */
  readonly content: string;
}

/** Less than captures keep of a frame: they cut it, and a tag that comes or goes moves the cut. */
const COMPARED_BYTES = 1024;

/** null: not even an Ethernet header. */
export function seenFrame(frame: CapturedFrame): SeenFrame | null {
  const parsed = parseFrame(frame.bytes, frame.length);
  if (parsed === null) return null;
  const content = contentOf(frame, parsed);
  return {
    frame,
    parsed,
    checksum: checksumOf(frame, parsed),
    marked: isMarked(frame),
    key: keyOf(parsed, content),
    content,
  };
}

/** The ends of a packet's conversation, in its own direction; "" for what has none. */
export function flowOf({ network, transport }: ParsedFrame): string {
  if (network === null || network.kind === 'arp') return '';
  const { source, destination, protocol } = network;
  return [source, destination, protocol, ...portsOf(transport)].join(' ');
}

function keyOf({ etherType, network, transport }: ParsedFrame, content: string): string {
  if (network === null) return `type ${etherType} ${content}`;
  if (network.kind === 'arp') {
    const { operation, senderAddress, targetAddress } = network;
    return `arp ${operation} ${senderAddress} ${targetAddress}`;
  }
  const { source, destination, protocol, id, dataBytes } = network;
  const parts = [source, destination, protocol, id ?? '-', dataBytes, ...numbersOf(transport)];
  return [...parts, hasOwnNumber(network, transport) ? '' : content].join(' ');
}

/** A packet without a number is told from others by its content: one whose content changed then counts as another. */
function hasOwnNumber({ id, fragment }: Internet, transport: Transport | null): boolean {
  if (fragment || transport === null) return false;
  if (transport.kind === 'udp') return id !== null && id !== 0;
  return transport.kind === 'tcp' || transport.sequence !== null;
}

function portsOf(transport: Transport | null): number[] {
  return transport?.kind === 'tcp' || transport?.kind === 'udp'
    ? [transport.sourcePort, transport.destinationPort]
    : [];
}

function numbersOf(transport: Transport | null): (number | string)[] {
  if (transport === null) return [];
  if (transport.kind === 'tcp')
    return [...portsOf(transport), transport.sequence, transport.acknowledgement, transport.flags];
  if (transport.kind === 'udp') return portsOf(transport);
  return [transport.type, transport.code, transport.id ?? '-', transport.sequence ?? '-'];
}

function contentOf({ bytes }: CapturedFrame, { network, transport, tags }: ParsedFrame): string {
  const from = network === null || network.kind === 'arp' ? 14 + 4 * tags.length : network.dataAt;
  const until = network === null || network.kind === 'arp' ? bytes.length : from + network.dataBytes;
  // A copy: slice() of a Buffer would be the frame itself.
  const content = Uint8Array.from(bytes.subarray(from, Math.min(until, from + COMPARED_BYTES)));
  if (transport?.kind === 'tcp' || transport?.kind === 'udp')
    content.fill(0, transport.checksumAt - from, transport.checksumAt - from + 2);
  return createHash('sha256').update(content).digest('base64');
}
