// SPDX-License-Identifier: GPL-2.0-only
/** Frames for the bridge's tests, and the checksum arithmetic that its data path is judged by (RFC 1071, 793, 768, 8200). */

export interface Tag {
  readonly vlan: number;
  readonly priority?: number;
}

export interface Segment {
  readonly version: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  readonly payload: Buffer;
  readonly tag?: Tag;
  /** Bytes behind the packet, as an Ethernet device pads short frames. */
  readonly padding?: number;
  /** IPv4 options or an IPv6 hop-by-hop header, in units of 8 bytes. */
  readonly options?: number;
}

/** A built frame, and where its parts are. */
export interface BuiltFrame {
  readonly bytes: Buffer;
  readonly segmentAt: number;
  readonly segmentEnd: number;
  /** Offset of the checksum within the segment. */
  readonly field: 16 | 6;
  readonly pseudo: number;
}

export function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

export function ethernet(
  to: string,
  from: string,
  options: { tag?: Tag; payload?: Buffer; type?: number } = {},
): Buffer {
  const { tag, payload = Buffer.alloc(46, 0x5a), type = 0x88b5 } = options;
  return Buffer.concat([mac(to), mac(from), tag === undefined ? Buffer.alloc(0) : tagBytes(tag), word(type), payload]);
}

function tagBytes({ vlan, priority = 0 }: Tag): Buffer {
  return Buffer.concat([word(0x8100), word((priority << 13) | vlan)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** Ones' complement sum of 16-bit words, folded. */
export function onesSum(bytes: Buffer, start = 0): number {
  let sum = start;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** A TCP or UDP frame whose checksum field is 0. */
export function buildSegment(to: string, from: string, segment: Segment): BuiltFrame {
  const { version, protocol, payload, tag, padding = 0, options = 0 } = segment;
  const number = protocol === 'tcp' ? 6 : 17;
  const head = Buffer.alloc(protocol === 'tcp' ? 20 : 8);
  head.writeUInt16BE(40000, 0);
  head.writeUInt16BE(5201, 2);
  if (protocol === 'tcp') {
    head.writeUInt32BE(0x01020304, 4);
    head[12] = 0x50;
    head[13] = 0x18;
    head.writeUInt16BE(0x7fff, 14);
  } else {
    head.writeUInt16BE(8 + payload.length, 4);
  }
  const data = Buffer.concat([head, payload]);
  const { header, addresses } = version === 4 ? ipv4(number, data.length, options) : ipv6(number, data.length, options);
  const type = version === 4 ? 0x0800 : 0x86dd;
  const packet = Buffer.concat([header, data, Buffer.alloc(padding, 0xee)]);
  const bytes = ethernet(to, from, { payload: packet, type, ...(tag === undefined ? {} : { tag }) });
  const segmentAt = 14 + (tag === undefined ? 0 : 4) + header.length;
  return {
    bytes,
    segmentAt,
    segmentEnd: segmentAt + data.length,
    field: protocol === 'tcp' ? 16 : 6,
    pseudo: onesSum(addresses, number + data.length),
  };
}

function ipv4(protocol: number, bytes: number, options: number): { header: Buffer; addresses: Buffer } {
  const header = Buffer.alloc(20 + options * 8, 1);
  header.fill(0, 0, 20);
  header[0] = 0x40 | (header.length / 4);
  header.writeUInt16BE(header.length + bytes, 2);
  header[8] = 64;
  header[9] = protocol;
  header.set([10, 1, 2, 3, 10, 200, 100, 50], 12);
  header.writeUInt16BE(~onesSum(header) & 0xffff, 10);
  return { header, addresses: header.subarray(12, 20) };
}

function ipv6(protocol: number, bytes: number, options: number): { header: Buffer; addresses: Buffer } {
  const fixed = Buffer.alloc(40);
  fixed[0] = 0x60;
  fixed.writeUInt16BE(bytes + options * 8, 4);
  fixed[6] = options > 0 ? 0 : protocol;
  fixed[7] = 64;
  for (let i = 8; i < 40; i++) fixed[i] = (i * 37) & 0xff;
  const more = Buffer.alloc(options * 8);
  if (options > 0) {
    more[0] = protocol;
    more[1] = options - 1;
    more[2] = 1;
    more[3] = options * 8 - 4;
  }
  return { header: Buffer.concat([fixed, more]), addresses: fixed.subarray(8, 40) };
}

/** The checksum that a receiver accepts. */
export function rightChecksum(frame: BuiltFrame): number {
  const segment = Buffer.from(frame.bytes.subarray(frame.segmentAt, frame.segmentEnd));
  segment.writeUInt16BE(0, frame.field);
  const check = ~onesSum(segment, frame.pseudo) & 0xffff;
  return check === 0 && frame.field === 6 ? 0xffff : check;
}

export function withChecksum(frame: BuiltFrame, check: number): Buffer {
  const bytes = Buffer.from(frame.bytes);
  bytes.writeUInt16BE(check, frame.segmentAt + frame.field);
  return bytes;
}
