// SPDX-License-Identifier: GPL-2.0-only
/** What the bridge must do with a frame, written down a second time and in another way, to judge its program by. */
import { onesSum } from './hopbridge-frames.ts';

const TYPES = { ipv4: 0x0800, ipv6: 0x86dd, tag: 0x8100, serviceTag: 0x88a8 } as const;
const MAX_IPV6_OPTIONS = 4;

/** A TCP or UDP segment as its frame's own header has it. */
export interface FoundSegment {
  readonly start: number;
  /** May be behind the frame's end: then it was cut short. */
  readonly end: number;
  readonly field: number;
  readonly pseudo: number;
  readonly udp: boolean;
}

/** The segment of a frame with up to two tags; null if there is none whose checksum is the bridge's to know. */
export function findSegment(frame: Buffer): FoundSegment | null {
  let at = 14;
  for (let tags = 0; tags < 2 && isTag(word(frame, at - 2)); tags++) at += 4;
  const type = word(frame, at - 2);
  const found = type === TYPES.ipv4 ? inIpv4(frame, at) : type === TYPES.ipv6 ? inIpv6(frame, at) : null;
  if (found === null || found.start + found.field + 2 > frame.length) return null;
  return found;
}

function inIpv4(frame: Buffer, at: number): FoundSegment | null {
  if (frame.length < at + 20) return null;
  const header = (byte(frame, at) & 15) * 4;
  const total = word(frame, at + 2);
  const fragment = word(frame, at + 6) & 0x3fff;
  if (byte(frame, at) >> 4 !== 4 || header < 20 || total < header || fragment !== 0) return null;
  const addresses = frame.subarray(at + 12, at + 20);
  return segment({ start: at + header, length: total - header, protocol: byte(frame, at + 9), addresses });
}

function inIpv6(frame: Buffer, at: number): FoundSegment | null {
  if (frame.length < at + 40 || byte(frame, at) >> 4 !== 6) return null;
  let left = word(frame, at + 4);
  let protocol = byte(frame, at + 6);
  let start = at + 40;
  for (let i = 0; i < MAX_IPV6_OPTIONS && (protocol === 0 || protocol === 60); i++) {
    if (frame.length < start + 2) return null;
    const bytes = (byte(frame, start + 1) + 1) * 8;
    if (bytes > left) return null;
    protocol = byte(frame, start);
    start += bytes;
    left -= bytes;
  }
  return segment({ start, length: left, protocol, addresses: frame.subarray(at + 8, at + 40) });
}

function segment(one: { start: number; length: number; protocol: number; addresses: Buffer }): FoundSegment | null {
  const { start, length, protocol, addresses } = one;
  const udp = protocol === 17;
  if ((!udp && protocol !== 6) || length < (udp ? 8 : 20)) return null;
  const pseudo = onesSum(Buffer.from(addresses), protocol + length);
  return { start, end: start + length, field: udp ? 6 : 16, pseudo, udp };
}

/** The frame with its checksum completed, if it was exactly partial. */
export function complete(frame: Buffer): Buffer {
  const found = findSegment(frame);
  if (found === null || found.end > frame.length) return frame;
  const { start, end, field, pseudo, udp } = found;
  if (word(frame, start + field) !== pseudo) return frame;
  const zeroed = Buffer.from(frame.subarray(start, end));
  zeroed.writeUInt16BE(0, field);
  const check = ~onesSum(zeroed, pseudo) & 0xffff;
  const out = Buffer.from(frame);
  out.writeUInt16BE(check === 0 && udp ? 0xffff : check, start + field);
  return out;
}

/** Whether a receiver would accept the checksum; null where there is none to judge. */
export function isRightChecksum(frame: Buffer): boolean | null {
  const found = findSegment(frame);
  if (found === null || found.end > frame.length) return null;
  const { start, end, field, pseudo, udp } = found;
  if (udp && word(frame, start + field) === 0) return null;
  return onesSum(Buffer.from(frame.subarray(start, end)), pseudo) === 0xffff;
}

export interface PortVlans {
  /** VLAN of untagged frames; null = none are taken. */
  readonly pvid: number | null;
  /** VLANs that may come tagged. */
  readonly tagged: (vlan: number) => boolean;
}

/** The VLAN of a frame on a port; null if it is not for that port. */
export function vlanOf(frame: Buffer, port: PortVlans): number | null {
  const vlan = isTagged(frame) ? word(frame, 14) & 0xfff : 0;
  if (vlan === 0) return port.pvid;
  return vlan === 0xfff || !port.tagged(vlan) ? null : vlan;
}

/** The frame as it leaves by a port that carries its VLAN. */
export function retagged(frame: Buffer, vlan: number, port: PortVlans): Buffer {
  const tagged = isTagged(frame);
  const bare = tagged ? Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]) : frame;
  if (vlan === port.pvid) return bare;
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(TYPES.tag);
  tag.writeUInt16BE((tagged ? word(frame, 14) & 0xf000 : 0) | vlan, 2);
  return Buffer.concat([bare.subarray(0, 12), tag, bare.subarray(12)]);
}

export function isTagged(frame: Buffer): boolean {
  return word(frame, 12) === TYPES.tag;
}

function isTag(type: number): boolean {
  return type === TYPES.tag || type === TYPES.serviceTag;
}

/** Behind the end are zeros: a type that is not there is no known one. */
function word(frame: Buffer, at: number): number {
  return (byte(frame, at) << 8) | byte(frame, at + 1);
}

function byte(frame: Buffer, at: number): number {
  return frame[at] ?? 0;
}
