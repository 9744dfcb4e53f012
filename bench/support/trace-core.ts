// SPDX-License-Identifier: GPL-2.0-only
/** Decoding and joining generated records in one thread: records a second, and the memory that it takes. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { crc32 } from 'node:zlib';
import { breakDown } from '../../src/trace/breakdown/breakdown.ts';
import { Joiner } from '../../src/trace/join/join.ts';
import { RecordDecoder } from '../../src/trace/records/decode-records.ts';
import { RECORD } from '../../src/trace/records/record-layout.ts';
import { JOIN_OPTIONS } from '../../test/fixtures/simulated-trace.ts';
import { traceBlock, traceHead } from '../../test/fixtures/trace-file.ts';
import type { GoalRow } from './goal-table.ts';
import { type GeneratedFile, makeTemplates, REQUEST_BYTES, TEMPLATE } from './trace-template.ts';

export interface TraceCoreFigures {
  readonly records: number;
  readonly transactions: number;
  /** Of decoding alone, and of decoding and joining, in records a second. */
  readonly decodePerSecond: number;
  readonly joinPerSecond: number;
  /** The same by CPU time of the whole process (with its garbage collector): what a busy machine does not change. */
  readonly joinPerCpuSecond: number;
  /** Breaking down what was joined, ms. */
  readonly breakDownMs: number;
  /** The most that the process had in memory while it joined, and what it had before, bytes. */
  readonly peakBytes: number;
  readonly beforeBytes: number;
  /** The most that it ever had, breaking down included, bytes. */
  readonly everBytes: number;
}

export interface TraceCoreOptions {
  /** How many records at least, of both machines. */
  readonly records: number;
  /** Over a guest with a clock of its own, or on one machine. */
  readonly path: 'guest' | 'host';
}

export async function benchTraceCore({ records, path }: TraceCoreOptions): Promise<TraceCoreFigures> {
  const files = await makeTemplates(records, path);
  const total = files.reduce((sum, { template, rounds }) => sum + (template.length / RECORD.size) * rounds, 0);
  // Once over a few rounds, so that what is timed is compiled.
  joinAll(
    files.map((file) => ({ ...file, rounds: Math.min(file.rounds, 5) })),
    path,
  );
  const decodeMs = timed(files, () => () => undefined).ms;
  const beforeBytes = process.memoryUsage.rss();
  const { joiner, ms, cpuMs, peakBytes } = joinAll(files, path);
  const finishing = clock();
  const joined = joiner.finish();
  const finished = since(finishing);
  const joinMs = ms + finished.ms;
  const joinCpuMs = cpuMs + finished.cpuMs;
  const peak = Math.max(peakBytes, process.memoryUsage.rss());
  const breaking = performance.now();
  const [first] = joined.paths;
  if (first === undefined) throw new Error('no path was joined');
  const { transactions } = breakDown(first.timelines, { alignment: joined.alignments.get('guest') ?? null });
  if (transactions < TEMPLATE * (files[0]?.rounds ?? 0) - 1)
    throw new Error(`only ${transactions} transactions were joined`);
  return {
    ...{ records: total, transactions, decodePerSecond: (total / decodeMs) * 1000 },
    ...{ joinPerSecond: (total / joinMs) * 1000, joinPerCpuSecond: (total / joinCpuMs) * 1000 },
    ...{ breakDownMs: performance.now() - breaking, peakBytes: peak, beforeBytes },
    everBytes: highWaterBytes(),
  };
}

export const CORE_GOALS = { joinPerSecond: 3e6, peakBytes: 500e6 } as const;

/** The goals are asked of what one thread did in the time that passed, and of the whole process's memory. */
export function traceCoreRows(figures: TraceCoreFigures): GoalRow[] {
  const { records, transactions, joinPerSecond, peakBytes, beforeBytes } = figures;
  const millions = (value: number) => `${(value / 1e6).toFixed(1)} M`;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const plain = (what: string, measured: string): GoalRow => ({ what, measured, goal: '', met: null });
  return [
    {
      what: 'decode and join in one thread, records/s',
      measured: millions(joinPerSecond),
      goal: `at least ${millions(CORE_GOALS.joinPerSecond)}`,
      met: joinPerSecond >= CORE_GOALS.joinPerSecond,
    },
    {
      what: `  most memory of the process, ${millions(records)} records`,
      measured: `${megabytes(peakBytes)}, of it ${megabytes(beforeBytes)} before the first`,
      goal: `under ${megabytes(CORE_GOALS.peakBytes)}`,
      met: peakBytes < CORE_GOALS.peakBytes,
    },
    plain('  records in a second of its CPU time, garbage collection included', millions(figures.joinPerCpuSecond)),
    plain('  decode alone, records/s', millions(figures.decodePerSecond)),
    plain('  transactions joined', transactions.toLocaleString('en')),
    plain('  break them down', `${(figures.breakDownMs / 1000).toFixed(2)} s`),
    plain('  the same with breaking down', megabytes(figures.everBytes)),
    plain('  load after it', loadavg()[0]?.toFixed(1) ?? ''),
  ];
}

/** By the kernel's own count: between two looks of ours it may have been more. */
function highWaterBytes(): number {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(peak ?? Number.NaN) * 1024;
}

function joinAll(files: readonly GeneratedFile[], path: TraceCoreOptions['path']) {
  const joiner = new Joiner({ ...JOIN_OPTIONS, client: path });
  return { joiner, ...timed(files, ({ machine }) => joiner.take(machine)) };
}

function timed(files: readonly GeneratedFile[], takeOf: (file: GeneratedFile) => ReturnType<Joiner['take']>) {
  let ms = 0;
  let cpuMs = 0;
  let peakBytes = 0;
  for (const file of files) {
    const decoder = new RecordDecoder(file.machine, takeOf(file));
    decoder.push(traceHead({}));
    for (const chunk of chunksOf(file)) {
      const start = clock();
      decoder.push(chunk);
      const took = since(start);
      ms += took.ms;
      cpuMs += took.cpuMs;
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    }
  }
  return { ms, cpuMs, peakBytes };
}

function clock() {
  return { at: performance.now(), cpu: process.cpuUsage() };
}

function since({ at, cpu }: ReturnType<typeof clock>): { readonly ms: number; readonly cpuMs: number } {
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - at, cpuMs: (user + system) / 1000 };
}

/** The template again and again, in place: times and numbers go on where the round before ended. */
function* chunksOf({ template, spanNs, rounds }: GeneratedFile): Generator<Buffer> {
  const block = traceBlock(Buffer.from(template));
  const body = block.subarray(16, 16 + template.length);
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; round > 0 && at < body.length; at += RECORD.size) {
      body.writeBigUInt64LE(body.readBigUInt64LE(at + RECORD.timeNs) + spanNs, at + RECORD.timeNs);
      if (body[at + RECORD.protocol] === 0) continue;
      const number = body.readUInt32LE(at + RECORD.number) + TEMPLATE * REQUEST_BYTES;
      body.writeUInt32LE(number >>> 0, at + RECORD.number);
    }
    block.writeUInt32LE(crc32(body), 12);
    yield block;
  }
}
