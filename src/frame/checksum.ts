// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the TCP or UDP checksum of a frame holds (RFC 9293 3.1, RFC 768, RFC 8200 8.1; arithmetic of RFC 1071).
 *
 * A sender that leaves the checksum to its device writes the folded sum of the pseudo-header into the field, not
 * complemented, and marks the frame: a *partial* checksum. Partial and marked is healthy inside a kernel; partial
 * without the mark is a frame that nobody will complete, and that its receiver drops.
 */
import type { CapturedFrame, ChecksumState } from '../model/capture.ts';
import type { Internet } from './internet.ts';
import { type ParsedFrame, parseFrame } from './parse-frame.ts';
import type { Tcp, Udp } from './transport.ts';

/**
 * null: no TCP or UDP, a fragment, or so cut that the sum cannot be taken. A cut frame's partial checksum can still be
 * told, as it depends on the headers alone. UDP's 0 is `absent`, in IPv6 too, which allows it for tunnels alone.
 */
export function checksumState(frame: CapturedFrame): ChecksumState | null {
  const parsed = parseFrame(frame.bytes, frame.length);
  return parsed === null ? null : checksumOf(frame, parsed);
}

/** The same for a frame that is parsed already. */
export function checksumOf(frame: CapturedFrame, { network, transport }: ParsedFrame): ChecksumState | null {
  if (network === null || network.kind === 'arp' || network.fragment || network.rerouted) return null;
  if (transport?.kind !== 'tcp' && transport?.kind !== 'udp') return null;
  if (transport.kind === 'udp' && transport.checksum === 0) return 'absent';
  const segment = segmentOf(network, transport);
  const pseudo = pseudoSum(frame.bytes, network, segment.bytes);
  const partial = same(transport.checksum, pseudo);
  // Of the rare frame whose field is right both ways the mark tells which is meant.
  if (partial && frame.offload?.needsChecksum === true) return 'partial';
  const end = segment.at + segment.bytes;
  if (end > frame.bytes.length) return partial ? 'partial' : null;
  if (onesSum(frame.bytes, { from: segment.at, to: end, start: pseudo }) === 0xffff) return 'complete';
  return partial ? 'partial' : 'wrong';
}

/** Whether the field holds the pseudo-header's sum alone, of bytes that no capture tells more about. */
export function isPartial(bytes: Uint8Array, length: number = bytes.length): boolean {
  return checksumState({ bytes, length, timeNs: 0n, outgoing: false, offload: null }) === 'partial';
}

/** Whether the frame carries the mark of a partial checksum; null where its source has no such mark. */
export function isMarked({ offload }: CapturedFrame): boolean | null {
  return offload === null ? null : offload.needsChecksum;
}

/** What the checksum covers: for UDP what its own length says. */
function segmentOf(network: Internet, transport: Tcp | Udp): { readonly at: number; readonly bytes: number } {
  const at = network.dataAt;
  return { at, bytes: transport.payloadAt + transport.payloadBytes - at };
}

function pseudoSum(bytes: Uint8Array, { kind, headerAt, protocol }: Internet, segmentBytes: number): number {
  const [from, to] = kind === 'ipv4' ? [headerAt + 12, headerAt + 20] : [headerAt + 8, headerAt + 40];
  return onesSum(bytes, { from, to, start: protocol + (segmentBytes & 0xffff) + (segmentBytes >>> 16) });
}

/** Ones' complement sum of 16-bit words, folded; an odd last byte is the upper half of its word. */
function onesSum(
  bytes: Uint8Array,
  { from, to, start }: { readonly from: number; readonly to: number; readonly start: number },
): number {
  let sum = start;
  for (let at = from; at < to; at += 2) sum += ((bytes[at] ?? 0) << 8) | (at + 1 < to ? (bytes[at + 1] ?? 0) : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** 0 and 0xffff are the same number in ones' complement. */
function same(a: number, b: number): boolean {
  return a % 0xffff === b % 0xffff;
}
