/**
 * Writes captures as pcapng (draft-ietf-opsawg-pcapng): an interface a hop, nanoseconds, and the checksum verdict of each
 * frame as its comment, so that any reader of the file sees what the kernel alone knew. Pure.
 */
import { Buffer } from 'node:buffer';
import { checksumState } from '../frame/checksum.ts';
import type { CapturedFrame, HopCapture } from '../model/diagnosis.ts';

export interface PcapngOptions {
  /** "hoplab 0.1.0". */
  readonly application: string;
  /** What the capture is of: "path ovs, guest-to-host1". */
  readonly comment: string;
  /** Of the machine: "Linux 6.18.0 x86_64"; "" = left out. */
  readonly system?: string;
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
const LINKTYPE_ETHERNET = 1;
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

/** The bytes of a whole file; frames of all hops in the order of their times. */
export function writePcapng(captures: readonly HopCapture[], options: PcapngOptions): Buffer {
  const frames = captures
    .flatMap(({ frames: ofHop }, index) => ofHop.map((frame) => ({ frame, index })))
    .sort((a, b) => (a.frame.timeNs < b.frame.timeNs ? -1 : a.frame.timeNs > b.frame.timeNs ? 1 : a.index - b.index));
  return Buffer.concat([
    section(options),
    ...captures.map(describeInterface),
    ...frames.map(({ frame, index }) => packet(frame, index)),
  ]);
}

function section({ application, comment, system = '' }: PcapngOptions): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(BYTE_ORDER, 0);
  head.writeUInt16LE(1, 4); // version 1.0
  return block(BLOCK.section, Buffer.concat([head, UNKNOWN_LENGTH]), [
    ...text(OPTION.comment, comment),
    ...text(OPTION.system, system),
    ...text(OPTION.application, application),
  ]);
}

/** The name has all three: what most readers show is the name alone. */
function describeInterface({ hop, place, device, lost }: HopCapture): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(LINKTYPE_ETHERNET, 0);
  return block(BLOCK.interface, head, [
    ...text(OPTION.interfaceName, `${hop} (${place} ${device})`),
    ...text(OPTION.interfaceDescription, `${device} in ${place}${lost === 0 ? '' : `; ${lost} frames were not kept`}`),
    { code: OPTION.resolution, value: Buffer.from([NANOSECONDS]) },
  ]);
}

function packet(frame: CapturedFrame, index: number): Buffer {
  const { timeNs, bytes, length, outgoing } = frame;
  const head = Buffer.alloc(20);
  const time = BigInt.asUintN(64, timeNs);
  head.writeUInt32LE(index, 0);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffffffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(length, 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(outgoing ? OUTBOUND : INBOUND);
  return block(BLOCK.packet, Buffer.concat([head, padded(bytes)]), [
    { code: OPTION.packetFlags, value: flags },
    ...text(OPTION.comment, frameComment(frame)),
  ]);
}

/** "checksum partial, not marked: nobody will complete it"; "" where there is nothing to say. */
export function frameComment(frame: CapturedFrame): string {
  const state = checksumState(frame);
  const { offload } = frame;
  const said: string[] = [];
  if (state === 'partial' && offload !== null)
    said.push(
      offload.needsChecksum
        ? 'checksum partial, marked: the kernel will complete it'
        : 'checksum partial, not marked: nobody will complete it',
    );
  else if (state !== null) said.push(`checksum ${state}`);
  if (offload !== null && offload.gsoBytes > 0) said.push(`to be cut into segments of ${offload.gsoBytes} bytes`);
  if (offload?.dataValid === true) said.push('the kernel trusts the checksum');
  return said.join('; ');
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
