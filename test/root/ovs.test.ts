// SPDX-License-Identifier: GPL-2.0-only
/** Open vSwitch attached for real: two at once, beside one that is not ours, and what it refuses. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { BackendEvidence } from '../../src/backends/backend.ts';
import { ovs } from '../../src/backends/ovs/ovs.ts';
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
import { countersByName } from '../support/counters-by-name.ts';
import { needs } from '../support/needs.ts';

const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const signal = AbortSignal.timeout(600_000);
/** User and kernel time in clock ticks of 10 ms, fields 14 and 15 of /proc/PID/stat. */
const IDLE_MS = 1000;
const IDLE_TICKS = 5;

function planOf(path: string, index: number, options: Readonly<Record<string, unknown>> = {}): PathPlan {
  const addresses = addressesOf(path, index);
  const context = { path, index, labDir: LAB_DIR, facts: FACTS, vmm: 'qemu', observe: false, ...addresses };
  return {
    name: path,
    backend: 'ovs',
    index,
    twinOf: null,
    wire: addresses.wire,
    port: addresses.port,
    backendPlan: ovs.plan(context, ovs.options.parse(options)),
  };
}

describe('Open vSwitch in throwaway namespaces', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let folder: string;
  let namespaces: LabNamespaces;
  let machine: Machine;
  const machineOf = () => machine;
  const services = { cpu: 0 };
  const run = (...argv: string[]) => machine.run(argv, { on: wholeMachine(HOST2), signal });
  const vsctl = (dir: string, ...words: string[]) => run('ovs-vsctl', `--db=unix:${dir}/db.sock`, ...words);
  const inLab = (path: string) => `/proc/${namespaces.pid}/root${path}`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    const journal = await Journal.create('test', join(folder, 'journal'));
    namespaces = await LabNamespaces.open({ signal, journal });
    machine = netnsMachine(namespaces, (name) => join(folder, `${name}.log`));
    const scope = new Scope();
    for (const step of planHosts(machinesOf({}))) await applyStep(step, { machineOf, scope, signal });
  });

  after(async () => {
    await namespaces[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Pids of the daemons whose command line names this folder. */
  const daemonsOf = (dir: string) =>
    readdirSync('/proc').filter((pid) => {
      const command = /^\d+$/.test(pid) ? commandOf(pid) : '';
      return /^ovs.*\0/.test(command) && command.includes(dir);
    });

  it('runs twice beside each other, each with its own database, bridge and ports', async () => {
    const scope = new Scope();
    scope.use('one', await attachPath(planOf('one', 1), { machineOf, services, signal }));
    scope.use('two', await attachPath(planOf('two', 2), { machineOf, services, signal }));
    for (const [path, index] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      const dir = `${LAB_DIR}/ovs-${index}`;
      assert.equal(await vsctl(dir, 'list-br'), `b-${path}\n`);
      assert.equal(await vsctl(dir, 'list-ports', `b-${path}`), `t-${path}\nw-${path}\n`);
      assert.equal(await vsctl(dir, 'get', 'interface', `w-${path}`, 'ofport'), '2\n');
      assert.equal(await vsctl(dir, 'get', 'bridge', `b-${path}`, 'datapath_type'), 'netdev\n');
    }
    await scope.close();
    assert.doesNotMatch(await run('ip', '-n', 'host2', '-br', 'link'), /one|two|ovs/);
  });

  it('sleeps while nothing comes, and leaves no process, folder or socket behind', async () => {
    const dir = `${LAB_DIR}/ovs-3`;
    const attached = await attachPath(planOf('quiet', 3), { machineOf, services, signal });
    const pids = daemonsOf(dir);
    assert.equal(pids.length, 2);
    const before = pids.map(ticksOf);
    const began = performance.now();
    await delay(IDLE_MS);
    const used = pids.map((pid, i) => ticksOf(pid) - (before[i] ?? 0));
    const ms = performance.now() - began;
    assert.ok(Math.max(...used) <= (IDLE_TICKS * ms) / IDLE_MS, `${used.join(' and ')} ticks in ${ms} ms`);
    assert.ok(existsSync(inLab(`${dir}/conf.db`)));
    await attached[Symbol.asyncDispose]();
    assert.deepEqual(daemonsOf(dir), []);
    assert.equal(existsSync(inLab(dir)), false);
  });

  it('ends both daemons when one dies: ovs-vswitchd polls without a pause once its database is gone', async () => {
    const dir = `${LAB_DIR}/ovs-8`;
    const attached = await attachPath(planOf('halved', 8), { machineOf, services, signal });
    const database = daemonsOf(dir).find((pid) => readText(`/proc/${pid}/comm`).startsWith('ovsdb-server'));
    process.kill(Number(database), 'SIGKILL');
    for (const until = Date.now() + 30_000; daemonsOf(dir).length > 0 && Date.now() < until; ) await delay(20);
    assert.deepEqual(daemonsOf(dir), []);
    // Nobody is left to delete the bridge: its devices go with the namespace, the rest is undone all the same.
    await assert.rejects(async () => attached[Symbol.asyncDispose](), /could not undo: ovs-vsctl .*del-br b-halved/);
    assert.equal(existsSync(inLab(dir)), false);
  });

  it('leaves another Open vSwitch in the same namespaces as it was', async () => {
    const other = '/run/other-ovs';
    await run('mkdir', other);
    await run('ovsdb-tool', 'create', `${other}/conf.db`);
    await using _ = await machine.start({
      name: 'other',
      on: 'host2',
      argv: ['env', `OVS_RUNDIR=${other}`, 'ovsdb-server', `${other}/conf.db`, `--remote=punix:${other}/db.sock`],
      ready: { kind: 'socket', path: `${other}/db.sock` },
      signal,
    });
    await vsctl(other, '--no-wait', 'init');
    await vsctl(other, '--no-wait', 'add-br', 'theirs');
    const content = () => readText(inLab(`${other}/conf.db`));
    const [database, files] = [content(), await run('ls', '-A', other)];
    await using attached = await attachPath(planOf('ours', 4), { machineOf, services, signal });
    assert.equal(attached.plan.backendPlan.attachment.kind, 'tap');
    await attached[Symbol.asyncDispose]();
    assert.equal(content(), database);
    assert.equal(await run('ls', '-A', other), files);
    assert.equal(await vsctl(other, 'list-br'), 'theirs\n');
  });

  it('adds the rules in their order, and refuses a wrong one with its text', async () => {
    const good = ['priority=5,in_port=1,udp,actions=drop', 'in_port=2 actions=output:1'];
    const dir = `${LAB_DIR}/ovs-5`;
    const attached = await attachPath(planOf('rules', 5, { flows: good }), { machineOf, services, signal });
    const flows = await run('ovs-ofctl', 'dump-flows', `unix:${dir}/b-rules.mgmt`);
    assert.match(flows, /priority=5,udp,in_port=1 actions=drop/);
    assert.match(flows, /in_port=2 actions=output:1/);
    assert.match(flows, /priority=0 actions=NORMAL/);
    await attached[Symbol.asyncDispose]();

    const wrong = 'prio=5,in_port=1,actions=drop';
    await assert.rejects(attachPath(planOf('wrong', 6, { flows: [...good, wrong] }), { machineOf, services, signal }), {
      code: 'LAB_FILE_INVALID',
      message: `add the OpenFlow rule "${wrong}": ovs-ofctl: unknown keyword prio`,
      hint: /ovs-fields\(7\)/,
    });
    assert.deepEqual(daemonsOf(`${LAB_DIR}/ovs-6`), []);
    assert.equal(existsSync(inLab(`${LAB_DIR}/ovs-6`)), false);
  });

  it('tells its addresses, the packets of its ports and rules, and what it dropped', async () => {
    const rule = 'priority=7,in_port=2,udp,actions=drop';
    const planned = planOf('seen', 9, { flows: [rule] });
    const { wire, backendPlan } = planned;
    await using attached = await attachPath(planned, { machineOf, services, signal });
    assert.equal(attached.plan.backendPlan.attachment.kind, 'tap');
    const look = (argv: readonly string[]) => machine.run(argv, { on: wholeMachine(HOST2), signal });
    // ARP passes the rule, the datagrams do not.
    const datagram = `echo > /dev/udp/${wire.host2.address}/9`;
    await run('ip', 'netns', 'exec', 'host1', 'bash', '-c', `${datagram}; ${datagram}`);
    const observe = async () => ovs.observe?.({ look, signal }, backendPlan);
    const late = ['switch b-seen flow priority=7,udp,in_port=2 actions=drop', 'switch drop_action_of_pipeline'];
    let seen = await observe();
    // The switch collects what its threads count once a second, and what passed by a cached flow twice.
    const isCollected = () => late.every((name) => counted(seen, name) >= 2);
    for (let waited = 0; waited < 30_000 && !isCollected(); waited += 100) {
      await delay(100);
      seen = await observe();
    }
    const known = seen?.fdb.find(({ mac }) => mac === wire.host1.mac);
    assert.deepEqual(known, {
      place: 'host2',
      bridge: 'b-seen',
      port: 'w-seen',
      mac: wire.host1.mac,
      vlan: 0,
      fixed: false,
    });
    const bridge = seen?.fdb.find(({ port }) => port === 'b-seen');
    assert.equal(bridge?.mac, wire.host2.mac.replace(/..$/, '04'));
    assert.deepEqual(
      seen?.fdbFill.map(({ bridge: name, entries, evicted }) => [name, entries, evicted]),
      [['b-seen', seen?.fdb.length, 0]],
    );
    assert.ok((seen?.fdbFill[0]?.size ?? 0) >= 1024);
    const text = JSON.stringify(seen?.counters);
    for (const name of late) assert.equal(counted(seen, name), 2, text);
    assert.ok(counted(seen, 'switch b-seen w-seen rx pkts') >= 3, text);
  });

  it('names a port that the switch did not take, with its type and those of the build', async () => {
    await assert.rejects(attachPath(planOf('dpdk', 7, { portType: 'dpdk' }), { machineOf, services, signal }), {
      code: 'LAB_FAILED',
      message: /add port w-dpdk of type dpdk to Open vSwitch: .+; the types of this build are \[.*\bsystem\b.*\]/,
    });
    assert.deepEqual(daemonsOf(`${LAB_DIR}/ovs-7`), []);
  });
});

function counted(seen: BackendEvidence | undefined, name: string): number {
  return countersByName(seen?.counters ?? [])[name] ?? 0;
}

function ticksOf(pid: string): number {
  const fields = readText(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Its words; none of a process that ends meanwhile. */
function commandOf(pid: string): string {
  try {
    return readText(`/proc/${pid}/cmdline`);
  } catch {
    return '';
  }
}

function readText(path: string): string {
  return readFileSync(path, 'latin1');
}
