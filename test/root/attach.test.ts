// SPDX-License-Identifier: GPL-2.0-only
/** Every backend attached for real, in namespaces that exist for the test alone. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { usualBackends } from '../../src/backends/index.ts';
import { applyStep, attachPath } from '../../src/lab/live/attach.ts';
import { addressesOf } from '../../src/lab/plan/addressing.ts';
import { planHosts } from '../../src/lab/plan/host-steps.ts';
import { machinesOf } from '../../src/machines/index.ts';
import type { Machine } from '../../src/machines/machine.ts';
import { netnsMachine } from '../../src/machines/netns/netns.ts';
import { HOST2, wholeMachine } from '../../src/model/place.ts';
import type { MachineFacts, PathPlan } from '../../src/model/plan.ts';
import { Journal } from '../../src/system/journal.ts';
import { LAB_DIR, LabNamespaces } from '../../src/system/namespaces.ts';
import { Scope } from '../../src/system/scope.ts';
import { needs } from '../support/needs.ts';

const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const signal = AbortSignal.timeout(600_000);

function planOf(kind: string, index: number): PathPlan {
  const backend = usualBackends.find((candidate) => candidate.kind === kind);
  assert.ok(backend);
  const addresses = addressesOf(kind, index);
  const context = { path: kind, index, labDir: LAB_DIR, facts: FACTS, vmm: 'qemu', observe: false, ...addresses };
  return {
    name: kind,
    backend: kind,
    index,
    twinOf: null,
    wire: addresses.wire,
    port: addresses.port,
    backendPlan: backend.plan(context, backend.options.parse({})),
  };
}

describe('attaching in throwaway namespaces', { skip: needs('root', 'linux') }, () => {
  let folder: string;
  let journal: Journal;
  let namespaces: LabNamespaces;
  let machine: Machine;
  const machineOf = () => machine;
  const services = { cpu: 0 };
  const links = async (host: string) =>
    (
      JSON.parse(await machine.run(['ip', '-n', host, '-j', 'link'], { on: wholeMachine(HOST2), signal })) as {
        ifname: string;
      }[]
    )
      .map(({ ifname }) => ifname)
      .filter((name) => name !== 'lo');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    journal = await Journal.create('test', join(folder, 'journal'));
    namespaces = await LabNamespaces.open({ signal, journal });
    machine = netnsMachine(namespaces, (name) => join(folder, `${name}.log`));
    const scope = new Scope();
    for (const step of planHosts(machinesOf({}))) await applyStep(step, { machineOf, scope, signal });
  });

  after(async () => {
    await namespaces[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [index, backend] of usualBackends.entries()) {
    it(`${backend.kind} comes up, its proof devices exist, and its undo leaves both hosts as they were`, async () => {
      const plan = planOf(backend.kind, index);
      const attached = await attachPath(plan, { machineOf, services, signal });
      const present = { host1: await links('host1'), host2: [...(await links('host2')), 'lo'] };
      for (const points of Object.values(plan.backendPlan.proof)) {
        for (const { host, device } of points)
          assert.ok(present[host === 'host1' ? 'host1' : 'host2'].includes(device), `${host} ${device}`);
      }
      await attached[Symbol.asyncDispose]();
      assert.deepEqual(await links('host1'), []);
      assert.deepEqual(await links('host2'), []);
    });
  }

  it('carries all backends at once', async () => {
    const scope = new Scope();
    for (const [index, { kind }] of usualBackends.entries()) {
      scope.use(kind, await attachPath(planOf(kind, index + 10), { machineOf, services, signal }));
    }
    assert.equal((await links('host1')).length, usualBackends.length);
    await scope.close();
  });

  it('undoes a path that fails half way', async () => {
    const plan = planOf('tap', 20);
    const broken = {
      ...plan,
      backendPlan: {
        ...plan.backendPlan,
        steps: [...plan.backendPlan.steps, { on: HOST2, do: ['ip', 'link', 'set', 'nosuch', 'up'], undo: null }],
      },
    };
    await assert.rejects(attachPath(broken, { machineOf, services, signal }), { code: 'COMMAND_FAILED' });
    assert.deepEqual(await links('host2'), []);
  });

  it('leaves the namespaces of the machine itself alone', async () => {
    const { stdout } = await promisify(execFile)('ip', ['netns', 'list']);
    assert.doesNotMatch(stdout, /^host[12]\b/m);
  });
});
