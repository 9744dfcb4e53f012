// SPDX-License-Identifier: GPL-2.0-only
/** Takes a file of blocks apart, from chunks of any size: head, header, and each block with its checksum proven. */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { HoplabError } from '../../model/errors.ts';
import {
  BLOCK_KIND,
  BLOCK_MAGIC,
  MAX_BLOCK_BYTES,
  MAX_JSON_BYTES,
  PADDING,
  TRACE_BLOCK,
  TRACE_HEAD,
  TRACE_MAGIC,
  TRACE_VERSION,
} from './record-layout.ts';

/** What a kind of file makes of its blocks. Where it gives text, that says what is wrong. */
export interface BlockTaker {
  /** Bytes of a record as the head must say; null = a file without records. */
  readonly recordBytes: number | null;
  /** The JSON at the begin. */
  header(text: string): string | null;
  /** The head of a block, before its body is read. */
  wrongBlock(kind: number, bytes: number): string | null;
  /** A body with the checksum that its head says; valid until the call returns. */
  block(kind: number, body: Buffer): string | null;
  /** Added to what is said of a damage. */
  soFar?(): string;
}

export interface BlockFileEnd {
  /** Null = nothing; else where and what. */
  readonly damage: string | null;
  readonly bytesLost: number;
}

type Wanted = 'head' | 'header' | 'block' | 'body' | 'nothing';

/** Push chunks, then `end`. Throws TRACE_CORRUPT only where nothing can be read: a head that is not one. */
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

  /** Throws TRACE_CORRUPT where not even the header is there. */
  end(): BlockFileEnd {
    const rest = this.#pending.length;
    if (this.#wanted === 'head' || this.#wanted === 'header')
      throw this.#corrupt(this.#offset + rest, `ends within its ${this.#wanted}: nothing can be read`);
    if (this.#damage === null && this.#wanted !== 'nothing')
      this.#damaged(rest === 0 ? 'ends without a trailer: the capture was cut short' : 'ends within a block', rest);
    return { damage: this.#damage, bytesLost: this.#bytesLost };
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
      throw this.#corrupt(0, `begins with ${JSON.stringify(magic)} instead of ${JSON.stringify(TRACE_MAGIC)}`);
    const version = part.readUInt32LE(TRACE_HEAD.version);
    if (version !== TRACE_VERSION)
      throw this.#corrupt(TRACE_HEAD.version, `version ${version} instead of ${TRACE_VERSION}`);
    const recordBytes = part.readUInt32LE(TRACE_HEAD.recordBytes);
    const expected = this.#taker.recordBytes;
    if (expected !== null && recordBytes !== expected)
      throw this.#corrupt(TRACE_HEAD.recordBytes, `records of ${recordBytes} bytes instead of ${expected}`);
    const bytes = part.readUInt32LE(TRACE_HEAD.headerBytes);
    if (bytes > MAX_JSON_BYTES) throw this.#corrupt(TRACE_HEAD.headerBytes, `a header of ${bytes} bytes`);
    this.#expect('header', padded(bytes));
  }

  #readHeader(part: Buffer): void {
    const wrong = this.#taker.header(part.toString('utf8'));
    if (wrong !== null) throw this.#corrupt(TRACE_HEAD.size, `the header cannot be read: ${wrong}`);
    this.#expect('block', TRACE_BLOCK.size);
  }

  #readBlock(part: Buffer): void {
    const kind = part.readUInt32LE(TRACE_BLOCK.kind);
    const bytes = part.readUInt32LE(TRACE_BLOCK.bytes);
    if (part.readUInt32LE(TRACE_BLOCK.magic) !== BLOCK_MAGIC)
      this.#damaged('what should be a block is none', part.length);
    else {
      const most = kind === BLOCK_KIND.trailer ? MAX_JSON_BYTES : MAX_BLOCK_BYTES;
      const wrong = bytes > most ? `a block claims ${bytes} bytes` : this.#taker.wrongBlock(kind, bytes);
      if (wrong !== null) this.#damaged(wrong, part.length);
    }
    this.#block = { kind, bytes, crc: part.readUInt32LE(TRACE_BLOCK.crc32) };
    this.#expect('body', padded(bytes));
  }

  #readBody(part: Buffer): void {
    const { kind, bytes, crc } = this.#block;
    const body = part.subarray(0, bytes);
    if (crc32(body) !== crc) {
      this.#damaged('a block has another checksum', part.length);
      return;
    }
    const isLast = kind === BLOCK_KIND.trailer;
    this.#expect(isLast ? 'nothing' : 'block', isLast ? 0 : TRACE_BLOCK.size);
    const wrong = this.#taker.block(kind, body);
    // A trailer holds nothing that would be lost with it.
    if (wrong !== null) this.#damaged(wrong, isLast ? 0 : part.length);
  }

  #expect(wanted: Wanted, bytes: number): void {
    this.#wanted = wanted;
    this.#need = bytes;
  }

  #damaged(what: string, bytes: number): void {
    this.#damage = `${this.#name}: at byte ${this.#offset}: ${what}${this.#taker.soFar?.() ?? ''}`;
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
