// SPDX-License-Identifier: GPL-2.0-only
/** A trace of a live lab whose hosts are on two machines: a tracer on each and in the guest, records of three, one table. */
// @alone
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentProgress } from '../../src/cli/progress.ts';
import { parseLabFile } from '../../src/config/parse-lab-file.ts';
import { explainTrace } from '../../src/lab/explain.ts';
import { traceLab } from '../../src/lab/trace.ts';
import { machines } from '../../src/machines/index.ts';
import type { MachineKind } from '../../src/machines/machine.ts';
import { HOST1 } from '../../src/model/place.ts';
import { buildTraceReport } from '../../src/results/trace/build.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { wires } from '../../src/wires/index.ts';
import type { WireKind } from '../../src/wires/wire.ts';
import { beside, cable } from '../support/beside/beside.ts';
import { needs } from '../support/needs.ts';

const COUNT = 200;
const lab = (path: string) =>
  parseLabFile(
    `
guest: {accel: tcg}
machines: {host1: {kind: beside, name: far}, host2: {kind: beside, name: near}}
wire: cable
paths: {${path}: {}}
probes: [{protocol: tcp_rr, request: 64, response: 64, count: ${COUNT}}]
`,
    'three.yaml',
  );

describe('a live trace of three machines', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  const signal = AbortSignal.timeout(500_000);
  let runs: string;
  const recording = () => ({
    ...{ runsRoot: runs, label: null, force: true, argv: ['test'], progress: silentProgress, signal },
  });

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    (machines as MachineKind[]).push(beside);
    (wires as WireKind[]).push(cable);
  });

  after(async () => {
    for (const kinds of [machines, wires]) (kinds as unknown[]).pop();
    await rm(runs, { recursive: true, force: true });
  });

  it('has records of each, and every step on the machine of its place', async () => {
    const { folder } = await traceLab({
      ...{ spec: lab('tap'), profile: 'full', slowest: 0, mechanism: 'auto', pairs: 1, count: COUNT, ...recording() },
    });
    const records = readdirSync(join(folder, 'trace')).filter((name) => name.endsWith('.htr'));
    assert.deepEqual(records.map((name) => /traced-(.*)\.htr$/.exec(name)?.[1]).sort(), ['guest', 'host', HOST1]);
    const report = await buildTraceReport(await readRun(folder), '0.1.0');
    const [path] = report.paths;
    assert.deepEqual(
      path?.blocks.map(({ unused }) => unused),
      [null],
      basename(folder),
    );
    const breakdown = path?.breakdown ?? assert.fail('no breakdown');
    const table = breakdown.common ?? assert.fail('no table');
    assert.deepEqual(breakdown.coverage.missing, []);
    assert.deepEqual(new Set(table.steps.map(({ step }) => step.machine)), new Set(['guest', 'host', HOST1]));
    for (const { step } of table.steps) {
      if (step.place === HOST1) assert.equal(step.machine, HOST1);
      if (step.place === 'host2') assert.equal(step.machine, 'host');
    }
    for (const { from, to, boundNs } of table.segments)
      assert.equal(boundNs !== null, from.machine !== to.machine, `${from.point} to ${to.point}`);
    // There and back: the request reaches host1, and its answer leaves it.
    const crossings = table.segments.filter(
      ({ from, to }) => [from.machine, to.machine].includes(HOST1) && from.machine !== to.machine,
    );
    assert.ok(crossings.length >= 2);
  });

  it('is explained on any of them, by its place', async () => {
    const { machine, count } = await explainTrace({ ...recording(), spec: lab('host'), machine: HOST1 });
    assert.equal(machine, HOST1);
    assert.ok(count > 5, `${count}`);
  });
});
