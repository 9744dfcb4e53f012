// SPDX-License-Identifier: GPL-2.0-only
/** Where the fields of a file of trace records lie: the mirror of native/hoptrace/record.h, which a test compares. */

export const TRACE_MAGIC = 'HOPTRACE';
export const TRACE_VERSION = 1;

/** `struct file_head`; the JSON header follows, padded to 8 bytes, then blocks. */
export const TRACE_HEAD = { magic: 0, version: 8, mechanism: 12, recordBytes: 16, headerBytes: 20, size: 24 } as const;

/** `struct block_head`: before every run of records, and before the trailer. `crc32` is of the body, unpadded. */
export const TRACE_BLOCK = { magic: 0, kind: 4, bytes: 8, crc32: 12, size: 16 } as const;

/** "TBLK", little-endian. */
export const BLOCK_MAGIC = 0x4b4c4254;
/** pages, round: of a file with the mechanism tracefs. */
export const BLOCK_KIND = { records: 1, trailer: 2, pages: 3, round: 4 } as const;
/** The most that the body of one block may have: what a reader must hold. */
export const MAX_BLOCK_BYTES = 4 << 20;
/** The most that the JSON header or trailer may have. */
export const MAX_JSON_BYTES = 1 << 20;
export const PADDING = 8;

/** `struct record`. */
export const RECORD = {
  timeNs: 0,
  skb: 8,
  source: 16,
  destination: 20,
  sourcePort: 24,
  destinationPort: 26,
  number: 28,
  ifindex: 32,
  netns: 36,
  tid: 40,
  length: 44,
  point: 48,
  cpu: 50,
  protocol: 52,
  flags: 53,
  payload: 54,
  aux: 56,
  size: 64,
} as const;

/** `enum record_flag`. */
export const RECORD_FLAGS = {
  /** Which packet it is was remembered by CPU or task, and not read from a packet. */
  byState: 1 << 0,
  /** TCP without payload. */
  ack: 1 << 1,
  gso: 1 << 2,
  retransmit: 1 << 3,
  /** Bytes 16 to 31 are the name of the task, and no packet's addresses. */
  name: 1 << 4,
  /** `number` is not known. */
  noNumber: 1 << 5,
  ipv6: 1 << 6,
} as const;

export const PROTOCOL = { none: 0, tcp: 6, udp: 17 } as const;
