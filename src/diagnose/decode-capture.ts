// SPDX-License-Identifier: GPL-2.0-only
/** Decodes what hoplab-capture wrote: frames of several hops, with what the kernel knew of each beside its bytes. */

import { Buffer } from 'node:buffer';
import { getSystemErrorName } from 'node:util';
import type { CapturedFrame, HopCapture } from '../model/capture.ts';
import { HoplabError } from '../model/errors.ts';
import type { EvidenceSource } from '../model/source.ts';
import type { WatchedHop } from './capture-plan.ts';

export const CAPTURE_VERSION = 1;
const CAPTURE_MAGIC = 'HOPLABF\n';

/** Offsets as `struct head` of the tool lays them out. */
export const CAPTURE_HEAD = {
  magic: 0,
  version: 8,
  hopBytes: 12,
  frameBytes: 16,
  hops: 20,
  frames: 24,
  size: 32,
} as const;

/** `struct hop_record`. */
export const HOP_RECORD = { seen: 0, lost: 8, skipped: 16, error: 24, kept: 28, size: 32 } as const;

/** `struct frame_record`; its bytes follow. */
export const FRAME_RECORD = {
  timeNs: 0,
  length: 8,
  captured: 12,
  hop: 16,
  packetType: 18,
  known: 19,
  vnetFlags: 20,
  gsoType: 21,
  gsoSize: 22,
  csumStart: 24,
  csumOffset: 26,
  headerLength: 28,
  reserved: 30,
  size: 32,
} as const;

/** Bits of `known`. */
export const FRAME_KNOWN = { csumValid: 1, csumNotReady: 2, tagRestored: 4, cut: 8 } as const;

const FRAME_PADDING = 8;
const PACKET_OUTGOING = 4;
/** virtio_net_hdr (virtio 1.2, 5.1.6). */
const NEEDS_CSUM = 1;
const DATA_VALID = 2;

export interface DecodedCapture {
  /** In the order of the plan; a device that could not be listened on has no entry. */
  readonly captures: readonly HopCapture[];
  /** One a hop: whether it was listened on. */
  readonly sources: readonly EvidenceSource[];
}

/** `hops` are those of the plan, in its order. Throws EVIDENCE_CORRUPT for what the tool cannot have written. */
export function decodeCapture(bytes: Uint8Array, hops: readonly WatchedHop[]): DecodedCapture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = checkHead(bytes, view, hops.length);
  const frames = readFrames(bytes, view, { from: CAPTURE_HEAD.size + hops.length * HOP_RECORD.size, count, hops });
  const captures: HopCapture[] = [];
  const sources: EvidenceSource[] = [];
  for (const [index, { hop, place, device }] of hops.entries()) {
    const at = CAPTURE_HEAD.size + index * HOP_RECORD.size;
    const source = { kind: 'frames', places: [place], of: hop, device } as const;
    const error = view.getUint32(at + HOP_RECORD.error, true);
    if (error !== 0) {
      sources.push({ ...source, used: false, why: errnoName(error) });
      continue;
    }
    const lost = readCount(view, at + HOP_RECORD.lost) + readCount(view, at + HOP_RECORD.skipped);
    captures.push({ hop, place, device, frames: frames[index] ?? [], lost });
    sources.push({ ...source, used: true, why: '' });
  }
  return { captures, sources };
}

/** Checks magic, version, sizes and the number of hops; returns the number of frames. */
function checkHead(bytes: Uint8Array, view: DataView, hops: number): number {
  const start = CAPTURE_HEAD.size + hops * HOP_RECORD.size;
  if (bytes.length < start) throw corrupt(bytes.length, `ends within its head of ${start} bytes`);
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, CAPTURE_MAGIC.length).toString('latin1');
  if (magic !== CAPTURE_MAGIC)
    throw corrupt(
      CAPTURE_HEAD.magic,
      `begins with ${JSON.stringify(magic)} instead of ${JSON.stringify(CAPTURE_MAGIC)}`,
    );
  const expected = {
    version: CAPTURE_VERSION,
    hopBytes: HOP_RECORD.size,
    frameBytes: FRAME_RECORD.size,
    hops,
  } as const;
  for (const field of ['version', 'hopBytes', 'frameBytes', 'hops'] as const) {
    const found = view.getUint32(CAPTURE_HEAD[field], true);
    if (found !== expected[field])
      throw corrupt(CAPTURE_HEAD[field], `${field} ${found} instead of ${expected[field]}`);
  }
  const frames = view.getBigUint64(CAPTURE_HEAD.frames, true);
  const room = Math.floor((bytes.length - start) / FRAME_RECORD.size);
  if (frames > BigInt(room)) throw corrupt(bytes.length, `ends early: ${frames} frames do not fit into what is there`);
  return Number(frames);
}

interface FramesAt {
  readonly from: number;
  readonly count: number;
  readonly hops: readonly WatchedHop[];
}

function readFrames(bytes: Uint8Array, view: DataView, { from, count, hops }: FramesAt): CapturedFrame[][] {
  const frames: CapturedFrame[][] = hops.map(() => []);
  let at = from;
  for (let number = 0; number < count; number++) {
    if (at + FRAME_RECORD.size > bytes.length) throw corrupt(at, `ends within the record of frame ${number}`);
    const hop = view.getUint16(at + FRAME_RECORD.hop, true);
    const ofHop = frames[hop];
    if (ofHop === undefined)
      throw corrupt(at + FRAME_RECORD.hop, `frame ${number} is of hop ${hop}, of ${hops.length}`);
    const captured = view.getUint32(at + FRAME_RECORD.captured, true);
    const length = view.getUint32(at + FRAME_RECORD.length, true);
    if (captured > length)
      throw corrupt(at + FRAME_RECORD.captured, `${captured} bytes of frame ${number}, which has ${length}`);
    const start = at + FRAME_RECORD.size;
    if (start + captured > bytes.length)
      throw corrupt(bytes.length, `ends within the ${captured} bytes of frame ${number}`);
    ofHop.push(readFrame(view, at, { length, bytes: bytes.subarray(start, start + captured) }));
    at = start + Math.ceil(captured / FRAME_PADDING) * FRAME_PADDING;
  }
  if (at !== bytes.length) throw corrupt(at, `${bytes.length - at} bytes follow the last of ${count} frames`);
  // The tool reads one socket after the other; within a hop its order is the kernel's.
  return frames;
}

function readFrame(view: DataView, at: number, body: Pick<CapturedFrame, 'length' | 'bytes'>): CapturedFrame {
  const flags = view.getUint8(at + FRAME_RECORD.vnetFlags);
  const known = view.getUint8(at + FRAME_RECORD.known);
  return {
    timeNs: view.getBigInt64(at + FRAME_RECORD.timeNs, true),
    outgoing: view.getUint8(at + FRAME_RECORD.packetType) === PACKET_OUTGOING,
    ...body,
    offload: {
      needsChecksum: (flags & NEEDS_CSUM) !== 0,
      dataValid: (flags & DATA_VALID) !== 0 || (known & FRAME_KNOWN.csumValid) !== 0,
      gsoBytes: view.getUint16(at + FRAME_RECORD.gsoSize, true),
    },
  };
}

function readCount(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function errnoName(errno: number): string {
  // Node knows the names of Linux's numbers, but refuses what no errno can be.
  return errno < 4096 ? getSystemErrorName(-errno) : `errno ${errno}`;
}

function corrupt(offset: number, what: string): HoplabError {
  return new HoplabError({
    code: 'EVIDENCE_CORRUPT',
    message: `decode the frames of a capture: at byte ${offset}: ${what}`,
    hint: 'hoplab setup builds the tools anew; then run hoplab diagnose again',
  });
}
