// SPDX-License-Identifier: GPL-2.0-only
/** Pages of the kernel's ring buffer: every kind of event in them, what was lost before them, and what is no page. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PageDecoder } from '../../../src/trace/tracefs/decode-page.ts';
import { createColumns } from '../../../src/trace/tracefs/event-columns.ts';
import { parseEventFormat, parsePageLayout, USUAL_PAGE } from '../../../src/trace/tracefs/event-format.ts';
import { EVENT_KINDS, kindOf } from '../../../src/trace/tracefs/event-kinds.ts';

const COMMON = `	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;
`;
const QUEUE = `name: net_dev_queue
ID: 2304
format:
${COMMON}
	field:void * skbaddr;	offset:8;	size:8;	signed:0;
	field:unsigned int len;	offset:16;	size:4;	signed:0;
	field:__data_loc char[] name;	offset:20;	size:4;	signed:0;

print fmt: "dev=%s skbaddr=%p len=%u", __get_str(name), REC->skbaddr, REC->len
`;
const ENTER = `name: sys_enter
ID: 443
format:
${COMMON}
	field:long id;	offset:8;	size:8;	signed:1;
	field:unsigned long args[6];	offset:16;	size:48;	signed:0;

print fmt: "NR %ld", REC->id
`;
const HEADER_PAGE = `	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:4080;	signed:0;
`;
const START = 13_069_205_442_197n;

function decoder(): PageDecoder {
  const formats = [QUEUE, ENTER].map((text) => parseEventFormat(text) ?? assert.fail('no format'));
  return new PageDecoder({ formats, layout: parsePageLayout(HEADER_PAGE) });
}

function word(type: number, delta: number, array?: number): Buffer {
  const bytes = Buffer.alloc(array === undefined ? 4 : 8);
  bytes.writeUInt32LE(((delta << 5) | type) >>> 0, 0);
  if (array !== undefined) bytes.writeUInt32LE(array >>> 0, 4);
  return bytes;
}

function queueEvent(length: number, device = 'tap0', pid = 77): Buffer {
  const body = Buffer.alloc(24 + 8);
  body.writeUInt16LE(2304, 0);
  body.writeInt32LE(pid, 4);
  body.writeBigUInt64LE(0xffff_8881_2345_6700n, 8);
  body.writeUInt32LE(length, 16);
  body.writeUInt32LE((24 | ((device.length + 1) << 16)) >>> 0, 20);
  body.write(`${device}\0`, 24, 'latin1');
  return body;
}

/** With its length in the word itself, or behind it as the kernel writes what is longer than 112 bytes. */
function event(body: Buffer, delta: number, behind = false): Buffer {
  return Buffer.concat([behind ? word(0, delta, body.length + 4) : word(body.length / 4, delta), body]);
}

function page(parts: readonly Buffer[], flags = 0, tail: Buffer = Buffer.alloc(0)): Buffer {
  const data = Buffer.concat(parts);
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(START, 0);
  head.writeUInt32LE((data.length | flags) >>> 0, 8);
  const whole = Buffer.concat([head, data, tail]);
  return Buffer.concat([whole, Buffer.alloc((8 - (whole.length % 8)) % 8)]);
}

describe('what tracefs says of its layouts', () => {
  it('is read field by field, and no field is where another kernel has it', () => {
    const format = parseEventFormat(QUEUE) ?? assert.fail('no format');
    assert.deepEqual([format.id, format.name], [2304, 'net_dev_queue']);
    assert.deepEqual(format.fields.get('skbaddr'), { offset: 8, size: 8, signed: false, dynamic: false });
    assert.equal(format.fields.get('name')?.dynamic, true);
    const moved = parseEventFormat(QUEUE.replace('len;	offset:16', 'len;	offset:40')) ?? assert.fail('no format');
    assert.equal(moved.fields.get('len')?.offset, 40);
    assert.equal(parseEventFormat('nothing of the kind'), null);
  });

  it('of a page is the usual one where nothing is said', () => {
    assert.deepEqual(parsePageLayout(HEADER_PAGE), USUAL_PAGE);
    assert.deepEqual(parsePageLayout(''), USUAL_PAGE);
  });

  it('has a name for each kind once', () => {
    assert.equal(new Set(EVENT_KINDS.map(({ event: name }) => name)).size, EVENT_KINDS.length);
  });
});

describe('a page', () => {
  it('gives its events with their times, short and long, with what they carry', () => {
    const [one, columns] = [decoder(), createColumns()];
    const enter = Buffer.alloc(64);
    enter.writeUInt16LE(443, 0);
    enter.writeInt32LE(5, 4);
    enter.writeBigInt64LE(44n, 8);
    enter.writeBigInt64LE(9n, 16);
    enter.writeBigInt64LE(64n, 32);
    const bytes = page([event(queueEvent(130), 10), event(queueEvent(66, 'w-tap'), 20, true), event(enter, 5)]);
    assert.equal(one.decode(bytes, 0, columns), bytes.length);
    assert.equal(one.originNs, START);
    assert.deepEqual([...columns.timeNs.subarray(0, columns.length)], [10, 30, 35]);
    assert.deepEqual([...columns.x.subarray(0, 3)], [130, 66, 44]);
    assert.deepEqual([columns.y[2], columns.z[2], columns.pid[2]], [9, 64, 5]);
    assert.equal(columns.key[0], 0x8881_2345_6700);
    assert.deepEqual(
      [...columns.name.subarray(0, 3)].map((name) => one.names.all[name]),
      ['tap0', 'w-tap', undefined],
    );
    assert.equal(columns.kind[2], kindOf('raw_syscalls/sys_enter'));
  });

  it('steps over padding, and adds extended and absolute times', () => {
    const [one, columns] = [decoder(), createColumns()];
    const absolute = START + 5_000_000_000n;
    const bytes = page([
      word(30, 7, 3), // 3 * 2^27 + 7 ns
      event(queueEvent(1), 1),
      word(29, 2, 12), // a discarded event of 12 bytes behind its word
      Buffer.alloc(8),
      event(queueEvent(2), 1),
      word(31, Number(absolute & 0x7ff_ffffn), Number((absolute >> 27n) & 0xffff_ffffn)),
      event(queueEvent(3), 4),
      word(29, 0, 0), // the rest of the page is empty
      Buffer.from('whatever lay here before'),
    ]);
    assert.notEqual(one.decode(bytes, 0, columns), -1);
    const first = 3 * 2 ** 27 + 8;
    assert.deepEqual([...columns.timeNs.subarray(0, columns.length)], [first, first + 3, 5_000_000_004]);
  });

  it('counts what was lost before it: as many as it says, or one where it does not say', () => {
    const [one, columns] = [decoder(), createColumns()];
    const count = Buffer.alloc(8);
    count.writeUInt32LE(41);
    const stored = page([event(queueEvent(1), 1)], 0xc000_0000, count);
    assert.equal(one.decode(stored, 0, columns), stored.length);
    assert.equal(one.missed, 41);
    const silent = page([event(queueEvent(1), 1)], 0x8000_0000);
    assert.equal(one.decode(silent, 0, columns), silent.length);
    assert.equal(one.missed, 42);
    assert.equal(columns.length, 2);
  });

  it('that claims more than it has, or an event without an end, contradicts itself', () => {
    const good = page([event(queueEvent(1), 1)]);
    assert.equal(decoder().decode(good.subarray(0, 20), 0, createColumns()), -1);
    const cut = Buffer.from(good);
    cut.writeUInt32LE(8, 8);
    assert.equal(decoder().decode(cut, 0, createColumns()), -1);
    assert.equal(decoder().decode(page([word(0, 1, 1)]), 0, createColumns()), -1);
  });

  it('of any bytes ends, and gives no event beyond its own end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 600 }), fc.nat(600), (data, used) => {
        const bytes = Buffer.from(data);
        bytes.writeUInt32LE(used, 8);
        const columns = createColumns(4);
        const end = decoder().decode(bytes, 0, columns);
        assert.ok(end === -1 || end >= 16);
        assert.ok(columns.length <= bytes.length / 4);
      }),
      { numRuns: 500 },
    );
  });

  it('knows a device by its name whatever comes between', () => {
    const [one, columns] = [decoder(), createColumns()];
    const names = Array.from({ length: 40 }, (_, i) => `d${i}`);
    const twice = [...names, ...names];
    for (const name of twice) one.decode(page([event(queueEvent(1, name.padEnd(5, 'x')), 1)]), 0, columns);
    assert.deepEqual(
      [...columns.name.subarray(0, columns.length)].map((name) => one.names.all[name]),
      twice.map((name) => name.padEnd(5, 'x')),
    );
    assert.equal(one.names.all.length, 40);
  });
});
