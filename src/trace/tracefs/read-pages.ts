// SPDX-License-Identifier: GPL-2.0-only
/** Reads a file of pages into events in the order of their times, in memory that holds one look into the buffers. */
import type { Buffer } from 'node:buffer';
import type { TraceFileTrailer } from '../../model/trace-file.ts';
import { BlockFile } from '../records/block-file.ts';
import { parseTraceTrailer } from '../records/file-text.ts';
import { BLOCK_KIND } from '../records/record-layout.ts';

import { PageDecoder } from './decode-page.ts';
import { createColumns, dropFirst, type EventColumns } from './event-columns.ts';
import { parseEventFormat, parsePageLayout } from './event-format.ts';
import { type PagesHeader, parsePagesHeader } from './header.ts';

/** One event: row `index` of the columns of a CPU. */
export type TakeEvent = (columns: EventColumns, index: number, cpu: number) => void;

/** Told once, before the first event. */
export interface PagesStart {
  readonly header: PagesHeader;
  readonly decoder: PageDecoder;
}

export interface PagesEnd {
  readonly header: PagesHeader;
  readonly trailer: TraceFileTrailer | null;
  readonly events: number;
  readonly damage: string | null;
  readonly bytesLost: number;
}

/** Of one CPU's buffer in one instance. */
interface Lane {
  readonly cpu: number;
  readonly columns: EventColumns;
  at: number;
}

const PAGES_KINDS: ReadonlySet<number> = new Set([BLOCK_KIND.pages, BLOCK_KIND.round, BLOCK_KIND.trailer]);
const BLOCK_HEAD = 8;
const EVERYTHING = 0xffff_ffff_ffff_ffffn;

export class PagesReader {
  readonly #begin: (start: PagesStart) => TakeEvent;
  readonly #file: BlockFile;
  readonly #lanes = new Map<number, Lane>();
  #start: PagesStart | null = null;
  #take: TakeEvent | null = null;
  #trailer: TraceFileTrailer | null = null;

  constructor(name: string, begin: (start: PagesStart) => TakeEvent) {
    this.#begin = begin;
    this.#file = new BlockFile(name, {
      recordBytes: null,
      header: (text) => this.#readHeader(text),
      wrongBlock: (kind) => (PAGES_KINDS.has(kind) ? null : `a block of kind ${kind}`),
      block: (kind, body) => this.#readBlock(kind, body),
    });
  }

  push(chunk: Uint8Array): void {
    this.#file.push(chunk);
  }

  end(): PagesEnd {
    const { damage, bytesLost } = this.#file.end();
    this.#emit(Number.POSITIVE_INFINITY);
    if (this.#start === null) throw new Error('a file that ended well has no header');
    const { header, decoder } = this.#start;
    const trailer = this.#trailer;
    const missed = decoder.missed;
    const said = (trailer?.lost ?? []).reduce((sum, lost) => sum + lost, 0);
    // Both count the same events: the buffers at their end, and the pages one by one.
    const lost = trailer === null || missed <= said ? trailer : { ...trailer, lost: [...trailer.lost, missed - said] };
    return { header, trailer: lost, events: decoder.events, damage, bytesLost };
  }

  #readHeader(text: string): string | null {
    const parsed = parsePagesHeader(text);
    if (!parsed.ok) return parsed.why;
    const header = parsed.value;
    const formats = header.events.map(({ format }) => parseEventFormat(format)).filter((format) => format !== null);
    const decoder = new PageDecoder({ formats, layout: parsePageLayout(header.headerPage) });
    this.#start = { header, decoder };
    this.#take = this.#begin(this.#start);
    return null;
  }

  #readBlock(kind: number, body: Buffer): string | null {
    switch (kind) {
      case BLOCK_KIND.pages:
        return this.#readPages(body);
      case BLOCK_KIND.round:
        return this.#readRound(body);
      case BLOCK_KIND.trailer: {
        const parsed = parseTraceTrailer(body.toString('utf8'));
        if (!parsed.ok) return `the trailer cannot be read: ${parsed.why}`;
        this.#trailer = parsed.value;
        return null;
      }
      default:
        return `a block of kind ${kind}`;
    }
  }

  #readPages(body: Buffer): string | null {
    const decoder = this.#start?.decoder;
    if (decoder === undefined || body.length < BLOCK_HEAD) return 'a block without pages';
    const [stream, cpu] = [body.readUInt32LE(0), body.readUInt32LE(4)];
    if (stream > 0xff || cpu > 0xffff) return `pages of stream ${stream}, CPU ${cpu}`;
    const lane = this.#laneOf(stream, cpu);
    for (let at = BLOCK_HEAD; at < body.length; ) {
      const next = decoder.decode(body, at, lane.columns);
      if (next < 0) return 'a page contradicts itself';
      at = next;
    }
    return null;
  }

  #laneOf(stream: number, cpu: number): Lane {
    const key = stream * 0x1_0000 + cpu;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = { cpu, columns: createColumns(), at: 0 };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** All that was stamped before this time has been read. */
  #readRound(body: Buffer): string | null {
    if (body.length !== 8) return `a round of ${body.length} bytes`;
    const until = body.readBigUInt64LE(0);
    const origin = this.#start?.decoder.originNs ?? null;
    if (origin !== null) this.#emit(until === EVERYTHING ? Number.POSITIVE_INFINITY : Number(until - origin));
    return null;
  }

  /** Hands on all events before this time, in the order of their times over all CPUs. */
  #emit(untilNs: number): void {
    const take = this.#take;
    if (take === null) return;
    const lanes = [...this.#lanes.values()].filter(({ columns }) => columns.length > 0);
    for (;;) {
      let first: Lane | null = null;
      let second = untilNs;
      let firstNs = untilNs;
      for (const lane of lanes) {
        if (lane.at >= lane.columns.length) continue;
        const time = lane.columns.timeNs[lane.at] ?? 0;
        if (time < firstNs) {
          second = firstNs;
          firstNs = time;
          first = lane;
        } else if (time < second) second = time;
      }
      if (first === null) break;
      // As far as no other lane has an earlier one.
      const { columns, cpu } = first;
      do take(columns, first.at++, cpu);
      while (
        first.at < columns.length &&
        (columns.timeNs[first.at] ?? 0) <= second &&
        (columns.timeNs[first.at] ?? 0) < untilNs
      );
    }
    for (const lane of lanes) {
      if (lane.at === 0) continue;
      dropFirst(lane.columns, lane.at);
      lane.at = 0;
    }
  }
}
