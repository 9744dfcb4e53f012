// SPDX-License-Identifier: GPL-2.0-only
/** Files of trace records are decoded from chunks of any size, and damaged ones up to the damage. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import type { TraceFileState } from '../../../src/model/trace-file.ts';
import { RecordDecoder } from '../../../src/trace/records/decode-records.ts';
import { pointName, TRACE_POINTS } from '../../../src/trace/records/points.ts';
import {
  BLOCK_KIND,
  BLOCK_MAGIC,
  RECORD,
  RECORD_FLAGS,
  TRACE_BLOCK,
  TRACE_HEAD,
  TRACE_MAGIC,
  TRACE_VERSION,
} from '../../../src/trace/records/record-layout.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordBytes, traceBlock, traceFile, traceHead, type WrittenRecord } from '../../fixtures/trace-file.ts';

const DAY_NS = 86_400_000_000_000n;
/** Beyond 2^53 ns: a machine that has been up for 200 days. */
const RECORDS: WrittenRecord[] = Array.from({ length: 25 }, (_, i) => ({
  ...{
    timeNs: 200n * DAY_NS + BigInt(i),
    point: i % 25 === 0 ? 1 : i % 25,
    number: 0xffff_fff0 + i,
    netns: 0xf000_0001,
  },
  ...{ source: 0x0100_000a, destination: 0xff00_000a, sourcePort: 65_535, destinationPort: 7, cpu: i, tid: i + 1 },
  ...{ ifindex: 3, length: 114, protocol: 6, flags: 5, payload: 48, aux: 0xdead_beef_0000_0001n },
}));

interface Read {
  readonly state: TraceFileState;
  readonly times: bigint[];
  readonly numbers: number[];
  readonly aux: bigint[];
}

function read(bytes: Uint8Array, chunk = bytes.length || 1): Read {
  const times: bigint[] = [];
  const numbers: number[] = [];
  const aux: bigint[] = [];
  const decoder = new RecordDecoder('trace.hlt', (batch, { originNs }) => {
    for (let i = 0; i < batch.length; i++) {
      times.push(originNs + BigInt(batch.timeNs[i] ?? Number.NaN));
      numbers.push(batch.number[i] ?? -1);
      aux.push((BigInt(batch.auxHigh[i] ?? 0) << 32n) | BigInt(batch.auxLow[i] ?? 0));
    }
  });
  for (let at = 0; at < bytes.length; at += chunk) {
    // A buffer that is used again, as a reader of files has it.
    const part = Buffer.from(bytes.subarray(at, at + chunk));
    decoder.push(part);
    part.fill(0xaa);
  }
  return { state: decoder.end(), times, numbers, aux };
}

const HEADER = { asked: ['kick'], refused: [{ point: 'driver_enter', why: 'Operation not permitted' }] };

it('every field comes back, however the file is cut into chunks, exact at an uptime beyond 2^53 ns', () => {
  const file = traceFile(HEADER, RECORDS, { perBlock: 7, trailer: { startNs: '17', lost: [0, 0] } });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: file.length }), (chunk) => {
      const { state, times, numbers, aux } = read(file, chunk);
      assert.deepEqual(
        times,
        RECORDS.map(({ timeNs }) => timeNs),
      );
      assert.deepEqual(
        numbers,
        RECORDS.map(({ number = 0 }) => number >>> 0),
      );
      assert.ok(aux.every((value) => value === 0xdead_beef_0000_0001n));
      assert.equal(state.damage, null);
      assert.equal(state.recordsLost, 0);
      assert.equal(state.trailer?.startNs, 17n);
      assert.equal(state.header.refused[0]?.why, 'Operation not permitted');
    }),
    { numRuns: 60 },
  );
});

it('a file that is cut anywhere behind its header gives every whole block before the cut, and says that it was cut', () => {
  const file = traceFile(HEADER, RECORDS, { perBlock: 5 });
  const head = traceHead(HEADER).length;
  const block = TRACE_BLOCK.size + 5 * RECORD.size;
  for (let length = head; length < file.length; length += 13) {
    const { state, times } = read(file.subarray(0, length), 64);
    assert.equal(times.length, Math.min(5, Math.floor((length - head) / block)) * 5);
    assert.equal(state.records, times.length);
    assert.match(state.damage ?? '', /cut short|ends within a block/);
    assert.equal(state.trailer, null);
  }
});

it('a block with a flipped bit ends the reading there, and what lies behind is counted as lost', () => {
  const file = traceFile(HEADER, RECORDS, { perBlock: 5 });
  const at = traceHead(HEADER).length + 2 * (TRACE_BLOCK.size + 5 * RECORD.size) + TRACE_BLOCK.size + 100;
  file.writeUInt8(file.readUInt8(at) ^ 4, at);
  const { state, times } = read(file, 100);
  assert.equal(times.length, 10);
  assert.match(state.damage ?? '', /another checksum; 10 records before it were read/);
  assert.ok((state.recordsLost ?? 0) >= 15 && (state.recordsLost ?? 0) <= 17, `${state.recordsLost}`);
});

it('what cannot be a trace is refused with its place and a hint', () => {
  const good = traceFile(HEADER, RECORDS);
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(good);
    copy.writeUInt32LE(value, at);
    return copy;
  };
  const cases: [Buffer, RegExp][] = [
    [Buffer.alloc(0), /at byte 0: ends within its head/],
    [good.subarray(0, 30), /ends within its header/],
    [changed(0, 1), /begins with/],
    [changed(TRACE_HEAD.version, 9), /version 9 instead of 1/],
    [changed(TRACE_HEAD.recordBytes, 32), /records of 32 bytes/],
    [changed(TRACE_HEAD.headerBytes, 0xffff_ffff), /a header of 4294967295 bytes/],
    [changed(TRACE_HEAD.size, 0), /the header cannot be read/],
    [traceHead({ asked: 3 }), /the header cannot be read: asked/],
  ];
  for (const [bytes, message] of cases)
    assert.throws(
      () => read(bytes),
      (error) => error instanceof HoplabError && error.code === 'TRACE_CORRUPT' && message.test(error.message),
    );
});

it('a block that lies about its size or kind, and bytes behind the trailer, are damage', () => {
  const head = traceHead(HEADER);
  const block = traceBlock(recordBytes(RECORDS));
  const lie = (at: number, value: number) => {
    const copy = Buffer.from(block);
    copy.writeUInt32LE(value, at);
    return Buffer.concat([head, copy]);
  };
  for (const [bytes, damage] of [
    [lie(TRACE_BLOCK.magic, 7), /is none/],
    [lie(TRACE_BLOCK.kind, 7), /kind 7/],
    [lie(TRACE_BLOCK.bytes, 0xffff_ffc0), /claims 4294967232 bytes/],
    [lie(TRACE_BLOCK.bytes, 65), /no number of records/],
    [Buffer.concat([head, traceBlock(Buffer.from('{'), BLOCK_KIND.trailer)]), /trailer cannot be read/],
    [Buffer.concat([traceFile(HEADER, RECORDS), Buffer.alloc(64)]), /bytes follow the trailer/],
  ] as const)
    assert.match(read(bytes).state.damage ?? '', damage);
});

it('random bytes behind a good header never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (noise) => {
      const { state } = read(Buffer.concat([traceHead(HEADER), noise]), 50);
      assert.notEqual(state.damage, null);
    }),
  );
});

const RECORD_H = join(projectFolder(), 'native/hoptrace/record.h');

it('layout, flags and points are those of native/hoptrace/record.h', { skip: !existsSync(RECORD_H) }, () => {
  const text = readFileSync(RECORD_H, 'utf8');
  const points = [...text.matchAll(/^\s*POINT\((\w+), "([^"]*)"\)/gm)].map(([, name, meaning]) => ({ name, meaning }));
  assert.deepEqual(
    TRACE_POINTS.map(({ name, meaning }) => ({ name, meaning })),
    points,
  );
  assert.equal(pointName(points.length + 1), `point ${points.length + 1}`);
  const at = [...text.matchAll(/^AT\(record, (\w+), (\d+)\);/gm)].map(([, field = '', offset]) => [
    field,
    Number(offset),
  ]);
  const words: Readonly<Record<string, number>> = RECORD;
  const camel = (field: string) => field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  assert.ok(at.length >= 8);
  for (const [field, offset] of at) assert.equal(words[camel(String(field))], offset, String(field));
  assert.match(text, new RegExp(`TRACE_MAGIC "${TRACE_MAGIC}"`));
  assert.match(text, new RegExp(`TRACE_VERSION ${TRACE_VERSION}\\b`));
  assert.match(text, new RegExp(`BLOCK_MAGIC 0x${BLOCK_MAGIC.toString(16)}\\b`));
  const flags = [...text.matchAll(/RECORD_\w+ = 1 << (\d)/g)].map(([, bit]) => 1 << Number(bit));
  assert.deepEqual(Object.values(RECORD_FLAGS), flags);
});
