// SPDX-License-Identifier: GPL-2.0-only
/** A frame in one line, as tcpdump would say it, with what its checksum holds. */
import type { CapturedFrame } from '../model/capture.ts';
import { checksumOf, isMarked } from './checksum.ts';
import { type Arp, type ParsedFrame, parseFrame, type VlanTag } from './parse-frame.ts';
import { type Icmp, TCP_FLAGS, type Tcp } from './transport.ts';

/** "10.99.1.3:40000 > 10.99.1.1:9100 TCP SYN, 74 bytes, checksum 0x14d3 partial". */
export function describeFrame(frame: CapturedFrame): string {
  const parsed = parseFrame(frame.bytes, frame.length);
  if (parsed === null) return `a frame of ${frame.length} bytes, cut to ${frame.bytes.length}`;
  return [
    `${tagText(parsed.tags)}${packetText(parsed)}`,
    `${frame.length} bytes`,
    ...segmentText(frame),
    ...checksumText(frame, parsed),
  ].join(', ');
}

/** "checksum 0x14d3 partial, marked"; none where there is none. */
function checksumText(frame: CapturedFrame, parsed: ParsedFrame): string[] {
  const { transport } = parsed;
  const state = checksumOf(frame, parsed);
  if (state === null || (transport?.kind !== 'tcp' && transport?.kind !== 'udp')) return [];
  const marked = isMarked(frame);
  const mark = state !== 'partial' || marked === null ? '' : marked ? ' and marked' : ' and not marked';
  return [`checksum 0x${transport.checksum.toString(16).padStart(4, '0')} ${state}${mark}`];
}

function segmentText({ offload }: CapturedFrame): string[] {
  const size = offload?.gsoBytes ?? 0;
  return size === 0 ? [] : [`to be cut into segments of ${size}`];
}

function tagText(tags: readonly VlanTag[]): string {
  return tags.map(({ vlan }) => `VLAN ${vlan} `).join('');
}

function packetText({ from, to, etherType, network, transport }: ParsedFrame): string {
  if (network === null) return `${from} > ${to} type 0x${etherType.toString(16).padStart(4, '0')}`;
  if (network.kind === 'arp') return arpText(network);
  const { source, destination, kind, protocol, fragment } = network;
  const part = fragment ? ' fragment' : '';
  if (transport === null) return `${source} > ${destination} IP protocol ${protocol}${part}`;
  if (transport.kind !== 'tcp' && transport.kind !== 'udp')
    return `${source} > ${destination} ${icmpText(transport)}${part}`;
  const at = (address: string, port: number) => (kind === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`);
  const ends = `${at(source, transport.sourcePort)} > ${at(destination, transport.destinationPort)}`;
  return `${ends} ${transport.kind === 'tcp' ? tcpText(transport) : 'UDP'}${part}`;
}

function arpText({ operation, senderMac, senderAddress, targetAddress }: Arp): string {
  return operation === 1
    ? `ARP who has ${targetAddress}, tell ${senderAddress} (${senderMac})`
    : `ARP ${senderAddress} is at ${senderMac}`;
}

function tcpText({ flags, payloadBytes }: Tcp): string {
  const names = Object.entries(TCP_FLAGS).filter(([, bit]) => (flags & bit) !== 0);
  const shown = names.filter(([name]) => name !== 'ACK' || names.length === 1 || (flags & TCP_FLAGS.SYN) !== 0);
  const words = ['TCP', shown.map(([name]) => name).join('+')].filter((word) => word !== '');
  return `${words.join(' ')}${payloadBytes > 0 ? ` with ${payloadBytes} bytes of data` : ''}`;
}

const ICMP_NAMES: Readonly<Record<string, string>> = {
  'icmp 0': 'echo reply',
  'icmp 3': 'unreachable',
  'icmp 8': 'echo request',
  'icmp 11': 'time exceeded',
  'icmp6 1': 'unreachable',
  'icmp6 2': 'packet too big',
  'icmp6 3': 'time exceeded',
  'icmp6 128': 'echo request',
  'icmp6 129': 'echo reply',
  'icmp6 133': 'router solicitation',
  'icmp6 134': 'router advertisement',
  'icmp6 135': 'neighbour solicitation',
  'icmp6 136': 'neighbour advertisement',
  'icmp6 143': 'multicast listener report',
};

function icmpText({ kind, type, code, sequence }: Icmp): string {
  const name = ICMP_NAMES[`${kind} ${type}`] ?? `type ${type}`;
  return [
    kind === 'icmp' ? 'ICMP' : 'ICMPv6',
    name,
    ...(code === 0 ? [] : [`code ${code}`]),
    ...(sequence === null ? [] : [`number ${sequence}`]),
  ].join(' ');
}
