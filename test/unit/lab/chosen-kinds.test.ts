// SPDX-License-Identifier: GPL-2.0-only
/** A second kind of machine, of wire and of VMM is chosen by a lab file, and reaches the plan, the live lab and a whole run. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Backend } from '../../../src/backends/backend.ts';
import { backends } from '../../../src/backends/index.ts';
import { silentProgress } from '../../../src/cli/progress.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { openLab, runAt } from '../../../src/lab/live/open.ts';
import { knownForRun } from '../../../src/lab/plan/needs.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { recordPlan } from '../../../src/lab/plan/record-plan.ts';
import { renderPlan } from '../../../src/lab/plan/render-plan.ts';
import { runLab } from '../../../src/lab/run.ts';
import { machines } from '../../../src/machines/index.ts';
import type { MachineKind } from '../../../src/machines/machine.ts';
import { HOST1, HOST2, type Host, wholeMachine } from '../../../src/model/place.ts';
import type { MachineFacts } from '../../../src/model/plan.ts';
import type { Report } from '../../../src/model/result.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { vmms } from '../../../src/vmms/index.ts';
import type { Vmm } from '../../../src/vmms/vmm.ts';
import { wires } from '../../../src/wires/index.ts';
import type { WireKind } from '../../../src/wires/wire.ts';
import { bare, cord } from '../../support/bare-path/bare.ts';
import { fakeVmm } from '../../support/fake-vmm/fake.ts';
import { local } from '../../support/local-machine/local.ts';

const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const COUNT = 400;
const LAB = `
machines: {host1: {kind: local}, host2: {kind: local}}
wire: cord
paths:
  one: {backend: bare, commands: [{on: host1, run: [touch, typed]}]}
  two: {backend: bare}
probes: [{protocol: tcp_rr, count: ${COUNT}}]
`;
/** A machine that answers for itself. */
const elsewhere: MachineKind = {
  ...local,
  kind: 'elsewhere',
  requires: [{ kind: 'device', path: '/dev/elsewhere', module: null }],
  knows: () => ({
    facts: async () => ({ ...FACTS, cpus: [4, 5], arch: 'aarch64' }),
    probe: async (needs) => needs.map((requirement) => ({ requirement, met: true, found: 'elsewhere', hint: '' })),
    environment: async (signal) => ({ ...(await local.knows({}).environment(signal)), hostname: 'elsewhere' }),
    load: async () => ({ load1: 77, stealTicks: 0, totalTicks: 1 }),
  }),
};
const signal = AbortSignal.timeout(60_000);
const parse = (text: string) => parseLabFile(text, 'test.yaml');

describe('kinds that are a folder and a line of an array', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    (machines as MachineKind[]).push(local, elsewhere);
    (wires as WireKind[]).push(cord);
    (vmms as Vmm[]).push(fakeVmm(folder));
    (backends as Backend[]).push(bare);
  });

  after(async () => {
    for (const kinds of [machines, machines, wires, vmms, backends]) (kinds as unknown[]).pop();
    await rm(folder, { recursive: true, force: true });
  });

  it('are chosen by a lab file, for all paths or for one', () => {
    const spec = parse('guest: {vmm: fake}\nwire: veth\npaths: {tap: {}, host: {wire: veth}}');
    assert.equal(spec.guest.vmm, 'fake');
    assert.deepEqual(
      spec.paths.map(({ wire }) => wire),
      ['veth', 'veth'],
    );
    assert.deepEqual(parse(LAB).machines, { host1: { kind: 'local' }, host2: { kind: 'local' } });
    assert.equal(parse(LAB).paths[0]?.wire, 'cord');
  });

  it('are not in the spec of a lab that names none', () => {
    const { machines: none, guest, paths } = parse('paths: {tap: {}}');
    assert.deepEqual([none, guest.vmm, paths[0]?.wire], [undefined, undefined, undefined]);
  });

  it('that are not in the array are told with line, column and the nearest word', () => {
    assert.throws(
      () => parse('wire: crod\nguest: {vmm: fkae}\nmachines: {host1: {kind: locl}}\npaths: {tap: {wire: vet}}'),
      ({ message }: Error) => {
        for (const line of [
          /test\.yaml:1:7: wire: must be one of veth, uplink, cord, got "crod" \(did you mean "cord"\?\)/,
          /test\.yaml:2:14: guest\.vmm: must be one of qemu, fake, got "fkae" \(did you mean "fake"\?\)/,
          /test\.yaml:3:26: machines\.host1\.kind: must be one of netns, ssh, local, elsewhere, got "locl" \(did you mean "local"\?\)/,
          /test\.yaml:4:21: paths\.tap\.wire: must be one of veth, uplink, cord, got "vet" \(did you mean "veth"\?\)/,
        ])
          assert.match(message, line);
        return true;
      },
    );
  });

  it('of machines that a wire cannot link are refused', () => {
    assert.throws(() => parse('machines: {host1: {kind: local}}\npaths: {host: {}}'), {
      code: 'LAB_FILE_INVALID',
      message:
        /1:11: machines: no veth between them: both ends of a veth pair are on one machine; host1 is on local, host2 is on netns/,
    });
  });

  it('are planned, shown and recorded', async () => {
    const spec = parse(LAB);
    const plan = planLab(spec, FACTS, (await knownForRun(spec, signal)).unavailable);
    assert.deepEqual(plan.machines, { host1: { kind: 'local', options: {} }, host2: { kind: 'local', options: {} } });
    const text = renderPlan(plan, { argv: null, missing: '', emulated: true });
    for (const line of [
      'mkdir host1',
      'env -C host1 touch w-one',
      'env -C host1 touch typed',
      'env -C host2 test -L w-two',
    ])
      assert.ok(text.includes(`\n${line}\n`), line);
    assert.doesNotMatch(text, /netns|sysctl|^ip /m);
    const { machines: recorded, paths, hostSteps } = recordPlan(plan);
    assert.deepEqual(recorded, { host1: 'local', host2: 'local' });
    assert.equal(paths[0]?.wire.kind, 'cord');
    assert.equal(hostSteps[0]?.on, null);
  });

  it('make the live lab, and take all of it away', async () => {
    const spec = parse(LAB);
    const plan = planLab(spec, FACTS, []);
    const logPath = (name: string) => join(folder, `${name}.log`);
    const lab = await openLab(plan, { id: `kinds-${process.pid}`, signal, progress: silentProgress, logPath });
    const root = (await runAt(lab, wholeMachine(HOST2), ['realpath', '.'], signal)).trim();
    try {
      assert.equal((await runAt(lab, HOST1, ['realpath', '.'], signal)).trim(), join(root, HOST1));
      for (const file of ['host1/w-one', 'host1/typed', 'host2/w-one', 'host2/w-two'])
        assert.ok(existsSync(join(root, file)), file);
    } finally {
      await lab[Symbol.asyncDispose]();
    }
    assert.equal(existsSync(root), false);
  });

  it('carry a whole run, which is read back', async () => {
    const { folder: run } = await runLab({
      ...{ spec: parse(LAB), runsRoot: join(folder, 'runs'), label: null, force: true, argv: ['test'] },
      ...{ progress: silentProgress, signal },
    });
    const { probes, failed }: Report = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
    assert.deepEqual(failed, []);
    assert.deepEqual(
      probes.flatMap(({ cells }) => cells.map(({ path, n, lost }) => ({ path, n, lost }))),
      ['one', 'two'].map((path) => ({ path, n: COUNT, lost: 0 })),
    );
    const { spec } = await readRun(run);
    assert.deepEqual(spec?.machines, { host1: { kind: 'local' }, host2: { kind: 'local' } });
    assert.equal(spec?.paths[1]?.wire, 'cord');
  });

  it('of machines answer for themselves: what they have, what planning needs, and what is recorded of them', async () => {
    const spec = parse(LAB.replaceAll('local', 'elsewhere'));
    assert.deepEqual((await knownForRun(spec, signal)).facts.cpus, [4, 5]);
    const { folder: run } = await runLab({
      ...{ spec, runsRoot: join(folder, 'runs'), label: null, force: true, argv: ['test'] },
      ...{ progress: silentProgress, signal },
    });
    const { environment, plan } = await readRun(run);
    assert.deepEqual(plan?.placement, { guestCpu: 5, hostCpu: 4, fifoPriority: 10 });
    assert.deepEqual([environment?.hostname, environment?.after?.load1], ['elsewhere', 77]);
  });

  it('of one kind are one machine where they are told alike, and two with their own options where not', async () => {
    const spec = parse(LAB.replace('{kind: local}', '{kind: local, folder: far}'));
    assert.deepEqual(spec.machines, { host1: { kind: 'local', options: { folder: 'far' } }, host2: { kind: 'local' } });
    const plan = planLab(spec, FACTS, []);
    const logPath = (name: string) => join(folder, `${name}.log`);
    const options = { signal, progress: silentProgress, logPath };
    await using lab = await openLab(plan, { id: `two-${process.pid}`, ...options });
    const rootOf = async (host: Host) => (await runAt(lab, wholeMachine(host), ['realpath', '.'], signal)).trim();
    const [far, near] = [await rootOf(HOST1), await rootOf(HOST2)];
    assert.notEqual(lab.machines.get(HOST1), lab.machines.get(HOST2));
    assert.match(far, new RegExp(`/hoplab-local-two-${process.pid}-far-`));
    assert.doesNotMatch(near, /far/);
    assert.deepEqual([existsSync(join(far, 'host1/w-one')), existsSync(join(near, 'host1'))], [true, false]);
    const both = parse(LAB.replaceAll('{kind: local}', '{kind: local, folder: far}'));
    await using one = await openLab(planLab(both, FACTS, []), { id: `one-${process.pid}`, ...options });
    assert.equal(one.machines.get(HOST1), one.machines.get(HOST2));
  });

  it('of two machines of one kind carry a whole run', async () => {
    const { folder: run } = await runLab({
      ...{ spec: parse(LAB.replace('{kind: local}', '{kind: local, folder: far}')), label: null, force: true },
      ...{ runsRoot: join(folder, 'runs'), argv: ['test'], progress: silentProgress, signal },
    });
    const { probes, failed }: Report = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
    assert.deepEqual(
      [failed, probes[0]?.cells.map(({ n, lost }) => [n, lost])],
      [
        [],
        [
          [COUNT, 0],
          [COUNT, 0],
        ],
      ],
    );
    assert.deepEqual((await readRun(run)).spec?.machines?.host1?.options, { folder: 'far' });
    const logs = readdirSync(join(run, 'logs'));
    assert.ok(
      logs.some((name) => name.startsWith('host1-')),
      logs.join(),
    );
  });

  it('have keys that no other kind takes', () => {
    assert.throws(
      () => parse('machines: {host1: {kind: netns, folder: far}}'),
      /machines\.host1\.folder: is a key of local, elsewhere; netns has none of it/,
    );
    assert.throws(() => parse('machines: {host1: {kind: local, folder: 7}}'), /machines\.host1\.folder: /);
  });

  it('of two machines are each asked for what its own host needs', async () => {
    const asked = (kind: string) => parse(LAB.replace('host1: {kind: local}', `host1: {kind: ${kind}}`));
    const missing = { ...elsewhere.knows({}), probe: local.knows({}).probe };
    const at = machines.indexOf(elsewhere);
    (machines as MachineKind[])[at] = { ...elsewhere, knows: () => missing };
    await assert.rejects(knownForRun(asked('elsewhere'), signal), {
      code: 'REQUIREMENT_MISSING',
      message: /path one \(bare\) needs \/dev\/elsewhere/,
    });
    (machines as MachineKind[])[at] = elsewhere;
    assert.deepEqual((await knownForRun(asked('elsewhere'), signal)).unavailable, []);
  });
});
