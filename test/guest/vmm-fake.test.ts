// SPDX-License-Identifier: GPL-2.0-only
/** A second kind of VMM, beside the product's own array: labs boot, measure, draw by booting, and end with it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentProgress } from '../../src/cli/progress.ts';
import { parseLabFile } from '../../src/config/parse-lab-file.ts';
import { planGuest } from '../../src/lab/live/guest-parts.ts';
import { GuestSession } from '../../src/lab/live/guest-session.ts';
import { machineAt, openLab } from '../../src/lab/live/open.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import { renderPlan } from '../../src/lab/plan/render-plan.ts';
import { runLab } from '../../src/lab/run.ts';
import type { LabSpec } from '../../src/model/lab-spec.ts';
import { GUEST, type Place } from '../../src/model/place.ts';
import type { Report } from '../../src/model/result.ts';
import { readMachineFacts } from '../../src/system/facts.ts';
import { vmms } from '../../src/vmms/index.ts';
import type { Vmm } from '../../src/vmms/vmm.ts';
import { buildFake, fakeVmm } from '../support/fake-vmm/fake.ts';
import { needs } from '../support/needs.ts';

const TIMEOUT_MS = 600_000;
const DRAWS = 4;
/** Six groups of a rotation at least. */
const TRANSACTIONS = 400;
const signal = AbortSignal.timeout(TIMEOUT_MS);

/** Two paths of the kind that the fake carries, one that it does not, and the floor. */
function fakeLab(): LabSpec {
  const text = `
guest: {vmm: fake, accel: tcg}
paths: {host: {}, user: {}, tap: {}, longer: {backend: tap, extraBridges: 1}}
probes: [{protocol: tcp_rr, count: ${TRANSACTIONS}}]
compare: {draws: ${DRAWS}, guests: 2, transactions: ${TRANSACTIONS}, warmup: 5, twin: false}
`;
  return parseLabFile(text, 'test.yaml');
}

describe('a VMM without a plug and without QEMU', { timeout: TIMEOUT_MS, skip: needs('root', 'linux') }, () => {
  let folder: string;
  const kinds = vmms as Vmm[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    await buildFake(folder, signal);
    kinds.push(fakeVmm(folder)); // the one line that a kind takes
  });

  after(async () => {
    kinds.pop();
    await rm(folder, { recursive: true, force: true });
  });

  const openFake = async (name: string) => {
    const plan = planLab(fakeLab(), await readMachineFacts(), []);
    const logPath = (log: string) => join(folder, `${name}-${log}.log`);
    const lab = await openLab(plan, { id: `${name}-${process.pid}`, signal, progress: silentProgress, logPath });
    const guest = await planGuest(plan.spec.guest, { name, slots: plan.slots, signal });
    return { lab, guest, console: logPath('guest-0-console') };
  };
  const boots = (console: string) => readFileSync(console, 'utf8').match(/fake-vmm: boots/g)?.length ?? 0;

  it('is planned in its own words alone', async () => {
    const { paths, ...rest } = planLab(fakeLab(), await readMachineFacts(), []);
    const carried = paths.filter(({ backendPlan }) => backendPlan.attachment.kind !== 'nat');
    const text = renderPlan({ ...rest, paths: carried }, { argv: ['fake-vmm'], missing: '', emulated: true });
    assert.match(text, /^# guest: booted with its NICs\n/m);
    assert.match(text, /^# 02:[0-9a-f:]+ on t-longer$/m);
    assert.doesNotMatch(text, /qemu|qmp|netdev/i);
  });

  it('measures a whole run: exact counts on each path, proofs, a boot for each draw, and a reason for what it cannot carry', async () => {
    const { folder: run, interrupted } = await runLab({
      ...{ spec: fakeLab(), runsRoot: join(folder, 'runs'), label: null, force: true, argv: ['test'] },
      ...{ progress: silentProgress, signal },
    });
    assert.equal(interrupted, false);
    const read = (file: string) => readFileSync(join(run, file), 'utf8');
    const { probes, failed }: Report = JSON.parse(read('results.json'));
    for (const { path, reason } of failed) {
      assert.equal(path, 'user');
      assert.match(reason, /the fake VMM carries taps, and no attachment of kind nat/);
    }
    assert.ok(failed.length > 0);
    const cells = probes[0]?.cells ?? [];
    assert.deepEqual(cells.map(({ path }) => path).sort(), ['host', 'longer', 'tap']);
    for (const { path, n, lost, proven } of cells)
      assert.deepEqual({ path, n, lost, proven }, { path, n: TRANSACTIONS, lost: 0, proven: true });
    const [comparison] = probes[0]?.comparisons ?? [];
    assert.equal(comparison?.draws.length, DRAWS);
    // Two guests of two draws; the overview's boot comes on top in the first.
    assert.deepEqual(
      [0, 1].map((guest) => boots(join(run, `logs/guest-${guest}-console.log`))),
      [1 + DRAWS / 2, DRAWS / 2],
    );
    const environment = JSON.parse(read('environment.json'));
    assert.equal(environment.guests.guest.vmm.version, 'fake 1');
    assert.equal(environment.guests.guest.accel, 'tcg');
    const plan = JSON.parse(read('plan.json'));
    assert.deepEqual(
      plan.paths.map(({ backendPlan }: { backendPlan: { netdev: unknown } }) => backendPlan.netdev),
      [null, null, { type: 'fake', tap: 't-tap' }, { type: 'fake', tap: 't-longer' }],
    );
    assert.ok(existsSync(join(run, 'logs/fake.log')));
  });

  it('boots once for the NICs that it is first asked for, and again for others', async () => {
    const { lab, guest, console } = await openFake('draws');
    await using _lab = lab;
    await using session = await GuestSession.boot(lab, {
      place: 'guest',
      plan: guest,
      number: 0,
      first: ['tap'],
      signal,
    });
    assert.deepEqual([...session.failed.keys()], ['user']);
    const plug = async (...slots: string[]) => [...(await session.plug(slots, { fresh: true, signal }))];
    assert.deepEqual(await plug('tap'), []);
    assert.equal(boots(console), 1);
    const first = session.guest;
    assert.deepEqual(await plug('longer', 'tap'), []);
    assert.deepEqual(session.plugged, ['longer', 'tap']);
    assert.equal(boots(console), 2);
    assert.equal(first.service.running, false);
    await session.plug(['longer', 'tap'], { fresh: false, signal });
    assert.equal(boots(console), 2);
    await session.unplug(signal);
    const left = await session.guest.agent.counters({ signal });
    assert.deepEqual([boots(console), left.map(({ name }) => name)], [3, ['lo']]);
    const roles = (await session.guest.threads(signal)).map(({ role }) => role);
    assert.deepEqual(roles, [{ kind: 'main' }, { kind: 'vcpu', index: 0 }]);
    assert.match(session.guest.consoleTail().join('\n'), /fake-vmm: boots/);
  });

  it('gives a second guest beside the first files of its own', async () => {
    const { lab, guest } = await openFake('two');
    await using _lab = lab;
    const second = 'guest2' as Place;
    const boot = (place: Place, path: string) =>
      GuestSession.boot(lab, { place, plan: guest, number: 0, first: [path], signal });
    await using _first = await boot(GUEST, 'tap');
    await using _second = await boot(second, 'longer');
    assert.deepEqual([...lab.guests.keys()], [GUEST, second]);
    assert.notEqual(machineAt(lab, GUEST), machineAt(lab, second));
    for (const log of ['fake', 'fake-guest2']) assert.ok(existsSync(lab.logPath(log)), log);
    for (const log of ['guest-0-console', 'guest2-0-console']) assert.equal(boots(lab.logPath(log)), 1);
  });

  it('whose process dies is noticed by the order that waits', async () => {
    const { lab, guest } = await openFake('dies');
    await using _lab = lab;
    await using session = await GuestSession.boot(lab, { place: 'guest', plan: guest, number: 0, signal });
    const { agent, service } = session.guest;
    const order = agent.nicUp({ mac: '02:00:00:00:00:01', address: null, timeoutMs: 300_000, signal });
    await agent.clockNs({ signal });
    process.kill(await session.guest.pid(), 'SIGKILL');
    await assert.rejects(order, { code: 'GUEST_GONE' });
    await service.exited;
    assert.equal(service.running, false);
  });

  it('that cannot boot says so with its console', async () => {
    const { lab, guest } = await openFake('broken');
    await using _lab = lab;
    const plan = { ...guest, initrd: '/dev/null' };
    await assert.rejects(GuestSession.boot(lab, { place: 'guest', plan, number: 0, signal }), {
      code: 'GUEST_BOOT_FAILED',
      message: /the fake VMM ended with status 1.*the fake VMM: fake-vmm: read the image/,
    });
  });
});
