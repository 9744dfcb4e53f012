// SPDX-License-Identifier: GPL-2.0-only
/**
 * Timelines as pcapng with an interface for each probe point: a packet is in the file once for every point that it passed, with
 * the time of day in nanoseconds. Records have no payload, so that frames are headers made from what is known; their comment says so. Pure.
 */
import { Buffer } from 'node:buffer';
import { interfaceBlock, LINKTYPE, type PcapngSection, packetBlock, sectionBlock } from '../../frame/pcapng-blocks.ts';
import type { TraceStep } from '../../model/trace-timelines.ts';
import { stepLabel } from '../join/step-table.ts';
import type { NamedTimelines } from './chrome-trace.ts';

export interface TracePcapngOptions extends PcapngSection {
  readonly protocol: 'tcp' | 'udp';
  /** Added to the times of the timelines: ns since the epoch. */
  readonly wallOffsetNs: bigint;
  /** Of each path, by name; addresses as dotted text. */
  readonly ends: ReadonlyMap<string, PacketEnds>;
}

export interface PacketEnds {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** The client's port is not the same at every point, and in no timeline. */
const CLIENT_PORT = 50_000;
const IP_BYTES = 20;
const TRANSPORT_BYTES = { tcp: 20, udp: 8 } as const;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
const UNKNOWN: PacketEnds = { client: '0.0.0.0', server: '0.0.0.0', port: 0, requestBytes: 0, responseBytes: 0 };

/** The file in pieces: its head, then one for each transaction. */
export function* tracePcapng(paths: readonly NamedTimelines[], options: TracePcapngOptions): Generator<Buffer> {
  const interfaces: TraceStep[] = [];
  const numbers = new Map<string, number>();
  for (const { timelines } of paths)
    for (const step of timelines.steps) {
      if (step.side === 'task' || numbers.has(interfaceOf(step))) continue;
      numbers.set(interfaceOf(step), interfaces.push(step) - 1);
    }
  const describe = (step: TraceStep) =>
    interfaceBlock({ name: interfaceOf(step), description: `trace point ${step.point}` }, LINKTYPE.rawIp);
  yield Buffer.concat([sectionBlock(options), ...interfaces.map(describe)]);
  for (const { name, timelines } of paths) {
    const ends = options.ends.get(name) ?? UNKNOWN;
    const { length, first, step, steps, atNs, startNs, number, originNs } = timelines;
    for (let t = 0; t < length; t++) {
      const start = originNs + options.wallOffsetNs + BigInt(Math.round(startNs[t] ?? 0));
      const packets: Buffer[] = [];
      for (let k = first[t] ?? 0; k < (first[t + 1] ?? 0); k++) {
        const what = steps[step[k] ?? 0];
        if (what === undefined || what.side === 'task') continue;
        const { bytes, length: onWire } = headersOf({
          ends,
          side: what.side,
          number: number[t] ?? 0,
          protocol: options.protocol,
        });
        packets.push(
          packetBlock({
            ...{
              interface: numbers.get(interfaceOf(what)) ?? 0,
              timeNs: start + BigInt(atNs[k] ?? 0),
              bytes,
              length: onWire,
            },
            outgoing: null,
            comment: `transaction ${number[t]}; ${what.side} on path ${name}; headers made from the trace, payload not recorded`,
          }),
        );
      }
      yield Buffer.concat(packets);
    }
  }
}

function interfaceOf(step: TraceStep): string {
  return stepLabel({ ...step, side: 'task' }).replace(/ task$/, '');
}

interface HeaderSource {
  readonly ends: PacketEnds;
  readonly side: 'request' | 'response';
  readonly number: number;
  readonly protocol: 'tcp' | 'udp';
}

/** IPv4 and transport header; the payload is cut off, as a snapshot length would. */
function headersOf({ ends, side, number, protocol }: HeaderSource): { bytes: Buffer; length: number } {
  const request = side === 'request';
  const [source, destination] = request ? [ends.client, ends.server] : [ends.server, ends.client];
  const [sourcePort, destinationPort] = request ? [CLIENT_PORT, ends.port] : [ends.port, CLIENT_PORT];
  const payload = request ? ends.requestBytes : ends.responseBytes;
  const transport = TRANSPORT_BYTES[protocol];
  const bytes = Buffer.alloc(IP_BYTES + transport);
  const length = bytes.length + payload;
  bytes.writeUInt8(0x45, 0);
  bytes.writeUInt16BE(Math.min(length, 0xffff), 2);
  bytes.writeUInt8(64, 8);
  bytes.writeUInt8(PROTOCOL[protocol], 9);
  addressBytes(source).copy(bytes, 12);
  addressBytes(destination).copy(bytes, 16);
  bytes.writeUInt16BE(headerChecksum(bytes.subarray(0, IP_BYTES)), 10);
  bytes.writeUInt16BE(sourcePort, IP_BYTES);
  bytes.writeUInt16BE(destinationPort, IP_BYTES + 2);
  if (protocol === 'udp') {
    bytes.writeUInt16BE(Math.min(transport + payload, 0xffff), IP_BYTES + 4);
    return { bytes, length };
  }
  // Relative numbers, from 1, as a reader shows those of a whole connection.
  const sequence = (of: number, bytesEach: number) => (1 + of * bytesEach) % 2 ** 32;
  bytes.writeUInt32BE(sequence(number, payload), IP_BYTES + 4);
  const acknowledged = request ? sequence(number, ends.responseBytes) : sequence(number + 1, ends.requestBytes);
  bytes.writeUInt32BE(acknowledged, IP_BYTES + 8);
  bytes.writeUInt16BE(0x5018, IP_BYTES + 12); // 20 bytes, PSH and ACK
  bytes.writeUInt16BE(0xffff, IP_BYTES + 14);
  return { bytes, length };
}

function addressBytes(dotted: string): Buffer {
  const parts = dotted.split('.').map(Number);
  return Buffer.from(parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? parts : [0, 0, 0, 0]);
}

function headerChecksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
