// SPDX-License-Identifier: GPL-2.0-only
/** Samples as bytes and back: the prober's result, and the `.hls` files of a run folder. */
import type { Buffer } from 'node:buffer';
import { emptySamples, type Samples } from '../../model/samples.ts';
import { type ContainerKind, readContainer, writeContainer } from './container.ts';

/** Offsets of one record, as `struct sample` of the prober lays them out. */
export const SAMPLE = {
  seq: 0,
  path: 4,
  flags: 5,
  group: 6,
  schedNs: 8,
  lateNs: 16,
  rttNs: 20,
  kernelReceiveNs: 24,
  serverNs: 28,
  size: 32,
} as const;

const SAMPLES_FILE: ContainerKind = { magic: 'HOPLABS\n', recordBytes: SAMPLE.size };

export interface SamplesFile {
  /** The JSON header, parsed but not checked. */
  readonly header: unknown;
  readonly samples: Samples;
}

/** Reads a whole file; any damage is SAMPLES_CORRUPT with the file's name, the offset and what was found. */
export function decodeSamplesFile(bytes: Uint8Array, name: string): SamplesFile {
  const { header, records, count } = readContainer(bytes, SAMPLES_FILE, name);
  return { header, samples: columnsOf(records, count) };
}

function columnsOf(records: Uint8Array, count: number): Samples {
  const samples = emptySamples(count);
  const { seq, path, flags, group, lateNs, rttNs, kernelReceiveNs, serverNs } = samples;
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const sched = new DataView(samples.schedNs.buffer);
  const low = lowWordOffset();
  for (let i = 0, at = 0; i < count; i++, at += SAMPLE.size) {
    seq[i] = view.getUint32(at + SAMPLE.seq, true);
    path[i] = view.getUint8(at + SAMPLE.path);
    flags[i] = view.getUint8(at + SAMPLE.flags);
    group[i] = view.getUint16(at + SAMPLE.group, true);
    lateNs[i] = view.getUint32(at + SAMPLE.lateNs, true);
    rttNs[i] = view.getUint32(at + SAMPLE.rttNs, true);
    kernelReceiveNs[i] = view.getUint32(at + SAMPLE.kernelReceiveNs, true);
    serverNs[i] = view.getUint32(at + SAMPLE.serverNs, true);
    // Word by word: a BigInt for each of a million records would be a million allocations.
    sched.setUint32(i * 8 + low, view.getUint32(at + SAMPLE.schedNs, true), low === 0);
    sched.setUint32(i * 8 + 4 - low, view.getUint32(at + SAMPLE.schedNs + 4, true), low === 0);
  }
  return samples;
}

/** Where this machine keeps the low half of a 64-bit number: 0 on little-endian ones, else 4. */
function lowWordOffset(): 0 | 4 {
  return new Uint32Array(new BigUint64Array([1n]).buffer)[0] === 1 ? 0 : 4;
}

/** Writes samples with a header of the caller's choice; `decodeSamplesFile` gives both back. */
export function encodeSamplesFile(samples: Samples, header: object): Buffer {
  const records = new Uint8Array(samples.length * SAMPLE.size);
  const view = new DataView(records.buffer);
  for (let i = 0, at = 0; i < samples.length; i++, at += SAMPLE.size) {
    view.setUint32(at + SAMPLE.seq, samples.seq[i] ?? 0, true);
    view.setUint8(at + SAMPLE.path, samples.path[i] ?? 0);
    view.setUint8(at + SAMPLE.flags, samples.flags[i] ?? 0);
    view.setUint16(at + SAMPLE.group, samples.group[i] ?? 0, true);
    view.setBigInt64(at + SAMPLE.schedNs, samples.schedNs[i] ?? 0n, true);
    view.setUint32(at + SAMPLE.lateNs, samples.lateNs[i] ?? 0, true);
    view.setUint32(at + SAMPLE.rttNs, samples.rttNs[i] ?? 0, true);
    view.setUint32(at + SAMPLE.kernelReceiveNs, samples.kernelReceiveNs[i] ?? 0, true);
    view.setUint32(at + SAMPLE.serverNs, samples.serverNs[i] ?? 0, true);
  }
  return writeContainer(SAMPLES_FILE, header, records);
}
