// SPDX-License-Identifier: GPL-2.0-only
/** Frames as they were seen at the hops of a path. */
import type { Place } from './place.ts';

/** virtio_net_hdr of a captured frame: what the kernel knows of it that is not in its bytes. */
export interface FrameOffload {
  /** The checksum is the pseudo-header's sum, and is to be completed by whoever takes the mark off. */
  readonly needsChecksum: boolean;
  /** The kernel has validated the checksum, or trusts it. */
  readonly dataValid: boolean;
  /** Size of the segments that the frame is to be cut into; 0 = it is a frame as it is. */
  readonly gsoBytes: number;
}

/** What a TCP or UDP checksum field holds: the right sum, the pseudo-header's alone, another value, or 0 in UDP. */
export type ChecksumState = 'complete' | 'partial' | 'wrong' | 'absent';

/** A frame as it was seen at one hop. */
export interface CapturedFrame {
  /** Nanoseconds of CLOCK_REALTIME of the machine that captured it. */
  readonly timeNs: bigint;
  /** Seen on its way out of the device, or into it. */
  readonly outgoing: boolean;
  /** Length on the wire; `bytes` may be cut. */
  readonly length: number;
  readonly bytes: Uint8Array;
  /** null where the source of the frame has no such header: a frame under native XDP. */
  readonly offload: FrameOffload | null;
}

/** Frames of one hop, in order; the hops of a path in order make its evidence. */
export interface HopCapture {
  readonly hop: string;
  readonly place: Place;
  readonly device: string;
  readonly frames: readonly CapturedFrame[];
  /** Frames that the reader lost or did not keep. */
  readonly lost: number;
}
