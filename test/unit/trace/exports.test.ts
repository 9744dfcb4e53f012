// SPDX-License-Identifier: GPL-2.0-only
/** What a trace is exported to is read by others: Chrome's own trace engine, tshark, an XML parser. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Timelines, TraceStep } from '../../../src/model/trace-timelines.ts';
import { breakDown } from '../../../src/trace/breakdown/breakdown.ts';
import { chromeTrace } from '../../../src/trace/export/chrome-trace.ts';
import { ndjson } from '../../../src/trace/export/ndjson.ts';
import { tracePcapng } from '../../../src/trace/export/pcapng.ts';
import { waterfallSvg } from '../../../src/trace/export/waterfall-svg.ts';
import { GUEST_PATH, joinSimulated, simulateTrace } from '../../fixtures/simulated-trace.ts';

const TRANSACTIONS = 50;
const JOINED = joinSimulated(
  simulateTrace({ hops: GUEST_PATH, transactions: TRANSACTIONS, seed: 9, offsetNs: 2e9, driftPpm: 12, acks: true }),
);
const TIMELINES: Timelines = JOINED.paths[0]?.timelines ?? assert.fail();
const HOSTILE = '</script>"\\\n\u0000\ud800<b>&amp;';
const PATHS = [{ name: HOSTILE, timelines: TIMELINES }];

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id?: number;
  readonly args?: { readonly path?: string };
}

function eventsOf(text: string): TraceEvent[] {
  const parsed: unknown = JSON.parse(text);
  assert.ok(
    typeof parsed === 'object' && parsed !== null && 'traceEvents' in parsed && Array.isArray(parsed.traceEvents),
  );
  return parsed.traceEvents as TraceEvent[];
}

it('the Chrome trace has a slice for every event, and slices of one track never overlap', () => {
  const events = eventsOf([...chromeTrace(PATHS)].join(''));
  const slices = events.filter(({ ph, cat }) => ph === 'X' && cat === 'hop');
  assert.equal(slices.length, TIMELINES.step.length);
  assert.ok(slices.every(({ ts, dur, args }) => ts >= 0 && dur > 0 && args?.path === HOSTILE));
  // Each slice lasts until the next step, the last one of a transaction for a nanosecond.
  const lasting = slices.reduce((sum, { dur }) => sum + dur * 1000, 0);
  const totals = [...TIMELINES.first.subarray(1)].reduce((sum, end) => sum + (TIMELINES.atNs[end - 1] ?? 0) + 1, 0);
  assert.ok(Math.abs(lasting - totals) < 1, `${lasting} instead of ${totals}`);
  const tracks = new Map<string, TraceEvent[]>();
  for (const slice of slices) {
    const key = `${slice.pid} ${slice.tid}`;
    tracks.set(key, [...(tracks.get(key) ?? []), slice]);
  }
  for (const track of tracks.values()) {
    track.sort((a, b) => a.ts - b.ts);
    track.slice(1).forEach((slice, index) => {
      const before = track[index];
      assert.ok(
        before !== undefined && before.ts + before.dur <= slice.ts + 0.0005,
        `${before?.ts} + ${before?.dur} > ${slice.ts}`,
      );
    });
  }
  const named = events.filter(({ name }) => name === 'thread_name');
  assert.equal(named.length, tracks.size + 1);
});

it('the Chrome trace has a slice for every transaction, and all of its steps lie in it and follow each other', () => {
  const events = eventsOf([...chromeTrace(PATHS)].join(''));
  const transactions = events.filter(({ cat }) => cat === 'transaction');
  assert.equal(transactions.length, TIMELINES.length);
  const steps = events.filter(({ cat }) => cat === 'step');
  assert.equal(steps.length, TIMELINES.step.length);
  const ns = (us: number): number => Math.round(us * 1000);
  for (const [t, { pid, tid, ts, dur, name }] of transactions.entries()) {
    assert.equal(name, `transaction ${TIMELINES.number[t]}`);
    const own = steps.slice(TIMELINES.first[t], TIMELINES.first[t + 1]);
    assert.ok(own.every((step) => step.pid === pid && step.tid === tid));
    assert.equal(ns(own[0]?.ts ?? 0), ns(ts));
    assert.equal(ns(own.at(-1)?.ts ?? 0) + ns(own.at(-1)?.dur ?? 0), ns(ts) + ns(dur));
    assert.ok(ns(ts) + ns(dur) <= ns(transactions[t + 1]?.ts ?? Number.MAX_VALUE));
  }
});

/** The parser of Chrome DevTools' performance panel, by its parts that are used here. */
interface TraceEngine {
  readonly Processor: {
    readonly TraceProcessor: {
      createWithAllHandlers(): {
        parse(events: unknown, options: object): Promise<void>;
        readonly data: {
          readonly Meta: {
            readonly processNames: ReadonlyMap<number, { readonly args: { readonly name: string } }>;
            readonly threadsInProcess: ReadonlyMap<number, ReadonlyMap<number, unknown>>;
            readonly traceBounds: { readonly min: number; readonly range: number };
          };
          readonly Flows: { readonly flows: readonly (readonly TraceEvent[])[] };
        };
      };
    };
  };
}

it("Chrome's trace engine reads the trace: processes, threads, and every packet's hops joined by a flow", async () => {
  const specifier = '@paulirish/trace_engine/models/trace/trace.js';
  const { Processor } = (await import(specifier)) as TraceEngine;
  const processor = Processor.TraceProcessor.createWithAllHandlers();
  await processor.parse(eventsOf([...chromeTrace(PATHS)].join('')), { isCPUProfile: false, isFreshRecording: false });
  const { Meta, Flows } = processor.data;
  assert.deepEqual(
    [...Meta.processNames.values()].map(({ args }) => args.name),
    ['transactions', 'guest', 'host'],
  );
  assert.deepEqual([...Meta.threadsInProcess].map(([pid, threads]) => [pid, threads.size]).sort(), [
    [1, 1],
    [2, 3],
    [3, 8],
  ]);
  assert.ok(Meta.traceBounds.min >= 0);
  assert.equal(Flows.flows.length, 2 * TRANSACTIONS);
  for (const side of ['request', 'response'] as const) {
    const hops = GUEST_PATH.filter((hop) => hop.side === side).length;
    assert.equal(
      Flows.flows.filter((flow) => flow.length === hops && flow[0]?.name.endsWith(side)).length,
      TRANSACTIONS,
    );
  }
});

it('NDJSON has a line for every packet with its hops in order, and the tasks of the transaction', () => {
  const lines = [...ndjson(PATHS)].join('').trimEnd().split('\n');
  assert.equal(lines.length, 3 * TRANSACTIONS);
  for (const line of lines) {
    const { packet, hops, timeNs, path } = JSON.parse(line) as {
      packet: string;
      path: string;
      timeNs: string;
      hops: (TraceStep & { atNs: number })[];
    };
    assert.equal(path.startsWith('</script>'), true);
    assert.ok(BigInt(timeNs) > 5_000_000_000n - 1000n);
    assert.ok(hops.every(({ atNs }, index) => atNs >= (hops[index - 1]?.atNs ?? 0)));
    if (packet === 'request') assert.equal(hops.at(-1)?.point, 'data_ready');
  }
});

const TSHARK = spawnSync('tshark', ['--version']).error === undefined;

it('tshark reads the pcapng: an interface for each point, nanoseconds, whole headers', {
  skip: !TSHARK && 'tshark is missing: ./setup.sh --dev',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hoplab-trace-'));
  try {
    for (const protocol of ['tcp', 'udp'] as const) {
      const ends = new Map([
        [HOSTILE, { client: '10.0.0.2', server: '10.0.0.1', port: 5201, requestBytes: 64, responseBytes: 64 }],
      ]);
      const wallOffsetNs = BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n;
      const options = { application: 'hoplab', comment: 'a test', protocol, ends, wallOffsetNs };
      const file = join(folder, `${protocol}.pcapng`);
      writeFileSync(file, Buffer.concat([...tracePcapng(PATHS, options)]));
      const fields = [
        'frame.interface_name',
        'frame.time_epoch',
        'ip.src',
        `${protocol}.dstport`,
        'ip.checksum.status',
        'frame.len',
        '_ws.malformed',
      ];
      const { stdout, stderr } = spawnSync(
        'tshark',
        ['-r', file, '-o', 'ip.check_checksum:TRUE', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
        { encoding: 'utf8' },
      );
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t'));
      const packets = [...TIMELINES.step].filter((step) => TIMELINES.steps[step]?.side !== 'task').length;
      assert.equal(rows.length, packets, stderr);
      const interfaces = new Set(rows.map(([name]) => name));
      assert.ok(interfaces.has('host host2 tap0 netif_receive') && interfaces.has('guest guest eth0 driver_enter'));
      const times = rows.map(([, time = '']) => BigInt(time.replace('.', '')));
      assert.ok(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n)));
      assert.ok(times.some((time) => time % 1000n !== 0n));
      // What the docs say to type: one transaction, all of its packets, at their time of day.
      const first = TIMELINES.number[0] ?? 0;
      const one = spawnSync('tshark', ['-r', file, '-Y', `frame.comment contains "transaction ${first};"`], {
        encoding: 'utf8',
        env: { ...process.env, TZ: 'UTC' },
      });
      const own = [...TIMELINES.step.subarray(0, TIMELINES.first[1])];
      assert.equal(
        one.stdout.trimEnd().split('\n').length,
        own.filter((step) => TIMELINES.steps[step]?.side !== 'task').length,
      );
      const start = wallOffsetNs + TIMELINES.originNs + BigInt(Math.round(TIMELINES.startNs[0] ?? 0));
      assert.ok((times[0] ?? 0n) >= start && (times[0] ?? 0n) < start + 1_000_000n);
      for (const [, , , , checksum, length, malformed] of rows) {
        assert.equal(checksum, '1');
        assert.equal(Number(length), (protocol === 'tcp' ? 40 : 28) + 64);
        assert.ok(malformed === '' || malformed === undefined);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const XMLLINT = spawnSync('python3', ['--version']).error === undefined;

it('the SVG is well-formed whatever names are in it, has a bar for every segment, and no script', {
  skip: !XMLLINT && 'python3 is missing',
}, () => {
  const { common } = breakDown(TIMELINES, { alignment: JOINED.alignment });
  assert.ok(common !== null);
  const hostile = {
    ...common,
    segments: common.segments.map((segment) => ({ ...segment, to: { ...segment.to, device: HOSTILE } })),
  };
  const svg = waterfallSvg(hostile, { title: HOSTILE, subtitle: 'a < b' });
  const script =
    'import sys,xml.dom.minidom as m; d=m.parseString(sys.stdin.buffer.read()); print(len(d.getElementsByTagName("g")), len(d.getElementsByTagName("script")), len(d.getElementsByTagName("b")))';
  const { stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: Buffer.from(svg, 'utf8'),
    encoding: 'utf8',
  });
  assert.equal(stdout.trim(), `${common.segments.length} 0 0`, stderr);
  assert.match(svg, /prefers-color-scheme:dark/);
  assert.doesNotMatch(svg, /href|<script|onload|NaN|Infinity/);
});

it('exports of nothing are whole files', () => {
  assert.equal(eventsOf([...chromeTrace([])].join('')).length, 0);
  assert.deepEqual([...ndjson([])], []);
  assert.equal(
    [...tracePcapng([], { application: '', comment: '', protocol: 'tcp', ends: new Map(), wallOffsetNs: 0n })].length,
    1,
  );
});
