// SPDX-License-Identifier: GPL-2.0-only
/** Parses an Ethernet frame as far as TCP, UDP and ICMP; never throws: what is cut or unknown is null. */
import { type Internet, readIpv4, readIpv6 } from './internet.ts';
import { readTransport, type Transport } from './transport.ts';

export interface VlanTag {
  readonly vlan: number;
  readonly priority: number;
  /** 0x8100, or 0x88a8 for the outer one of two. */
  readonly tpid: number;
}

export interface Arp {
  readonly kind: 'arp';
  /** 1 = who has, 2 = is at. */
  readonly operation: number;
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac: string;
  readonly targetAddress: string;
}

export interface ParsedFrame {
  readonly to: string;
  readonly from: string;
  readonly tags: readonly VlanTag[];
  /** Behind the tags. */
  readonly etherType: number;
  readonly network: Arp | Internet | null;
  readonly transport: Transport | null;
}

const MAC_BYTES = 6;
export const ETHER_TYPES = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
const ARP_BYTES = 28;

/** null: not even an Ethernet header. `length` is that of the whole frame where `bytes` are cut. */
export function parseFrame(bytes: Uint8Array, length: number = bytes.length): ParsedFrame | null {
  if (bytes.length < 14) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tags: VlanTag[] = [];
  let at = 2 * MAC_BYTES;
  let etherType = view.getUint16(at);
  while ((etherType === ETHER_TYPES.vlan || etherType === ETHER_TYPES.serviceVlan) && at + 6 <= bytes.length) {
    const tci = view.getUint16(at + 2);
    tags.push({ vlan: tci & 0xfff, priority: tci >> 13, tpid: etherType });
    at += 4;
    etherType = view.getUint16(at);
  }
  const network = readNetwork(view, { at: at + 2, length, etherType });
  return {
    to: macAt(view, 0),
    from: macAt(view, MAC_BYTES),
    tags,
    etherType,
    network,
    transport: network === null || network.kind === 'arp' ? null : readTransport(view, network),
  };
}

function readNetwork(
  view: DataView,
  { at, length, etherType }: { readonly at: number; readonly length: number; readonly etherType: number },
): Arp | Internet | null {
  switch (etherType) {
    case ETHER_TYPES.arp:
      return readArp(view, at);
    case ETHER_TYPES.ipv4:
      return readIpv4(view, at, length);
    case ETHER_TYPES.ipv6:
      return readIpv6(view, at, length);
    default:
      return null;
  }
}

/** ARP for IPv4 over Ethernet (RFC 826); others are null. */
function readArp(view: DataView, at: number): Arp | null {
  if (at + ARP_BYTES > view.byteLength) return null;
  if (view.getUint32(at) !== 0x00010800 || view.getUint16(at + 4) !== 0x0604) return null;
  return {
    kind: 'arp',
    operation: view.getUint16(at + 6),
    senderMac: macAt(view, at + 8),
    senderAddress: ipv4At(view, at + 14),
    targetMac: macAt(view, at + 18),
    targetAddress: ipv4At(view, at + 24),
  };
}

function macAt(view: DataView, at: number): string {
  return Array.from({ length: MAC_BYTES }, (_, i) =>
    view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, '0'),
  ).join(':');
}

function ipv4At(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.');
}
