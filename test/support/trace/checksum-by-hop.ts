// SPDX-License-Identifier: GPL-2.0-only
/** What the packet's checksum held at every hop where it was seen. */
import type { TracedPacket } from '../../../src/diagnose/compare-hops.ts';
import type { ChecksumState, HopCapture } from '../../../src/model/capture.ts';

interface HopChecksum {
  readonly hop: HopCapture;
  readonly state: ChecksumState | null;
  readonly marked: boolean | null;
}

export function checksumByHop({ sightings }: TracedPacket): HopChecksum[] {
  return sightings.flatMap(({ hop, seen }) =>
    seen === null ? [] : [{ hop, state: seen.checksum, marked: seen.marked }],
  );
}
