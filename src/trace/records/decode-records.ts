// SPDX-License-Identifier: GPL-2.0-only
/** Decodes a file of trace records from chunks of any size, in constant memory, and reads a damaged one up to the damage. */
import type { Buffer } from 'node:buffer';
import type { TraceFileHeader, TraceFileState, TraceFileTrailer } from '../../model/trace-file.ts';
import { BlockFile } from './block-file.ts';
import { parseTraceHeader, parseTraceTrailer } from './file-text.ts';
import { BATCH_ROWS, createBatch, fillBatch, type RecordBatch } from './record-batch.ts';
import { BLOCK_KIND, RECORD } from './record-layout.ts';

/** What records are handed to, in the order of the file. The batch is valid until the call returns. */
export type TakeRecords = (batch: RecordBatch, file: OpenTraceFile) => void;

/** What is known of a file once its head has been read and a record has come. */
export interface OpenTraceFile {
  readonly header: TraceFileHeader;
  /** Time 0 of the batches: that of the first record, ns. */
  readonly originNs: bigint;
}

/** Push chunks, then `end`. Throws TRACE_CORRUPT only where nothing can be read: a head that is not one. */
export class RecordDecoder {
  readonly #take: TakeRecords;
  readonly #batch = createBatch();
  readonly #blocks: BlockFile;
  #header: TraceFileHeader | null = null;
  #file: OpenTraceFile | null = null;
  #trailer: TraceFileTrailer | null = null;
  /** Its trailer was reached, whether or not it could be read. */
  #ended = false;
  #records = 0;

  constructor(name: string, take: TakeRecords) {
    this.#take = take;
    this.#blocks = new BlockFile(name, {
      recordBytes: RECORD.size,
      header: (text) => this.#readHeader(text),
      wrongBlock,
      block: (kind, body) => (kind === BLOCK_KIND.records ? this.#readRecords(body) : this.#readTrailer(body)),
      soFar: () => `; ${this.#records} records before it were read`,
    });
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  /** What became of the file. Throws TRACE_CORRUPT where it ended before its records began. */
  end(): TraceFileState {
    const { damage, bytesLost } = this.#blocks.end();
    if (this.#header === null) throw new Error('a file that ended well has no header');
    // Behind a file that was cut, nobody knows what there would have been.
    const behind = bytesLost === 0 ? null : Math.floor(bytesLost / RECORD.size);
    return {
      header: this.#header,
      trailer: this.#trailer,
      records: this.#records,
      damage,
      recordsLost: damage === null || this.#ended ? 0 : behind,
    };
  }

  #readHeader(text: string): string | null {
    const parsed = parseTraceHeader(text);
    if (!parsed.ok) return parsed.why;
    this.#header = parsed.value;
    return null;
  }

  #readTrailer(body: Buffer): string | null {
    this.#ended = true;
    const parsed = parseTraceTrailer(body.toString('utf8'));
    if (!parsed.ok) return `the trailer cannot be read: ${parsed.why}`;
    this.#trailer = parsed.value;
    return null;
  }

  #readRecords(body: Buffer): null {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const total = body.length / RECORD.size;
    if (total === 0 || this.#header === null) return null;
    this.#file ??= { header: this.#header, originNs: view.getBigUint64(RECORD.timeNs, true) };
    const { originNs } = this.#file;
    for (let from = 0; from < total; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, total - from);
      fillBatch(this.#batch, view, { at: from * RECORD.size, count, originNs });
      this.#take(this.#batch, this.#file);
    }
    this.#records += total;
    return null;
  }
}

/** Reads a whole file from its chunks; a stream of a file will do. */
export async function readRecords(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  take: TakeRecords,
): Promise<TraceFileState> {
  const decoder = new RecordDecoder(name, take);
  for await (const chunk of chunks) decoder.push(chunk);
  return decoder.end();
}

function wrongBlock(kind: number, bytes: number): string | null {
  if (kind === BLOCK_KIND.trailer) return null;
  if (kind !== BLOCK_KIND.records) return `a block of kind ${kind}`;
  return bytes % RECORD.size === 0 ? null : `a block of ${bytes} bytes, which is no number of records`;
}
