// SPDX-License-Identifier: GPL-2.0-only
/** The bytes of the prober's files: one head, a JSON header, fixed records; little-endian throughout. */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { HoplabError } from '../../model/errors.ts';

/** Offsets of the head, as `struct head` of the prober lays them out. */
export const HEAD = {
  magic: 0,
  version: 8,
  recordBytes: 12,
  headerBytes: 16,
  crc32: 20,
  records: 24,
  size: 32,
} as const;

export const CONTAINER_VERSION = 1;
const HEADER_PADDING = 8;

/** What distinguishes the kinds of container. */
export interface ContainerKind {
  readonly magic: string;
  readonly recordBytes: number;
}

export interface Container {
  /** The JSON header, parsed but not checked. */
  readonly header: unknown;
  /** The records' bytes; their number is given beside them. */
  readonly records: Uint8Array;
  readonly count: number;
}

export function corrupt(name: string, offset: number, what: string): HoplabError {
  return new HoplabError({
    code: 'SAMPLES_CORRUPT',
    message: `decode ${name}: at byte ${offset}: ${what}`,
    hint: 'measure this cell again',
  });
}

/**
 * Splits a container into header and records after checking magic, version, sizes and CRC. Throws SAMPLES_CORRUPT with
 * `name` at any damage.
 */
export function readContainer(bytes: Uint8Array, kind: ContainerKind, name: string): Container {
  if (bytes.length < HEAD.size) throw corrupt(name, bytes.length, `ends within the head of ${HEAD.size} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, kind.magic.length).toString('latin1');
  if (magic !== kind.magic)
    throw corrupt(name, HEAD.magic, `begins with ${JSON.stringify(magic)} instead of ${JSON.stringify(kind.magic)}`);
  const version = view.getUint32(HEAD.version, true);
  if (version !== CONTAINER_VERSION)
    throw corrupt(name, HEAD.version, `version ${version} instead of ${CONTAINER_VERSION}`);
  const recordBytes = view.getUint32(HEAD.recordBytes, true);
  if (recordBytes !== kind.recordBytes)
    throw corrupt(name, HEAD.recordBytes, `records of ${recordBytes} bytes instead of ${kind.recordBytes}`);
  const headerBytes = view.getUint32(HEAD.headerBytes, true);
  if (headerBytes % HEADER_PADDING !== 0 || HEAD.size + headerBytes > bytes.length)
    throw corrupt(name, HEAD.headerBytes, `a header of ${headerBytes} bytes in a file of ${bytes.length}`);
  const start = HEAD.size + headerBytes;
  const declared = view.getBigUint64(HEAD.records, true);
  const damage = damageOf(bytes, view, { start, recordBytes, declared });
  if (damage !== null) throw corrupt(name, damage.offset, damage.what);
  return {
    header: parseHeader(bytes.subarray(HEAD.size, start), name),
    records: bytes.subarray(start),
    count: Number(declared),
  };
}

interface Extent {
  readonly start: number;
  readonly recordBytes: number;
  readonly declared: bigint;
}

function damageOf(bytes: Uint8Array, view: DataView, extent: Extent): { offset: number; what: string } | null {
  const { start, recordBytes, declared } = extent;
  const expected = BigInt(start) + declared * BigInt(recordBytes);
  if (BigInt(bytes.length) < expected)
    return { offset: bytes.length, what: `ends early: ${declared} records need ${expected} bytes` };
  if (BigInt(bytes.length) > expected)
    return {
      offset: Number(expected),
      what: `${BigInt(bytes.length) - expected} bytes follow the last of ${declared} records`,
    };
  const crc = crc32(bytes.subarray(HEAD.size));
  const stored = view.getUint32(HEAD.crc32, true);
  if (crc !== stored)
    return { offset: HEAD.crc32, what: `CRC ${hex(stored)} does not fit the contents, whose CRC is ${hex(crc)}` };
  return null;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

function parseHeader(bytes: Uint8Array, name: string): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw corrupt(name, HEAD.size, `the header is not JSON: ${reason}`);
  }
}

/** Joins header and records into one file; `records` is a multiple of the kind's record size. */
export function writeContainer(kind: ContainerKind, header: object, records: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const headerBytes = Math.ceil(json.length / HEADER_PADDING) * HEADER_PADDING;
  const bytes = Buffer.alloc(HEAD.size + headerBytes + records.length, 0x20);
  bytes.write(kind.magic, HEAD.magic, 'latin1');
  bytes.writeUInt32LE(CONTAINER_VERSION, HEAD.version);
  bytes.writeUInt32LE(kind.recordBytes, HEAD.recordBytes);
  bytes.writeUInt32LE(headerBytes, HEAD.headerBytes);
  bytes.writeBigUInt64LE(BigInt(records.length / kind.recordBytes), HEAD.records);
  bytes.set(json, HEAD.size);
  bytes.set(records, HEAD.size + headerBytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD.size)), HEAD.crc32);
  return bytes;
}
