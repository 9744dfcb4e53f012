// SPDX-License-Identifier: GPL-2.0-only
/**
 * Writes captures as pcapng (draft-ietf-opsawg-pcapng): an interface a hop, nanoseconds, and the checksum verdict of each
 * frame as its comment, so that any reader of the file sees what the kernel alone knew. Pure.
 */
import { Buffer } from 'node:buffer';
import { checksumState } from '../frame/checksum.ts';
import { interfaceBlock, type PcapngSection, packetBlock, sectionBlock } from '../frame/pcapng-blocks.ts';
import type { CapturedFrame, HopCapture } from '../model/capture.ts';

/** The bytes of a whole file; frames of all hops in the order of their times. */
export function writePcapng(captures: readonly HopCapture[], options: PcapngSection): Buffer {
  const frames = captures
    .flatMap(({ frames: ofHop }, index) => ofHop.map((frame) => ({ frame, index })))
    .sort((a, b) => (a.frame.timeNs < b.frame.timeNs ? -1 : a.frame.timeNs > b.frame.timeNs ? 1 : a.index - b.index));
  return Buffer.concat([
    sectionBlock(options),
    ...captures.map(describeInterface),
    ...frames.map(({ frame, index }) => packetBlock({ ...frame, interface: index, comment: frameComment(frame) })),
  ]);
}

/** The name has all three: what most readers show is the name alone. */
function describeInterface({ hop, place, device, lost }: HopCapture): Buffer {
  return interfaceBlock({
    name: `${hop} (${place} ${device})`,
    description: `${device} in ${place}${lost === 0 ? '' : `; ${lost} frames were not kept`}`,
  });
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
