// SPDX-License-Identifier: GPL-2.0-only
/** The records of a trace as rows, for tests that look at them one by one. */
import type { TraceFileState } from '../../../src/model/trace-file.ts';
import { RecordDecoder } from '../../../src/trace/records/decode-records.ts';
import { pointName } from '../../../src/trace/records/points.ts';
import type { RecordBatch } from '../../../src/trace/records/record-batch.ts';
import { RECORD_FLAGS } from '../../../src/trace/records/record-layout.ts';

export interface Row {
  readonly timeNs: bigint;
  readonly point: string;
  /** Name of the network namespace; '' = none. */
  readonly place: string;
  /** "10.0.0.1:7000 > 10.0.0.2:40000"; '' = no packet. */
  readonly flow: string;
  readonly protocol: number;
  readonly number: number;
  readonly payload: number;
  readonly tid: number;
  readonly cpu: number;
  readonly ifindex: number;
  readonly size: number;
  readonly aux: number;
  readonly ack: boolean;
  readonly byState: boolean;
  readonly noNumber: boolean;
  /** Of the task that runs now, where a record has it in place of a packet's addresses; '' otherwise. */
  readonly name: string;
}

export interface DecodedTrace {
  readonly state: TraceFileState;
  /** In the order of their times. */
  readonly rows: readonly Row[];
}

export function decodeTrace(bytes: Uint8Array, name = 'trace'): DecodedTrace {
  const rows: Row[] = [];
  const decoder = new RecordDecoder(name, (batch, { header, originNs }) => {
    const at = (column: ArrayLike<number>, i: number) => column[i] ?? 0;
    for (let i = 0; i < batch.length; i++) {
      const flags = at(batch.flags, i);
      const has = (flag: number) => (flags & flag) !== 0;
      const end = (address: ArrayLike<number>, port: ArrayLike<number>) => `${dotted(at(address, i))}:${at(port, i)}`;
      const protocol = at(batch.protocol, i);
      rows.push({
        timeNs: originNs + BigInt(at(batch.timeNs, i)),
        point: pointName(at(batch.point, i)),
        place: header.namespaces.find(({ inode }) => inode === at(batch.netns, i))?.name ?? '',
        flow:
          protocol === 0
            ? ''
            : `${end(batch.source, batch.sourcePort)} > ${end(batch.destination, batch.destinationPort)}`,
        protocol,
        number: at(batch.number, i),
        payload: at(batch.payload, i),
        tid: at(batch.tid, i),
        cpu: at(batch.cpu, i),
        ifindex: at(batch.ifindex, i),
        size: at(batch.size, i),
        aux: at(batch.auxLow, i),
        ack: has(RECORD_FLAGS.ack),
        byState: has(RECORD_FLAGS.byState),
        noNumber: has(RECORD_FLAGS.noNumber),
        name: has(RECORD_FLAGS.name)
          ? nameOf(at(batch.source, i), at(batch.destination, i), ports(batch, i), at(batch.number, i))
          : '',
      });
    }
  });
  decoder.push(bytes);
  const state = decoder.end();
  return { state, rows: rows.sort((a, b) => Number(a.timeNs - b.timeNs)) };
}

/** Bytes 24 to 27 of a record. */
function ports({ sourcePort, destinationPort }: RecordBatch, i: number): number {
  return (sourcePort[i] ?? 0) + (destinationPort[i] ?? 0) * 0x1_0000;
}

function nameOf(...words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => void bytes.writeUInt32LE(word, i * 4));
  return bytes.toString('latin1').replace(/\0.*$/s, '');
}

function dotted(address: number): string {
  return [0, 8, 16, 24].map((shift) => (address >>> shift) & 255).join('.');
}
