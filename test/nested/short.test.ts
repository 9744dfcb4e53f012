// SPDX-License-Identifier: GPL-2.0-only
/** A real host in an emulator: hoplab measures and traces there under KVM and with vhost, and leaves nothing behind. */
// @alone
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { usualBackends } from '../../src/backends/index.ts';
import type { Report } from '../../src/model/result.ts';
import type { TraceReport } from '../../src/model/trace-report.ts';
import { needs } from '../support/needs.ts';
import { assertKvm, assertMeasured, assertThreads, assertTraced, runNested, WITH_VHOST } from './assert-run.ts';
import { bootNested, type NestedHost } from './host.ts';
import { whatIsThere } from './left.ts';

const HOUR_MS = 3_600_000;

describe('in a nested host of Linux 6.12', { timeout: HOUR_MS, skip: needs('linux') }, () => {
  const signal = AbortSignal.timeout(HOUR_MS);
  let folder: string;
  let host: NestedHost;
  let atFirst: readonly string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    host = await bootNested({ kernel: '6.12', signal });
    // The first time a kind of link or qdisc is asked for, its module makes a device of its own.
    await host.get('hoplab doctor --no-boot >/dev/null');
    atFirst = await whatIsThere(host);
  });

  after(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('the doctor boots a guest under KVM, and opens vhost-net', async () => {
    const said = await host.get('hoplab doctor');
    assert.match(said, /yes +accelerator +KVM: a guest booted under it/);
    assert.match(said, /yes +vhost-net +\/dev\/vhost-net opens/);
    assert.match(said, /yes +tracing +tp_btf, fentry, kprobes, tracefs, function_graph/);
  });

  it('a run measures every backend under KVM with vhost, proves each path, and places its threads', async () => {
    const { report, run } = await runNested<Report>(host, 'run --quick --count 60 --seed 7', folder);
    assertMeasured(
      report,
      usualBackends.map(({ kind }) => kind),
    );
    assertKvm(run);
    assertThreads(run, WITH_VHOST);
  });

  it('a trace of tap with vhost uses every block, and sees its points in the order of causes', async () => {
    const { report, run } = await runNested<TraceReport>(host, 'trace tap --pairs 2 --count 60 --seed 7', folder);
    assertKvm(run);
    assertTraced(report, 'tap', [
      'guest driver_enter',
      'host2 netif_receive',
      'host1 netif_receive',
      'host1 dev_xmit',
      'guest netif_receive',
    ]);
  });

  it('nothing is left of all that', async () => {
    assert.deepEqual(await whatIsThere(host), atFirst);
  });
});
