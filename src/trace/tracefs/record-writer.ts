// SPDX-License-Identifier: GPL-2.0-only
/** Hands events on as the records that a join takes, a batch at a time. */
import type { OpenTraceFile, TakeRecords } from '../records/decode-records.ts';
import { BATCH_ROWS, createBatch } from '../records/record-batch.ts';
import { PROTOCOL, RECORD_FLAGS } from '../records/record-layout.ts';

export interface WrittenRecord {
  readonly timeNs: number;
  readonly point: number;
  readonly cpu: number;
  readonly tid: number;
  readonly aux?: number;
  readonly auxHigh?: number;
}

/** Which message it is of, and where it was seen. */
export interface WrittenPacket {
  /** Port of the path's server. */
  readonly port: number;
  readonly response: boolean;
  /** Of the transaction on its path. */
  readonly number: number;
  readonly bytes: number;
  readonly netns: number;
  readonly ifindex: number;
}

export class RecordWriter {
  records = 0;
  readonly #batch = createBatch();
  readonly #take: TakeRecords;
  readonly #fileOf: () => OpenTraceFile;

  constructor(take: TakeRecords, fileOf: () => OpenTraceFile) {
    this.#take = take;
    this.#fileOf = fileOf;
  }

  /** An event without a packet: the join gives it to the transaction that is under way. */
  task(record: WrittenRecord): void {
    this.#row(record);
    this.#next();
  }

  packet(record: WrittenRecord, { port, response, number, bytes, netns, ifindex }: WrittenPacket): void {
    const batch = this.#batch;
    const i = this.#row(record);
    // Numbered as datagrams are, whatever they are: tracepoints have no sequence number.
    batch.protocol[i] = PROTOCOL.udp;
    batch.flags[i] = RECORD_FLAGS.byState;
    batch.sourcePort[i] = response ? port : 0;
    batch.destinationPort[i] = response ? 0 : port;
    batch.number[i] = number;
    batch.size[i] = bytes;
    batch.payload[i] = Math.min(bytes, 0xffff);
    batch.netns[i] = netns;
    batch.ifindex[i] = ifindex;
    this.#next();
  }

  /** A change of tasks, with the name of the one that runs now. */
  named(record: WrittenRecord, name: string): void {
    const batch = this.#batch;
    const i = this.#row(record);
    batch.flags[i] = RECORD_FLAGS.name;
    const code = (at: number) => (at < name.length ? name.charCodeAt(at) & 0xff : 0);
    const word = (at: number) => (code(at) | (code(at + 1) << 8) | (code(at + 2) << 16) | (code(at + 3) << 24)) >>> 0;
    batch.source[i] = word(0);
    batch.destination[i] = word(4);
    batch.sourcePort[i] = word(8) & 0xffff;
    batch.destinationPort[i] = word(8) >>> 16;
    batch.number[i] = word(12);
    this.#next();
  }

  flush(): void {
    if (this.#batch.length > 0) this.#take(this.#batch, this.#fileOf());
    this.#batch.length = 0;
  }

  #row({ timeNs, point, cpu, tid, aux = 0, auxHigh = 0 }: WrittenRecord): number {
    const batch = this.#batch;
    const i = batch.length;
    batch.timeNs[i] = timeNs;
    batch.point[i] = point;
    batch.cpu[i] = cpu;
    batch.tid[i] = tid;
    batch.auxLow[i] = aux >>> 0;
    batch.auxHigh[i] = auxHigh >>> 0;
    batch.source[i] = batch.destination[i] = batch.number[i] = 0;
    batch.sourcePort[i] = batch.destinationPort[i] = batch.payload[i] = 0;
    batch.ifindex[i] = batch.netns[i] = batch.size[i] = 0;
    batch.protocol[i] = batch.flags[i] = 0;
    return i;
  }

  #next(): void {
    this.records++;
    if (++this.#batch.length === BATCH_ROWS) this.flush();
  }
}
