// SPDX-License-Identifier: GPL-2.0-only
/** When the kernel had each request: the prober's stamps of what it sent, behind its samples. */
import { type ContainerKind, HEAD, readContainer } from './container.ts';

/** Per sample, in its order; ns after the begin of its send call, 0 = not stamped. */
export interface SentStamps {
  readonly length: number;
  /** It went into the queue of the device. */
  readonly queueNs: Uint32Array;
  /** The driver gave it to the device. */
  readonly driverNs: Uint32Array;
}

/** `struct sent` of the prober. */
const SENT = { queueNs: 0, driverNs: 4, size: 8 } as const;
const SENT_FILE: ContainerKind = { magic: 'HOPLABT\n', recordBytes: SENT.size };

/** The prober's result in its two parts; the second is null where the bytes have one alone. */
export function splitResult(bytes: Buffer): { readonly samples: Buffer; readonly sent: Buffer | null } {
  if (bytes.length < HEAD.size) return { samples: bytes, sent: null };
  const records = Number(bytes.readBigUInt64LE(HEAD.records)) * bytes.readUInt32LE(HEAD.recordBytes);
  const end = HEAD.size + bytes.readUInt32LE(HEAD.headerBytes) + records;
  const isSecond = bytes.length >= end + HEAD.size && bytes.toString('latin1', end, end + 8) === SENT_FILE.magic;
  return isSecond ? { samples: bytes.subarray(0, end), sent: bytes.subarray(end) } : { samples: bytes, sent: null };
}

/** Any damage is SAMPLES_CORRUPT. */
export function decodeSentStamps(bytes: Uint8Array, name: string): SentStamps {
  const { records, count } = readContainer(bytes, SENT_FILE, name);
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const [queueNs, driverNs] = [new Uint32Array(count), new Uint32Array(count)];
  for (let i = 0, at = 0; i < count; i++, at += SENT.size) {
    queueNs[i] = view.getUint32(at + SENT.queueNs, true);
    driverNs[i] = view.getUint32(at + SENT.driverNs, true);
  }
  return { length: count, queueNs, driverNs };
}
