// SPDX-License-Identifier: GPL-2.0-only
/** The blocks of a pcapng file (draft-ietf-opsawg-pcapng): what every writer of one shares. Times are in ns. Pure. */
import { Buffer } from 'node:buffer';

export interface PcapngSection {
  /** "hoplab 0.1.0". */
  readonly application: string;
  /** What the capture is of: "path ovs, guest-to-host1". */
  readonly comment: string;
  /** Of the machine: "Linux 6.18.0 x86_64"; "" = left out. */
  readonly system?: string;
}

export interface PcapngInterface {
  /** What most readers show. */
  readonly name: string;
  readonly description: string;
}

export interface PcapngPacket {
  /** Which interface block it belongs to, from 0. */
  readonly interface: number;
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** On the wire; at least what there is in `bytes`. */
  readonly length: number;
  /** null = not known. */
  readonly outgoing: boolean | null;
  /** "" = none. */
  readonly comment: string;
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
export const LINKTYPE = { ethernet: 1, rawIp: 101 } as const;
const NANOSECONDS = 9;
/** The length is not known beforehand: a reader takes what comes. */
const UNKNOWN_LENGTH = Buffer.alloc(8, 0xff);
const OPTION = {
  comment: 1,
  application: 4,
  system: 3,
  interfaceName: 2,
  interfaceDescription: 3,
  resolution: 9,
  packetFlags: 2,
} as const;
const INBOUND = 1;
const OUTBOUND = 2;

interface PcapngOption {
  readonly code: number;
  readonly value: Buffer;
}

export function sectionBlock({ application, comment, system = '' }: PcapngSection): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(BYTE_ORDER, 0);
  head.writeUInt16LE(1, 4); // version 1.0
  return block(BLOCK.section, Buffer.concat([head, UNKNOWN_LENGTH]), [
    ...text(OPTION.comment, comment),
    ...text(OPTION.system, system),
    ...text(OPTION.application, application),
  ]);
}

export function interfaceBlock({ name, description }: PcapngInterface, linkType: number = LINKTYPE.ethernet): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(linkType, 0);
  return block(BLOCK.interface, head, [
    ...text(OPTION.interfaceName, name),
    ...text(OPTION.interfaceDescription, description),
    { code: OPTION.resolution, value: Buffer.from([NANOSECONDS]) },
  ]);
}

export function packetBlock({ interface: of, timeNs, bytes, length, outgoing, comment }: PcapngPacket): Buffer {
  const head = Buffer.alloc(20);
  const time = BigInt.asUintN(64, timeNs);
  head.writeUInt32LE(of, 0);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffffffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(length, 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(outgoing === true ? OUTBOUND : INBOUND);
  return block(BLOCK.packet, Buffer.concat([head, padded(bytes)]), [
    ...(outgoing === null ? [] : [{ code: OPTION.packetFlags, value: flags }]),
    ...text(OPTION.comment, comment),
  ]);
}

/** A block: its type and length before and after, its options ended by a 0. */
function block(type: number, body: Buffer, options: readonly PcapngOption[]): Buffer {
  const encoded = options.length === 0 ? Buffer.alloc(0) : Buffer.concat([...options.map(encode), Buffer.alloc(4)]);
  const length = 12 + body.length + encoded.length;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, body, encoded, head.subarray(4)]);
}

function encode({ code, value }: PcapngOption): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

const MAX_OPTION_BYTES = 0xffff;

function text(code: number, value: string): PcapngOption[] {
  const bytes = Buffer.from(value, 'utf8').subarray(0, MAX_OPTION_BYTES);
  return bytes.length === 0 ? [] : [{ code, value: bytes }];
}
