// SPDX-License-Identifier: GPL-2.0-only
/** A real host in an emulator: hoplab measures and traces there under KVM and with vhost, and leaves nothing behind. */
// @alone
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { usualBackends } from '../../src/backends/index.ts';
import type { Report } from '../../src/model/result.ts';
import type { TraceReport } from '../../src/model/trace-report.ts';
import { assertKvm, assertMeasured, assertThreads, assertTraced, runNested, WITH_VHOST } from './assert-run.ts';
import { inNestedHost } from './in-host.ts';
import { whatIsThere } from './left.ts';

inNestedHost({ name: 'in a nested host of Linux 6.12', kernel: '6.12' }, (at) => {
  it('the doctor boots a guest under KVM, and opens vhost-net', async () => {
    const said = await at().host.get('hoplab doctor');
    assert.match(said, /yes +accelerator +KVM: a guest booted under it/);
    assert.match(said, /yes +vhost-net +\/dev\/vhost-net opens/);
    assert.match(said, /yes +tracing +tp_btf, fentry, kprobes, tracefs, function_graph/);
  });

  it('a run measures every backend under KVM with vhost, proves each path, and places its threads', async () => {
    const { report, run } = await runNested<Report>(at(), 'run --quick --count 60 --seed 7');
    assertMeasured(
      report,
      usualBackends.map(({ kind }) => kind),
    );
    assertKvm(run);
    assertThreads(run, WITH_VHOST);
  });

  it('a trace of tap with vhost uses every block, and sees its points in the order of causes', async () => {
    const { report, run } = await runNested<TraceReport>(at(), 'trace tap --pairs 2 --count 60 --seed 7');
    assertKvm(run);
    assertTraced(report, 'tap');
  });

  it('nothing is left of all that', async () => {
    assert.deepEqual(await whatIsThere(at().host), at().atFirst);
  });
});
