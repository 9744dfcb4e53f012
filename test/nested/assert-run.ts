// SPDX-License-Identifier: GPL-2.0-only
/** What must hold of a run and of a trace in a nested host: function, and never a latency. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Report } from '../../src/model/result.ts';
import type { TraceReport } from '../../src/model/trace-report.ts';
import type { TraceStep } from '../../src/model/trace-timelines.ts';
import { type Run, readRun } from '../../src/run-store/read-run.ts';
import type { InHost } from './in-host.ts';

const RUN_MS = 1_200_000;

export interface NestedRun<R> {
  readonly report: R;
  readonly run: Run;
}

/** Runs hoplab in the host, brings its run folder out, and reads both. */
export async function runNested<R extends Report | TraceReport>(
  { host, folder }: InHost,
  words: string,
): Promise<NestedRun<R>> {
  const { status, stdout, stderr } = await host.run(`hoplab ${words} --json --runs /root/runs`, { timeoutMs: RUN_MS });
  assert.equal(status, 0, `hoplab ${words}: ${stderr}${stdout.slice(0, 3000)}`);
  const report: R = JSON.parse(stdout);
  await host.bringOut(`/root/runs/${report.run.id}`, folder);
  return { report, run: await readRun(join(folder, report.run.id)) };
}

export function assertKvm({ environment, damage }: Run): void {
  assert.deepEqual(damage, []);
  assert.ok(environment !== null);
  for (const [name, { accel, accelReason }] of Object.entries(environment.guests))
    assert.deepEqual({ name, accel, accelReason }, { name, accel: 'kvm', accelReason: null });
  assert.equal(environment.vhostNet, true, environment.vhostWhy);
  assert.equal(environment.deadlines, 10);
}

/** tap, macvtap and ovs, each with a worker of its own. */
export const WITH_VHOST = 3;

/** Those that carry packets are of real time and have one CPU; the vCPU has the guest's, vhost the host's. */
export function assertThreads({ environment, plan }: Run, vhosts: number): void {
  const threads = environment?.guests.guest?.threads ?? assert.fail('no threads of the guest');
  const placement = plan?.placement ?? assert.fail('no placement');
  const of = (role: RegExp) => threads.filter((thread) => role.test(thread.role));
  const said = JSON.stringify(threads);
  for (const { scheduling, cpus } of of(/^vcpu/)) {
    assert.equal(scheduling, `fifo:${placement.fifoPriority}`, said);
    assert.equal(cpus, `${placement.guestCpu}`, said);
  }
  assert.equal(of(/^vcpu/).length, 1, said);
  assert.ok(of(/^vhost$/).length >= vhosts, said);
  for (const { scheduling, cpus } of of(/^vhost$/)) {
    assert.equal(scheduling, `fifo:${placement.fifoPriority + 1}`, said);
    assert.equal(cpus, `${placement.hostCpu}`, said);
  }
}

export function assertMeasured(report: Report, paths: readonly string[]): void {
  assert.deepEqual(report.unavailable, []);
  assert.deepEqual(report.failed, []);
  const cells = report.probes.flatMap((probe) => probe.cells);
  assert.deepEqual([...new Set(cells.map(({ path }) => path))].sort(), [...paths].sort());
  for (const { path, proven, lost } of cells) assert.deepEqual({ path, proven, lost }, { path, proven: true, lost: 0 });
}

/** From a guest's client over the wire to host1, and back. */
const ORDER = [
  'guest driver_enter',
  'host2 netif_receive',
  'host1 netif_receive',
  'host1 dev_xmit',
  'guest netif_receive',
] as const;

/** Every block is used, every expected point seen, and none before its cause. */
export function assertTraced(report: TraceReport, name: string, order: readonly string[] = ORDER): void {
  assert.deepEqual(report.failed, []);
  const path = report.paths.find((each) => each.path === name) ?? assert.fail(`no path ${name}`);
  for (const { id, unused, machines } of path.blocks) {
    assert.equal(unused, null, `${id}: ${unused}`);
    assert.deepEqual(
      machines.map(({ machine, lost, damage }) => ({ machine, lost, damage })),
      ['host', 'guest'].map((machine) => ({ machine, lost: 0, damage: null })),
    );
  }
  const breakdown = path.breakdown ?? assert.fail('no table');
  assert.deepEqual(breakdown.coverage.missing, []);
  const steps = breakdown.common?.steps.map(({ step }) => `${step.place} ${step.point}`) ?? [];
  let at = -1;
  for (const wanted of order) {
    const found = steps.findIndex((step, index) => index > at && step === wanted);
    assert.ok(found > at, `no "${wanted}" behind "${steps[at] ?? 'the start'}" in: ${steps.join(', ')}`);
    at = found;
  }
  for (const { minNs } of breakdown.common?.segments ?? []) assert.ok(minNs >= 0);
}

/** From the guest's driver to the tap, and from the tap to the guest's NIC: what vhost and KVM add to the hops of a tap. */
const OF_VHOST = [
  ...['kick', 'waking vhost', 'switch_in vhost', 'vmm_out', 'netif_receive tap'],
  ...['dev_xmit tap', 'waking vhost', 'switch_in vhost', 'vmm_in', 'guest_irq'],
] as const;

/** Not every transaction wakes the worker: it may poll. Some shape of them has all these hops, in order. */
export function assertVhostHops(report: TraceReport, name: string): void {
  const shapes =
    report.paths.find((each) => each.path === name)?.breakdown?.byShape ?? assert.fail(`no table of ${name}`);
  const seen = shapes.map(({ steps }) => steps.map(({ step }) => hopOf(step)));
  assert.ok(
    seen.some((steps) => isInOrder(steps, OF_VHOST)),
    JSON.stringify(seen),
  );
}

function hopOf({ point, place, device, side }: TraceStep): string {
  const where = side === 'task' ? place : device;
  return point.startsWith('kick') || where === '' ? point.replace(/^kick.*/, 'kick') : `${point} ${where}`;
}

function isInOrder(steps: readonly string[], wanted: readonly string[]): boolean {
  let at = 0;
  for (const step of steps) if (step === wanted[at]) at++;
  return at === wanted.length;
}

const DELAY_NS = 100_000;

/** Between the queue of the hop and its transmission every transaction is late by the delay; no other segment always is. */
export function assertDelay(report: TraceReport, name: string, { place, hop }: { place: string; hop: string }): void {
  const of = (path: string) =>
    report.paths.find((each) => each.path === path)?.breakdown?.common?.segments ?? assert.fail(`no table of ${path}`);
  const words = ({ from, to }: ReturnType<typeof of>[number]) =>
    [from, to].map((step) => `${step.side} ${step.place} ${step.device} ${step.point}`).join(' -> ');
  const usual = new Map(of('tap').map((segment) => [words(segment), segment.minNs]));
  const late = of(name).filter((segment) => segment.minNs - (usual.get(words(segment)) ?? 0) >= DELAY_NS);
  assert.equal(late.length, 1, `${name}: ${late.map(words).join('; ')}`);
  const [found] = late;
  assert.deepEqual({ place: found?.to.place, hop: found?.to.device }, { place, hop }, late.map(words).join());
}
