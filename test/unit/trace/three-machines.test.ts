// SPDX-License-Identifier: GPL-2.0-only
/** A third traced machine is data of the run folder: a recorded trace whose host1 is on a machine with a clock of its own. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { tracedMachines } from '../../../src/lab/trace/traced-machines.ts';
import type { Machine } from '../../../src/machines/machine.ts';
import { HOST1, HOST2, type Place } from '../../../src/model/place.ts';
import type { TraceReport } from '../../../src/model/trace-report.ts';
import { isGuestMachine, machineOfPlace, referenceFirst } from '../../../src/model/traced-machine.ts';
import { exportTrace } from '../../../src/render/formats/trace-export.ts';
import { renderTrace } from '../../../src/render/text/trace.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { readTraceSource } from '../../../src/results/trace/source.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { RecordDecoder } from '../../../src/trace/records/decode-records.ts';
import { pointNumber } from '../../../src/trace/records/points.ts';
import { TRACE_HEAD } from '../../../src/trace/records/record-layout.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { traceFile, type WrittenRecord } from '../../fixtures/trace-file.ts';

const FOLDER = join(projectFolder(), 'test', 'fixtures', 'recorded-trace');
const BLOCK = 'guest-00-traced';
/** host1's clock: its offset, and how much faster it runs. */
const [OFFSET_NS, FASTER] = [7_000_000_000n, 35e-6];

interface Context {
  readonly machines: readonly {
    readonly machine: string;
    readonly tasks: readonly { readonly tid: number; readonly name: string }[];
    readonly namespaces: readonly { readonly inode: number; readonly name: string }[];
    readonly devices: readonly { readonly place: string }[];
  }[];
}

function rowsOf(bytes: Buffer): { readonly originNs: bigint; readonly rows: WrittenRecord[] } {
  const rows: WrittenRecord[] = [];
  let origin = 0n;
  const decoder = new RecordDecoder('host', (batch, { originNs }) => {
    origin = originNs;
    const { timeNs, auxLow, auxHigh, size, length, ...columns } = batch;
    for (let i = 0; i < length; i++) {
      const row = Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, column[i] ?? 0]));
      const aux = (BigInt(auxHigh[i] ?? 0) << 32n) | BigInt(auxLow[i] ?? 0);
      rows.push({ point: 0, ...row, timeNs: originNs + BigInt(timeNs[i] ?? 0), length: size[i] ?? 0, aux });
    }
  });
  decoder.push(bytes);
  decoder.end();
  return { originNs: origin, rows };
}

/** The recorded run, with what host1 did in a file of its own, at the times of another clock. */
function splitRun(context: TestContext): string {
  const folder = join(temporaryFolder(context), 'trace');
  cpSync(FOLDER, folder, { recursive: true });
  const file = (machine: string) => join(folder, 'trace', `${BLOCK}-${machine}.htr`);
  const knownFile = join(folder, 'trace', `${BLOCK}.json`);
  const known: Context = JSON.parse(readFileSync(knownFile, 'utf8'));
  const both = known.machines.find(({ machine }) => machine === 'host') ?? assert.fail();
  const isServer = (tid: unknown) => both.tasks.some((task) => task.tid === Number(tid) && task.name === 'server');
  const inode = both.namespaces.find(({ name }) => name === HOST1)?.inode;
  const isFar = ({ netns, tid, point, aux }: WrittenRecord) =>
    netns === 0 ? isServer(point === pointNumber('waking') ? aux : tid) : netns === inode;
  const bytes = readFileSync(file('host'));
  const header = JSON.parse(
    bytes.subarray(TRACE_HEAD.size, TRACE_HEAD.size + bytes.readUInt32LE(TRACE_HEAD.headerBytes)).toString(),
  );
  const { originNs, rows } = rowsOf(bytes);
  const there = (ns: bigint) => ns + OFFSET_NS + BigInt(Math.round(Number(ns - originNs) * FASTER));
  const far = rows.filter(isFar).map((row) => ({ ...row, timeNs: there(BigInt(row.timeNs)) }));
  assert.ok(far.length > 300 && far.length < rows.length);
  writeFileSync(file(HOST1), traceFile(header, far));
  writeFileSync(
    file('host'),
    traceFile(
      header,
      rows.filter((row) => !isFar(row)),
    ),
  );
  const of = (place: string, isTask: (name: string) => boolean) => ({
    ...both,
    tasks: both.tasks.filter(({ name }) => isTask(name)),
    namespaces: both.namespaces.filter(({ name }) => name === place),
    devices: both.devices.filter((device) => device.place === place),
  });
  const machines = [
    ...known.machines.filter(({ machine }) => machine === 'guest'),
    { ...of(HOST2, (name) => name !== 'server'), machine: 'host' },
    { ...of(HOST1, (name) => name === 'server'), machine: HOST1 },
  ];
  writeFileSync(knownFile, JSON.stringify({ ...known, machines }));
  return folder;
}

async function tableOf(folder: string) {
  const report: TraceReport = await buildTraceReport(await readRun(folder), '0.1.0');
  const [path] = report.paths;
  assert.deepEqual(
    path?.blocks.map(({ unused }) => unused),
    [null],
  );
  const breakdown = path?.breakdown ?? assert.fail('no breakdown');
  return { report, breakdown, table: breakdown.common ?? assert.fail('no table') };
}

describe('a trace of three machines', () => {
  it('has one table on one clock, and a bound wherever a segment crosses to another', async (context) => {
    const folder = splitRun(context);
    const { report, breakdown, table } = await tableOf(folder);
    const { table: whole, breakdown: before } = await tableOf(FOLDER);
    assert.deepEqual(breakdown.coverage.missing, []);
    assert.equal(breakdown.transactions, before.transactions);
    assert.deepEqual(new Set(table.steps.map(({ step }) => step.machine)), new Set(['guest', 'host', HOST1]));
    assert.ok(table.steps.every(({ step }) => (step.place === HOST1) <= (step.machine === HOST1)));
    for (const { from, to, boundNs } of table.segments)
      assert.equal(boundNs !== null, from.machine !== to.machine, `${from.point} to ${to.point}`);
    const bound = Math.max(...table.segments.map(({ boundNs }) => boundNs ?? 0));
    // Where an order is within the bound, another shape may be counted in.
    assert.ok(Math.abs(table.total.meanNs - whole.total.meanNs) < 2 * bound, `${table.total.meanNs}`);
    const steps = (one: typeof table) => one.segments.map(({ to }) => to);
    const far = steps(table).find(({ machine }) => machine === HOST1) ?? assert.fail('no segment to host1');
    const atOf = (one: typeof table, machine: string) => {
      const found = steps(one).findIndex((step) => isDeepStrictEqual(step, { ...far, machine }));
      assert.ok(found >= 0, `${far.point} on ${machine}`);
      return one.segments.slice(0, found + 1).reduce((ns, { meanNs }) => ns + meanNs, 0);
    };
    const moved = atOf(table, HOST1) - atOf(whole, 'host');
    assert.ok(Math.abs(moved) <= 2 * bound, `host1 is ${moved} ns from where it was, bound ${bound}`);
    const text = renderTrace(report, { width: 140, colour: false, ascii: false });
    assert.match(text, /points attached: .* on the guest, .* on the host, .* on the host1/);
    assert.match(text, /to the other machine/);
  });

  it('is exported with a process for each machine', async (context) => {
    const source = await readTraceSource(await readRun(splitRun(context)));
    const text = exportTrace(source, 'chrome', '0.1.0')
      .flatMap(({ pieces }) => [...pieces])
      .join('');
    const events: { readonly name: string; readonly args: { readonly name?: string } }[] = JSON.parse(text).traceEvents;
    const processes = events.filter(({ name }) => name === 'process_name').map(({ args }) => args.name);
    assert.deepEqual(processes, ['transactions', 'guest', 'host', HOST1]);
  });
});

describe('the machines of a trace', () => {
  const [one, other] = [{}, {}] as unknown as [Machine, Machine];
  const labOf = (far: Machine) => ({
    machines: new Map<Place, Machine>([
      [HOST1, far],
      [HOST2, one],
    ]),
  });

  it('are one for both hosts, and one more for a host1 on a machine of its own', () => {
    const ids = (far: Machine) => tracedMachines(labOf(far), new Map()).map(({ id, places }) => [id, places.join()]);
    assert.deepEqual(ids(one), [['host', 'host1,host2']]);
    assert.deepEqual(ids(other), [
      ['host', 'host2'],
      [HOST1, 'host1'],
    ]);
  });

  it('are found by a place, and told from guests', () => {
    assert.equal(machineOfPlace(HOST1, ['host', 'guest']), 'host');
    assert.equal(machineOfPlace(HOST1, ['host', HOST1]), HOST1);
    assert.equal(machineOfPlace('guest', ['host']), 'guest');
    assert.deepEqual(['host', HOST1, HOST2, 'guest', 'guest2'].map(isGuestMachine), [false, false, false, true, true]);
    assert.deepEqual(referenceFirst(['guest', 'host', HOST1]), ['host', 'guest', HOST1]);
  });
});
