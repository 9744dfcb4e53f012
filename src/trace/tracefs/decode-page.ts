// SPDX-License-Identifier: GPL-2.0-only
/**
 * Decodes pages of the kernel's ring buffer (kernel/trace/ring_buffer.c, include/linux/ring_buffer.h): a time, a commit
 * word, then events of 4-byte units, each with its distance in time to the one before.
 */
import type { Buffer } from 'node:buffer';
import { type EventColumns, reserve } from './event-columns.ts';
import type { EventField, EventFormat, PageLayout } from './event-format.ts';
import { EVENT_KINDS, type KindFields } from './event-kinds.ts';
import { Names } from './names.ts';

/** In the commit word: events were lost before this page; how many stands behind its last event. */
const MISSED_EVENTS = 0x8000_0000;
const MISSED_STORED = 0x4000_0000;
const COMMIT_BITS = 0x000f_ffff;

/** Low 5 bits of an event's first word; 1 to 28 are its length in units of 4 bytes. */
const LENGTH_BEHIND = 0;
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
/** A distance has 27 bits; what goes beyond stands in an event of its own. */
const DELTA_UNIT = 2 ** 27;
/** Bytes of the shortest event. */
const LEAST_EVENT = 4;

/** How the fields of one kind of event are read; -1 = the kernel's event has none. */
interface Reader {
  readonly kind: number;
  readonly least: number;
  readonly key: number;
  readonly x: FieldReader;
  readonly y: FieldReader;
  readonly z: FieldReader;
  readonly device: number;
  readonly comm: number;
  readonly commBytes: number;
}
interface FieldReader {
  readonly at: number;
  readonly size: number;
}

const NO_FIELD: FieldReader = { at: -1, size: 0 };

export interface PageDecoderOptions {
  readonly formats: readonly EventFormat[];
  readonly layout: PageLayout;
}

export class PageDecoder {
  readonly names = new Names();
  /** Events that the pages say were lost; a page that does not say how many counts one. */
  missed = 0;
  events = 0;
  /** Of kinds that were not asked for. */
  unknown = 0;
  originNs: bigint | null = null;
  readonly #layout: PageLayout;
  readonly #readers: (Reader | undefined)[] = [];
  readonly #pidAt: number;
  #originLow = 0;
  #originHigh = 0;

  constructor({ formats, layout }: PageDecoderOptions) {
    this.#layout = layout;
    this.#pidAt = formats[0]?.fields.get('common_pid')?.offset ?? 4;
    for (const format of formats) {
      const kind = EVENT_KINDS.findIndex(({ event }) => event.endsWith(`/${format.name}`));
      const fields = EVENT_KINDS[kind];
      if (fields !== undefined) this.#readers[format.id] = readerOf(kind, fields, format);
    }
  }

  /** Decodes the page at `at` into the columns; the offset behind it, or -1: it contradicts itself. */
  decode(bytes: Buffer, at: number, columns: EventColumns): number {
    const { timestamp, commit, data } = this.#layout;
    if (at + data > bytes.length) return -1;
    const word = bytes.readUInt32LE(at + commit);
    const used = word & COMMIT_BITS;
    const begin = at + data;
    const end = begin + used;
    if (end > bytes.length) return -1;
    if ((word & MISSED_EVENTS) !== 0) this.missed += this.#missedOn(bytes, word, end);
    const low = bytes.readUInt32LE(at + timestamp);
    const high = bytes.readUInt32LE(at + timestamp + 4);
    if (this.originNs === null) {
      this.originNs = (BigInt(high) << 32n) | BigInt(low);
      [this.#originLow, this.#originHigh] = [low, high];
    }
    const startNs = (high - this.#originHigh) * 0x1_0000_0000 + (low - this.#originLow);
    reserve(columns, used / LEAST_EVENT);
    if (!this.#decodeEvents(bytes, { begin, end, startNs }, columns)) return -1;
    const behind = end + ((word & MISSED_STORED) !== 0 ? 8 : 0);
    // Whoever kept the page cut it to a multiple of 8.
    return at + Math.ceil((behind - at) / 8) * 8;
  }

  #missedOn(bytes: Buffer, word: number, end: number): number {
    return (word & MISSED_STORED) !== 0 && end + 8 <= bytes.length ? bytes.readUInt32LE(end) : 1;
  }

  #decodeEvents(
    bytes: Buffer,
    { begin, end, startNs }: { readonly begin: number; readonly end: number; readonly startNs: number },
    columns: EventColumns,
  ): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let time = startNs;
    let at = begin;
    while (at + LEAST_EVENT <= end) {
      const word = view.getUint32(at, true);
      const type = word & 31;
      const delta = word >>> 5;
      let body = at + 4;
      let length = type * 4;
      if (type === LENGTH_BEHIND) {
        if (at + 8 > end) return false;
        length = view.getUint32(at + 4, true) - 4;
        body = at + 8;
        // Rounded up to a unit by the kernel; a length below one would never end.
        if (length < 0) return false;
      } else if (type === PADDING) {
        if (delta === 0) return true;
        if (at + 8 > end) return false;
        time += delta;
        at += 4 + Math.max(4, view.getUint32(at + 4, true));
        continue;
      } else if (type >= TIME_EXTEND) {
        if (at + 8 > end) return false;
        const units = view.getUint32(at + 4, true);
        time = type === TIME_STAMP ? this.#absolute(units, delta, time) : time + units * DELTA_UNIT + delta;
        at += 8;
        continue;
      }
      if (body + length > end) return false;
      time += delta;
      this.events++;
      const reader = this.#readers[view.getUint16(body, true)];
      if (reader === undefined || length < reader.least) this.unknown++;
      else this.#add(view, bytes, { body, time, reader }, columns);
      at = body + length;
    }
    return true;
  }

  /** A whole time of 59 bits; the highest 5 are those of the time before. */
  #absolute(units: number, delta: number, time: number): number {
    const origin = this.originNs ?? 0n;
    const top = (origin + BigInt(Math.round(time))) & ~((1n << 59n) - 1n);
    return Number(top + (BigInt(units) << 27n) + BigInt(delta) - origin);
  }

  #add(
    view: DataView,
    bytes: Buffer,
    { body, time, reader }: { readonly body: number; readonly time: number; readonly reader: Reader },
    columns: EventColumns,
  ): void {
    const i = columns.length++;
    const { key, x, y, z, device, comm } = reader;
    columns.timeNs[i] = time;
    columns.kind[i] = reader.kind;
    columns.pid[i] = view.getInt32(body + this.#pidAt, true);
    columns.key[i] =
      key < 0 ? 0 : view.getUint16(body + key + 4, true) * 0x1_0000_0000 + view.getUint32(body + key, true);
    columns.x[i] = x.at < 0 ? 0 : numberAt(view, body, x);
    columns.y[i] = y.at < 0 ? 0 : numberAt(view, body, y);
    columns.z[i] = z.at < 0 ? 0 : numberAt(view, body, z);
    if (device >= 0) {
      const where = view.getUint32(body + device, true);
      const from = body + (where & 0xffff);
      columns.name[i] = this.names.intern(bytes, from, Math.min(from + (where >>> 16), bytes.length));
    } else if (comm >= 0) {
      columns.name[i] = this.names.intern(bytes, body + comm, body + comm + reader.commBytes);
    } else {
      columns.name[i] = -1;
    }
  }
}

/** Its lowest 32 bits: nothing that is looked at needs more. */
function numberAt(view: DataView, body: number, { at, size }: FieldReader): number {
  return size === 2
    ? view.getUint16(body + at, true)
    : size === 1
      ? view.getUint8(body + at)
      : view.getInt32(body + at, true);
}

function readerOf(kind: number, wanted: KindFields, { fields }: EventFormat): Reader {
  const field = (name: string | undefined): EventField | undefined =>
    name === undefined ? undefined : fields.get(name);
  const number = (name: string | undefined): FieldReader => {
    const found = field(name);
    return found === undefined ? NO_FIELD : { at: found.offset, size: Math.min(found.size, 8) };
  };
  const third = field(wanted.third);
  const comm = field(wanted.comm);
  const word = third === undefined ? 0 : third.size / 6;
  return {
    kind,
    least: Math.max(0, ...[...fields.values()].map(({ offset, size }) => offset + size)),
    key: field(wanted.key)?.offset ?? -1,
    x: number(wanted.x),
    y: number(wanted.y),
    z: third === undefined ? number(wanted.z) : { at: third.offset + 2 * word, size: word },
    device: field(wanted.device)?.offset ?? -1,
    comm: comm?.offset ?? -1,
    commBytes: comm?.size ?? 0,
  };
}
