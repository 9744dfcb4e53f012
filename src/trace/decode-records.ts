/** Decodes a file of trace records from chunks of any size, in constant memory, and reads a damaged one up to the damage. */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { HoplabError } from '../model/errors.ts';
import type { TraceFileHeader, TraceFileState, TraceFileTrailer } from '../model/trace.ts';
import { parseTraceHeader, parseTraceTrailer } from './file-text.ts';
import { BATCH_ROWS, createBatch, fillBatch, type RecordBatch } from './record-batch.ts';
import {
  BLOCK_KIND,
  BLOCK_MAGIC,
  MAX_BLOCK_BYTES,
  MAX_JSON_BYTES,
  PADDING,
  RECORD,
  TRACE_BLOCK,
  TRACE_HEAD,
  TRACE_MAGIC,
  TRACE_VERSION,
} from './record-layout.ts';

/** What records are handed to, in the order of the file. The batch is valid until the call returns. */
export type TakeRecords = (batch: RecordBatch, file: OpenTraceFile) => void;

/** What is known of a file once its head has been read and a record has come. */
export interface OpenTraceFile {
  readonly header: TraceFileHeader;
  /** Time 0 of the batches: that of the first record, ns. */
  readonly originNs: bigint;
}

type Wanted = 'head' | 'header' | 'block' | 'body' | 'nothing';

/** Push chunks, then `end`. Throws TRACE_CORRUPT only where nothing can be read: a head that is not one. */
export class RecordDecoder {
  readonly #name: string;
  readonly #take: TakeRecords;
  readonly #batch = createBatch();
  #pending: Buffer = Buffer.alloc(0);
  #wanted: Wanted = 'head';
  #need: number = TRACE_HEAD.size;
  /** Of the file: where `pending` begins. */
  #offset = 0;
  #header: TraceFileHeader | null = null;
  #block = { kind: 0, bytes: 0, crc: 0 };
  #file: OpenTraceFile | null = null;
  #trailer: TraceFileTrailer | null = null;
  #records = 0;
  #damage: string | null = null;
  #bytesLost = 0;

  constructor(name: string, take: TakeRecords) {
    this.#name = name;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    if (this.#damage !== null) {
      this.#bytesLost += chunk.length;
      return;
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    let at = 0;
    while (this.#damage === null && this.#wanted !== 'nothing' && this.#pending.length - at >= this.#need) {
      const part = this.#pending.subarray(at, at + this.#need);
      at += this.#need;
      this.#read(part);
      this.#offset += part.length;
    }
    const rest = this.#pending.subarray(at);
    if (this.#damage !== null) this.#bytesLost += rest.length;
    else if (this.#wanted === 'nothing' && rest.length > 0) this.#damaged('bytes follow the trailer', rest.length);
    // The chunk is the caller's, who may fill it again.
    this.#pending = this.#damage === null && this.#wanted !== 'nothing' ? Buffer.from(rest) : Buffer.alloc(0);
  }

  /** What became of the file. Throws TRACE_CORRUPT where it ended before its records began. */
  end(): TraceFileState {
    const rest = this.#pending.length;
    if (this.#header === null)
      throw corrupt(this.#name, this.#offset + rest, `ends within its ${this.#wanted}: nothing can be read`);
    if (this.#damage === null && this.#wanted !== 'nothing')
      this.#damaged(rest === 0 ? 'ends without a trailer: the capture was cut short' : 'ends within a block', rest);
    return {
      header: this.#header,
      trailer: this.#trailer,
      records: this.#records,
      damage: this.#damage,
      recordsLost: this.#damage === null ? 0 : this.#recordsLost(),
    };
  }

  #recordsLost(): number | null {
    // Behind a file that was cut, nobody knows what there would have been.
    return this.#wanted === 'nothing' ? 0 : this.#bytesLost === 0 ? null : Math.floor(this.#bytesLost / RECORD.size);
  }

  #read(part: Buffer): void {
    switch (this.#wanted) {
      case 'head':
        this.#readHead(part);
        break;
      case 'header':
        this.#readHeader(part);
        break;
      case 'block':
        this.#readBlock(part);
        break;
      case 'body':
        this.#readBody(part);
        break;
      case 'nothing':
        break;
      default:
        this.#wanted satisfies never;
    }
  }

  #readHead(part: Buffer): void {
    const magic = part.toString('latin1', 0, TRACE_MAGIC.length);
    if (magic !== TRACE_MAGIC)
      throw corrupt(this.#name, 0, `begins with ${JSON.stringify(magic)} instead of ${JSON.stringify(TRACE_MAGIC)}`);
    const field = (at: number) => part.readUInt32LE(at);
    const version = field(TRACE_HEAD.version);
    if (version !== TRACE_VERSION)
      throw corrupt(this.#name, TRACE_HEAD.version, `version ${version} instead of ${TRACE_VERSION}`);
    const recordBytes = field(TRACE_HEAD.recordBytes);
    if (recordBytes !== RECORD.size)
      throw corrupt(this.#name, TRACE_HEAD.recordBytes, `records of ${recordBytes} bytes instead of ${RECORD.size}`);
    const headerBytes = field(TRACE_HEAD.headerBytes);
    if (headerBytes > MAX_JSON_BYTES)
      throw corrupt(this.#name, TRACE_HEAD.headerBytes, `a header of ${headerBytes} bytes`);
    this.#expect('header', padded(headerBytes));
  }

  #readHeader(part: Buffer): void {
    const parsed = parseTraceHeader(part.toString('utf8'));
    if (!parsed.ok) throw corrupt(this.#name, TRACE_HEAD.size, `the header cannot be read: ${parsed.why}`);
    this.#header = parsed.value;
    this.#expect('block', TRACE_BLOCK.size);
  }

  #readBlock(part: Buffer): void {
    const kind = part.readUInt32LE(TRACE_BLOCK.kind);
    const bytes = part.readUInt32LE(TRACE_BLOCK.bytes);
    const wrong = wrongBlock(part.readUInt32LE(TRACE_BLOCK.magic), kind, bytes);
    if (wrong !== null) this.#damaged(wrong, part.length);
    this.#block = { kind, bytes, crc: part.readUInt32LE(TRACE_BLOCK.crc32) };
    this.#expect('body', padded(bytes));
  }

  #readBody(part: Buffer): void {
    const body = part.subarray(0, this.#block.bytes);
    if (crc32(body) !== this.#block.crc) {
      this.#damaged('a block has another checksum', part.length);
    } else if (this.#block.kind === BLOCK_KIND.records) {
      this.#expect('block', TRACE_BLOCK.size);
      this.#readRecords(body);
    } else {
      this.#expect('nothing', 0);
      this.#readTrailer(body);
    }
  }

  #readTrailer(body: Buffer): void {
    const parsed = parseTraceTrailer(body.toString('utf8'));
    if (parsed.ok) this.#trailer = parsed.value;
    else this.#damaged(`the trailer cannot be read: ${parsed.why}`, 0);
  }

  #readRecords(body: Buffer): void {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const total = body.length / RECORD.size;
    if (total === 0 || this.#header === null) return;
    this.#file ??= { header: this.#header, originNs: view.getBigUint64(RECORD.timeNs, true) };
    const { originNs } = this.#file;
    for (let from = 0; from < total; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, total - from);
      fillBatch(this.#batch, view, { at: from * RECORD.size, count, originNs });
      this.#take(this.#batch, this.#file);
    }
    this.#records += total;
  }

  #expect(wanted: Wanted, bytes: number): void {
    this.#wanted = wanted;
    this.#need = bytes;
  }

  #damaged(what: string, bytesHere: number): void {
    this.#damage = `${this.#name}: at byte ${this.#offset}: ${what}; ${this.#records} records before it were read`;
    this.#bytesLost += bytesHere;
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

function wrongBlock(magic: number, kind: number, bytes: number): string | null {
  if (magic !== BLOCK_MAGIC) return 'what should be a block is none';
  if (kind !== BLOCK_KIND.records && kind !== BLOCK_KIND.trailer) return `a block of kind ${kind}`;
  const records = kind === BLOCK_KIND.records;
  if (bytes > (records ? MAX_BLOCK_BYTES : MAX_JSON_BYTES)) return `a block claims ${bytes} bytes`;
  return records && bytes % RECORD.size !== 0 ? `a block of ${bytes} bytes, which is no number of records` : null;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / PADDING) * PADDING;
}

function corrupt(name: string, offset: number, what: string): HoplabError {
  return new HoplabError({
    code: 'TRACE_CORRUPT',
    message: `decode ${name}: at byte ${offset}: ${what}`,
    hint: 'trace this path again; hoplab setup builds the tools anew where the version differs',
  });
}
