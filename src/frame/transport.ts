// SPDX-License-Identifier: GPL-2.0-only
/** The headers of TCP (RFC 9293), UDP (RFC 768) and ICMP (RFC 792, 4443) in a frame. */
import type { Internet } from './internet.ts';

export interface Tcp {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Bits of the header: see TCP_FLAGS. */
  readonly flags: number;
  readonly checksum: number;
  /** Where the field of the checksum is in the frame. */
  readonly checksumAt: number;
  readonly payloadAt: number;
  readonly payloadBytes: number;
}

export interface Udp {
  readonly kind: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly checksum: number;
  readonly checksumAt: number;
  readonly payloadAt: number;
  readonly payloadBytes: number;
}

export interface Icmp {
  readonly kind: 'icmp' | 'icmp6';
  readonly type: number;
  readonly code: number;
  /** Of an echo; null otherwise. */
  readonly id: number | null;
  readonly sequence: number | null;
  readonly payloadAt: number;
  readonly payloadBytes: number;
}

export type Transport = Tcp | Udp | Icmp;

const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
export const TCP_FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const;

const TCP_BYTES = 20;
const UDP_BYTES = 8;
/** Echo request and reply. */
const ECHOES = { icmp: [8, 0], icmp6: [128, 129] } as const;

/** null: another protocol, a later fragment, or cut within the header. */
export function readTransport(view: DataView, network: Internet): Transport | null {
  if (network.laterFragment) return null;
  switch (network.protocol) {
    case PROTOCOLS.tcp:
      return readTcp(view, network);
    case PROTOCOLS.udp:
      return readUdp(view, network);
    case PROTOCOLS.icmp:
      return network.kind === 'ipv4' ? readIcmp(view, network, 'icmp') : null;
    case PROTOCOLS.icmp6:
      return network.kind === 'ipv6' ? readIcmp(view, network, 'icmp6') : null;
    default:
      return null;
  }
}

function fits(view: DataView, { dataAt, dataBytes }: Internet, bytes: number): boolean {
  return dataBytes >= bytes && dataAt + bytes <= view.byteLength;
}

function readTcp(view: DataView, network: Internet): Tcp | null {
  const { dataAt: at, dataBytes } = network;
  if (!fits(view, network, TCP_BYTES)) return null;
  const headerBytes = (view.getUint8(at + 12) >> 4) * 4;
  if (headerBytes < TCP_BYTES || headerBytes > dataBytes) return null;
  return {
    kind: 'tcp',
    sourcePort: view.getUint16(at),
    destinationPort: view.getUint16(at + 2),
    sequence: view.getUint32(at + 4),
    acknowledgement: view.getUint32(at + 8),
    flags: view.getUint8(at + 13),
    checksum: view.getUint16(at + 16),
    checksumAt: at + 16,
    payloadAt: at + headerBytes,
    payloadBytes: dataBytes - headerBytes,
  };
}

function readUdp(view: DataView, network: Internet): Udp | null {
  const { dataAt: at, dataBytes } = network;
  if (!fits(view, network, UDP_BYTES)) return null;
  const length = view.getUint16(at + 4);
  // 0: a jumbogram, or a frame that is yet to be cut.
  const bytes = length === 0 ? dataBytes : length;
  if (bytes < UDP_BYTES || (bytes > dataBytes && !network.fragment)) return null;
  return {
    kind: 'udp',
    sourcePort: view.getUint16(at),
    destinationPort: view.getUint16(at + 2),
    checksum: view.getUint16(at + 6),
    checksumAt: at + 6,
    payloadAt: at + UDP_BYTES,
    payloadBytes: Math.min(bytes, dataBytes) - UDP_BYTES,
  };
}

function readIcmp(view: DataView, network: Internet, kind: Icmp['kind']): Icmp | null {
  const { dataAt: at, dataBytes } = network;
  if (!fits(view, network, 8)) return null;
  const type = view.getUint8(at);
  const echo = ECHOES[kind].some((one) => one === type);
  return {
    kind,
    type,
    code: view.getUint8(at + 1),
    id: echo ? view.getUint16(at + 4) : null,
    sequence: echo ? view.getUint16(at + 6) : null,
    payloadAt: at + 8,
    payloadBytes: dataBytes - 8,
  };
}
