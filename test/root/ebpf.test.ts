// SPDX-License-Identifier: GPL-2.0-only
/** The eBPF bridge attached for real: two at once, host2 as its station, what it tells, and what it refuses. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { BRIDGE_HOPS } from '../../src/backends/ebpf/bridge.ts';
import { ebpf } from '../../src/backends/ebpf/ebpf.ts';
import { isPartial } from '../../src/frame/checksum.ts';
import { applyStep, attachPath } from '../../src/lab/live/attach.ts';
import { addressesOf } from '../../src/lab/plan/addressing.ts';
import { planHosts } from '../../src/lab/plan/host-steps.ts';
import { machinesOf } from '../../src/machines/index.ts';
import type { Machine } from '../../src/machines/machine.ts';
import { netnsMachine } from '../../src/machines/netns/netns.ts';
import { HOST2, wholeMachine } from '../../src/model/place.ts';
import type { MachineFacts, PathPlan, Step } from '../../src/model/plan.ts';
import { Journal } from '../../src/system/journal.ts';
import { LAB_DIR, LabNamespaces } from '../../src/system/namespaces.ts';
import { Scope } from '../../src/system/scope.ts';
import { countersByName } from '../support/counters-by-name.ts';
import { needs } from '../support/needs.ts';

const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const signal = AbortSignal.timeout(600_000);
/** Beyond what a veth takes natively: a frame must fit a page with its headroom. */
const LARGE_MTU = 9000;
/** On the busiest machine the kernel has done by then what it does in a moment. */
const DEADLINE_MS = 30_000;

interface Wish {
  readonly options?: Readonly<Record<string, unknown>>;
  /** Done before the bridge starts. */
  readonly steps?: readonly Step[];
}

function planOf(path: string, index: number, { options = {}, steps = [] }: Wish = {}): PathPlan {
  const addresses = addressesOf(path, index);
  const context = { path, index, labDir: LAB_DIR, facts: FACTS, vmm: 'qemu', observe: true, ...addresses };
  const backendPlan = ebpf.plan(context, ebpf.options.parse(options));
  return {
    name: path,
    backend: 'ebpf',
    index,
    twinOf: null,
    wire: addresses.wire,
    port: addresses.port,
    backendPlan: { ...backendPlan, steps: [...backendPlan.steps, ...steps] },
  };
}

describe('the eBPF bridge in throwaway namespaces', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let folder: string;
  let namespaces: LabNamespaces;
  let machine: Machine;
  const machineOf = () => machine;
  const services = { cpu: 0 };
  const run = (...argv: string[]) => machine.run(argv, { on: wholeMachine(HOST2), signal });

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

  const observe = async ({ backendPlan }: PathPlan) => {
    const look = (argv: readonly string[]) => machine.run(argv, { on: wholeMachine(HOST2), signal });
    const seen = await ebpf.observe?.({ look, signal }, backendPlan);
    assert.ok(seen);
    return { ...seen, counters: countersByName(seen.counters) };
  };
  const inHost = (host: string, ...argv: string[]) => run('ip', 'netns', 'exec', host, ...argv);
  const statistic = async (host: string, name: string) =>
    Number(new RegExp(`${name}\\s+(\\d+)`).exec(await inHost(host, 'nstat', '-asz', name))?.[1]);
  /** Until it has counted one more than before. */
  const counts = async (host: string, name: string, before: number) => {
    for (const until = Date.now() + DEADLINE_MS; (await statistic(host, name)) === before; await delay(5))
      assert.ok(Date.now() < until, `${name} of ${host} stays at ${before}`);
  };
  /** A datagram from host1 to host2's address on the bridge, where nobody listens. */
  const datagram = ({ wire }: PathPlan) => inHost('host1', 'bash', '-c', `echo > /dev/udp/${wire.host2.address}/9`);
  /** Sends one, and waits for host2's word that nobody does. */
  const send = async (plan: PathPlan) => {
    const before = await statistic('host1', 'IcmpInDestUnreachs');
    await datagram(plan);
    await counts('host1', 'IcmpInDestUnreachs', before);
  };
  const udp = (bytes: Uint8Array) => bytes[12] === 8 && bytes[13] === 0 && bytes[23] === 17;

  it('runs twice beside each other, and what comes in at one stays there', async () => {
    const scope = new Scope();
    const [one, two] = [planOf('one', 1), planOf('two', 2)];
    for (const plan of [one, two]) scope.use(plan.name, await attachPath(plan, { machineOf, services, signal }));
    await send(one);
    assert.ok(((await observe(one)).counters['bridge b-one w-one received'] ?? 0) > 0);
    assert.equal((await observe(two)).counters['bridge b-two w-two received'], undefined);
    await scope.close();
    assert.doesNotMatch(await run('ip', '-n', 'host2', '-br', 'link'), /one|two/);
    assert.doesNotMatch(await run('ls', LAB_DIR), /bridge-/);
  });

  it("makes host2 a station, finishes host1's checksum on the way, and tells of both", async () => {
    const plan = planOf('seen', 3);
    await using attached = await attachPath(plan, { machineOf, services, signal });
    assert.deepEqual(attached.attached.warnings, []);
    await send(plan);
    const { captures, fdb, fdbFill, counters, xdp } = await observe(plan);
    const at = (hop: string) => captures.find((each) => each.hop === hop)?.frames ?? [];
    const came = at(BRIDGE_HOPS.host1).find(({ outgoing, bytes }) => !outgoing && udp(bytes));
    const left = at(BRIDGE_HOPS.host2).find(({ outgoing, bytes }) => outgoing && udp(bytes));
    assert.ok(came !== undefined && left !== undefined, JSON.stringify(counters));
    assert.ok(isPartial(came.bytes) && came.offload?.needsChecksum, 'host1 leaves it to the wire');
    assert.deepEqual([isPartial(left.bytes), left.offload], [false, null]);
    assert.ok(left.timeNs >= came.timeNs);
    assert.ok(Math.abs(Number(left.timeNs / 1_000_000n) - Date.now()) < 10_000, 'the time of day');
    const portOf = (mac: string) => fdb.find((entry) => entry.mac === mac)?.port;
    assert.equal(portOf(plan.wire.host1.mac), 'w-seen');
    assert.equal(portOf(plan.wire.host2.mac.replace(/..$/, '04')), 'p-seen');
    assert.deepEqual(fdbFill, [{ place: 'host2', bridge: 'b-seen', entries: 2, size: 4096, evicted: 0 }]);
    assert.ok((counters['bridge b-seen w-seen completed'] ?? 0) >= 1);
    // The question for host2's address is flooded to the tap as well, which nobody has open here.
    assert.deepEqual(xdp, [
      { place: 'host2', device: 't-seen', tracepoint: 'xdp_devmap_xmit', reason: 'ENXIO', frames: 1 },
    ]);
    assert.deepEqual((await observe(plan)).xdp, [], 'told once');
    // host2's stack took the datagram for good: it says that nobody listens.
    assert.ok(at(BRIDGE_HOPS.host1).some(({ outgoing, bytes }) => outgoing && bytes[23] === 1));
  });

  it('leaves the checksum alone where it is told to, and host2 drops the datagram', async () => {
    const plan = planOf('left', 4, { options: { checksum: 'leave' } });
    await using attached = await attachPath(plan, { machineOf, services, signal });
    assert.equal(attached.plan.backendPlan.attachment.kind, 'tap');
    const before = await statistic('host2', 'UdpInCsumErrors');
    await datagram(plan);
    await counts('host2', 'UdpInCsumErrors', before);
    assert.equal(await statistic('host2', 'UdpInCsumErrors'), before + 1);
  });

  it('puts a program on the far ends of its veths where frames are redirected, and only there', async () => {
    const expected = { auto: true, generic: false, tc: false };
    for (const [index, [mode, there]] of Object.entries(expected).entries()) {
      const plan = planOf(`far-${mode}`, 8 + index, { options: { mode } });
      await using attached = await attachPath(plan, { machineOf, services, signal });
      assert.deepEqual(attached.attached.warnings, [], mode);
      for (const [host, device] of [
        ['host1', plan.wire.host1.device],
        ['host2', `b-far-${mode}`],
      ] as const)
        assert.equal(/prog\/xdp/.test(await run('ip', '-n', host, '-d', 'link', 'show', 'dev', device)), there, device);
      await send(plan);
      assert.ok(((await observe(plan)).counters[`bridge b-far-${mode} p-far-${mode} sent`] ?? 0) >= 1, mode);
    }
  });

  it('tells which port went by tc, and why, where the driver takes no native program', async () => {
    const plan = planOf('large', 5, { steps: largeWire(5, 'large') });
    await using attached = await attachPath(plan, { machineOf, services, signal });
    const text = (attached.attached.warnings ?? []).join('\n');
    assert.match(text, /^w-large: goes by tc: the driver veth refused a native program \(.*MTU 9000/m);
    await send(plan);
    assert.ok(((await observe(plan)).counters['bridge b-large p-large sent'] ?? 0) >= 1, text);
  });

  it('fails with the reason where native is insisted on, and leaves nothing', async () => {
    const plan = planOf('strict', 6, { options: { mode: 'native' }, steps: largeWire(6, 'strict') });
    await assert.rejects(attachPath(plan, { machineOf, services, signal }), {
      code: 'SERVICE_FAILED',
      message: /start hoplab-bridge-strict: it ended; .*w-strict: the driver veth refused a native program .*MTU 9000/,
    });
    assert.doesNotMatch(await run('ip', '-n', 'host2', '-br', 'link'), /strict/);
  });

  it('leaves the devices without a program when its loader is killed', async () => {
    const plan = planOf('killed', 7);
    const attached = await attachPath(plan, { machineOf, services, signal });
    const programs = () => run('ip', '-n', 'host2', '-d', 'link', 'show', 'dev', 'w-killed');
    assert.match(await programs(), /prog\/xdp/);
    const pid = (await run('pgrep', '-f', `^\\S*hoplab-bridge .*socket ${LAB_DIR}/bridge-7.sock`)).trim();
    await run('kill', '-KILL', pid);
    for (const until = Date.now() + DEADLINE_MS; /prog\/xdp/.test(await programs()) && Date.now() < until; )
      await delay(20);
    assert.doesNotMatch(await programs(), /prog\/xdp/);
    await attached[Symbol.asyncDispose]();
    assert.doesNotMatch(await run('ip', '-n', 'host2', '-br', 'link'), /killed/);
  });
});

function largeWire(index: number, path: string): Step[] {
  const { wire } = addressesOf(path, index);
  return [wire.host1, wire.host2].map(({ host, device }) => ({
    on: host,
    do: ['ip', 'link', 'set', device, 'mtu', String(LARGE_MTU)],
    undo: null,
  }));
}
