// SPDX-License-Identifier: GPL-2.0-only
/** Which packets carry payload of the probe, by their lengths alone: a tracepoint has no more of them. Pure. */

const ETHERNET = 14;
/** IPv4 and IPv6 with TCP's usual timestamps; without them, where no acknowledgement is as long. */
const TCP_HEADERS = [52, 72] as const;
const TCP_PLAIN_HEADERS = [40, 60] as const;
/** From this many bytes of payload on, no acknowledgement is as long as a packet with it: its options are at most 40. */
const LONGER_THAN_OPTIONS = 41;
const UDP_HEADERS = [28, 48] as const;
/** Before a frame that a VMM reads or writes: nothing, the length of a stream, or a virtio_net_hdr. */
const BEFORE_FRAME = [0, 4, 10, 12] as const;
/** Payload that may be cut into segments: the first of them is at least so long. */
const ONE_SEGMENT = 1300;

export interface DataLengths {
  /** Of a packet without its Ethernet header. */
  isPacket(bytes: number): boolean;
  /** Of what a VMM reads or writes: a frame, or by a socket call the payload alone. */
  isMoved(bytes: number, bySocketCall: boolean): boolean;
  /** Whether a message may be several packets, so that a second one is not one sent again. */
  readonly severalPackets: boolean;
}

export function dataLengths(protocol: 'tcp' | 'udp', payload: number): DataLengths {
  const severalPackets = payload > ONE_SEGMENT;
  const headers: readonly number[] =
    protocol === 'udp'
      ? UDP_HEADERS
      : payload >= LONGER_THAN_OPTIONS
        ? [...TCP_HEADERS, ...TCP_PLAIN_HEADERS]
        : TCP_HEADERS;
  const isPacket = (bytes: number) =>
    severalPackets ? bytes > ONE_SEGMENT : headers.some((header) => bytes === header + payload);
  return {
    isPacket,
    severalPackets,
    isMoved: (bytes, bySocketCall) =>
      (bySocketCall && bytes === payload) || BEFORE_FRAME.some((before) => isPacket(bytes - before - ETHERNET)),
  };
}

/** What a device's queue and driver see has the Ethernet header; what comes from a device has it taken off. */
export function withoutEthernet(bytes: number): number {
  return bytes - ETHERNET;
}
