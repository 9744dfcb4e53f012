// SPDX-License-Identifier: GPL-2.0-only
/** The plan of a capture, as text for hoplab-capture. */
import type { Place } from '../model/place.ts';

/** A device to listen on. */
export interface WatchedHop {
  /** The hop's name in the path's plan. */
  readonly hop: string;
  readonly place: Place;
  /** The interface's name in the place's own network namespace, or in `netns`. */
  readonly device: string;
  /** Path of another network namespace that the device is in. */
  readonly netns?: string;
}

export interface CaptureLimits {
  /** Of a hop. */
  readonly frames: number;
  /** Of a frame. A cut frame still has its headers; of its checksum only a partial one can be recognized. */
  readonly bytes: number;
}

const CAPTURE_LIMITS: CaptureLimits = { frames: 4000, bytes: 2048 };

/** Bytes that a capture of so many hops can take: a place to run a tool wants to know. */
export function captureBytes(hops: number, { frames, bytes }: CaptureLimits = CAPTURE_LIMITS): number {
  return 4096 + hops * frames * (bytes + 64);
}

/** Pure. The order of the hops is what the decoder goes by: names with spaces never reach the tool. */
export function planCapture(hops: readonly WatchedHop[], { frames, bytes }: CaptureLimits = CAPTURE_LIMITS): string {
  const lines = hops.map(({ device, netns }, index) =>
    ['hop', `hop${index}`, device, ...(netns === undefined ? [] : ['netns', netns])].join(' '),
  );
  return [...lines, `limit ${frames} ${bytes}`, 'go', ''].join('\n');
}
