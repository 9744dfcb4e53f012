/** Takes a file of blocks apart, from chunks of any size: head, header, and each block with its checksum proven. */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { HoplabError } from '../../model/errors.ts';
import {
  BLOCK_MAGIC,
  MAX_BLOCK_BYTES,
  MAX_JSON_BYTES,
  PADDING,
  TRACE_BLOCK,
  TRACE_HEAD,
  TRACE_MAGIC,
  TRACE_VERSION,
} from '../record-layout.ts';

export interface BlockTaker {
  /** The JSON at the begin; throws where it is none. */
  header(text: string): void;
  /** Null = it was understood; else what is wrong with it. The bytes are valid until the call returns. */
  block(kind: number, body: Buffer): string | null;
}

export interface BlockFileEnd {
  /** Null = nothing; else where and what. */
  readonly damage: string | null;
  readonly bytesLost: number;
}

type Wanted = 'head' | 'header' | 'block' | 'body';

export class BlockFile {
  readonly #name: string;
  readonly #taker: BlockTaker;
  #pending: Buffer = Buffer.alloc(0);
  #wanted: Wanted = 'head';
  #need: number = TRACE_HEAD.size;
  #offset = 0;
  #block = { kind: 0, bytes: 0, crc: 0 };
  #damage: string | null = null;
  #bytesLost = 0;

  constructor(name: string, taker: BlockTaker) {
    this.#name = name;
    this.#taker = taker;
  }

  push(chunk: Uint8Array): void {
    if (this.#damage !== null) {
      this.#bytesLost += chunk.length;
      return;
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    let at = 0;
    while (this.#damage === null && this.#pending.length - at >= this.#need) {
      const part = this.#pending.subarray(at, at + this.#need);
      at += this.#need;
      this.#read(part);
      this.#offset += part.length;
    }
    const rest = this.#pending.subarray(at);
    if (this.#damage !== null) this.#bytesLost += rest.length;
    // The chunk is the caller's, who may fill it again.
    this.#pending = this.#damage === null ? Buffer.from(rest) : Buffer.alloc(0);
  }

  /** Throws TRACE_CORRUPT where not even the header is there. `whole`: a trailer was read. */
  end(whole: boolean): BlockFileEnd {
    if (this.#wanted === 'head' || this.#wanted === 'header')
      throw this.#corrupt(this.#offset + this.#pending.length, `ends within its ${this.#wanted}: nothing can be read`);
    if (this.#damage === null && this.#pending.length > 0) this.#damaged('ends within a block', this.#pending.length);
    else if (this.#damage === null && !whole) this.#damaged('ends without a trailer: the capture was cut short', 0);
    return { damage: this.#damage, bytesLost: this.#bytesLost };
  }

  #read(part: Buffer): void {
    switch (this.#wanted) {
      case 'head':
        this.#readHead(part);
        break;
      case 'header':
        this.#taker.header(part.toString('utf8'));
        this.#expect('block', TRACE_BLOCK.size);
        break;
      case 'block':
        this.#readBlock(part);
        break;
      case 'body':
        this.#readBody(part);
        break;
      default:
        this.#wanted satisfies never;
    }
  }

  #readHead(part: Buffer): void {
    const magic = part.toString('latin1', 0, TRACE_MAGIC.length);
    if (magic !== TRACE_MAGIC)
      throw this.#corrupt(0, `begins with ${JSON.stringify(magic)} instead of ${JSON.stringify(TRACE_MAGIC)}`);
    const version = part.readUInt32LE(TRACE_HEAD.version);
    if (version !== TRACE_VERSION)
      throw this.#corrupt(TRACE_HEAD.version, `version ${version} instead of ${TRACE_VERSION}`);
    const bytes = part.readUInt32LE(TRACE_HEAD.headerBytes);
    if (bytes > MAX_JSON_BYTES) throw this.#corrupt(TRACE_HEAD.headerBytes, `a header of ${bytes} bytes`);
    this.#expect('header', padded(bytes));
  }

  #readBlock(part: Buffer): void {
    const kind = part.readUInt32LE(TRACE_BLOCK.kind);
    const bytes = part.readUInt32LE(TRACE_BLOCK.bytes);
    if (part.readUInt32LE(TRACE_BLOCK.magic) !== BLOCK_MAGIC)
      this.#damaged('what should be a block is none', part.length);
    else if (bytes > MAX_BLOCK_BYTES) this.#damaged(`a block claims ${bytes} bytes`, part.length);
    this.#block = { kind, bytes, crc: part.readUInt32LE(TRACE_BLOCK.crc32) };
    this.#expect('body', padded(bytes));
  }

  #readBody(part: Buffer): void {
    const body = part.subarray(0, this.#block.bytes);
    const wrong =
      crc32(body) === this.#block.crc ? this.#taker.block(this.#block.kind, body) : 'a block has another checksum';
    if (wrong !== null) this.#damaged(wrong, part.length);
    else this.#expect('block', TRACE_BLOCK.size);
  }

  #expect(wanted: Wanted, bytes: number): void {
    this.#wanted = wanted;
    this.#need = bytes;
  }

  #damaged(what: string, bytes: number): void {
    this.#damage = `${this.#name}: at byte ${this.#offset}: ${what}`;
    this.#bytesLost += bytes;
  }

  #corrupt(offset: number, what: string): HoplabError {
    return new HoplabError({
      code: 'TRACE_CORRUPT',
      message: `decode ${this.#name}: at byte ${offset}: ${what}`,
      hint: 'trace this path again; hoplab setup builds the tools anew where the version differs',
    });
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / PADDING) * PADDING;
}
