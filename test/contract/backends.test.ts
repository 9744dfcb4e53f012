// SPDX-License-Identifier: GPL-2.0-only
/** What every backend owes the core, checked on each entry of the one array. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backends } from '../../src/backends/index.ts';
import { attachPath, type PathMachine } from '../../src/lab/live/attach.ts';
import { addressesOf } from '../../src/lab/plan/addressing.ts';
import { argvOn } from '../../src/machines/netns/argv.ts';
import { DIRECTIONS } from '../../src/model/place.ts';
import type { MachineFacts, PathPlan } from '../../src/model/plan.ts';
import { LAB_DIR } from '../../src/system/namespaces.ts';
import { TRACE_POINTS } from '../../src/trace/records/points.ts';

const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const SIGNAL = new AbortController().signal;

const KNOWN = new Set(TRACE_POINTS.map(({ name }) => name));
/** What the kernel does first, and what then, whatever the hop. */
const ORDER = [
  ['dev_queue', 'dev_xmit'],
  ['netif_rx', 'netif_receive'],
  ['driver_enter', 'driver_exit'],
  ['kick', 'waking'],
  ['data_ready', 'waking'],
  ['waking', 'switch_in'],
  ['switch_in', 'vmm_in'],
  ['switch_in', 'vmm_out'],
] as const;

function planOf(kind: string, path = kind, index = 5, facts = FACTS): PathPlan {
  const backend = backends.find((candidate) => candidate.kind === kind);
  assert.ok(backend);
  const addresses = addressesOf(path, index);
  return {
    name: path,
    backend: kind,
    index,
    twinOf: null,
    wire: addresses.wire,
    port: addresses.port,
    backendPlan: backend.plan(
      { path, index, labDir: LAB_DIR, facts, vmm: 'qemu', observe: false, ...addresses },
      backend.options.parse({}),
    ),
  };
}

/** Records what is done and undone; fails at the step with the given number. */
function recorder(failAt = Number.POSITIVE_INFINITY) {
  const acts: string[] = [];
  let armed = true;
  const failHere = () => {
    if (!armed || acts.length !== failAt) return;
    armed = false;
    throw new Error(`step ${failAt} fails`);
  };
  const machine: PathMachine = {
    async run(argv, { on }) {
      const line = argvOn(on, argv).join(' ');
      if (line.includes('/sys/class/net/')) return line.endsWith('ifindex') ? '7\n' : '511:3\n';
      if (line.includes('list Interface')) return '{"data":[]}';
      if (/hoplab-bridge ask \S+ show$/.test(line)) return '{"ports":[],"notes":[]}';
      failHere();
      acts.push(line);
      return '';
    },
    async assign({ nic }) {
      failHere();
      acts.push(`start ${nic}`);
      return { [Symbol.asyncDispose]: async () => void acts.push(`stop ${nic}`) };
    },
    async start(service) {
      failHere();
      acts.push(`start ${service.name}`);
      return { pid: async () => 1, [Symbol.asyncDispose]: async () => void acts.push(`stop ${service.name}`) };
    },
  };
  return { acts, how: { machineOf: () => machine, services: {}, signal: SIGNAL } };
}

for (const backend of backends) {
  describe(`backend ${backend.kind}`, () => {
    it('plans the same from the same input', () => {
      assert.deepEqual(planOf(backend.kind), planOf(backend.kind));
    });

    it('keeps device names within 15 characters, whatever the path is called', () => {
      const text = JSON.stringify(planOf(backend.kind, 'a-rather-long-name', 27));
      for (const [, device] of text.matchAll(/"device":"([^"]+)"/g)) {
        if (!device?.includes(':') && !device?.includes(' ')) assert.ok((device?.length ?? 99) <= 15, device);
      }
    });

    it('names points of the tracer at its hops, both ways, and a service of its own where threads carry the packets', () => {
      const { hops, services } = planOf(backend.kind).backendPlan;
      assert.ok(hops.some(({ points }) => points !== undefined && points.toHost1.length > 0));
      for (const { points, service } of hops) {
        for (const name of [...(points?.toHost1 ?? []), ...(points?.toGuest ?? [])]) assert.ok(KNOWN.has(name), name);
        if (service !== undefined) assert.ok(services.some(({ name }) => name === service));
      }
    });

    it('has its points in the order in which a packet passes them', () => {
      for (const { name, points } of planOf(backend.kind).backendPlan.hops) {
        for (const way of [points?.toHost1 ?? [], points?.toGuest ?? []]) {
          assert.equal(new Set(way).size, way.length, name);
          for (const [first, then] of ORDER) {
            const [a, b] = [way.indexOf(first), way.indexOf(then)];
            assert.ok(a < 0 || b < 0 || a < b, `${name}: ${then} before ${first}`);
          }
        }
      }
    });

    it('shares no device, address, socket or port between two of its paths', () => {
      const words = (plan: PathPlan) =>
        new Set(
          [
            ...plan.backendPlan.steps.flatMap((step) => step.do),
            ...plan.backendPlan.services.flatMap(({ argv, whenReady = [] }) => [
              ...argv,
              ...whenReady.flatMap((step) => step.do),
            ]),
          ].filter((word) => word.includes(plan.name) || /^10\.9[89]\./.test(word)),
        );
      const first = words(planOf(backend.kind, 'one', 1));
      const second = words(planOf(backend.kind, 'two', 2));
      assert.deepEqual(
        [...first].filter((word) => second.has(word)),
        [],
      );
    });

    it('says for every direction how it is reached, or why not and what to do', () => {
      const { reach } = planOf(backend.kind).backendPlan;
      for (const direction of DIRECTIONS) {
        const way = reach[direction];
        if (way.kind === 'unreachable') assert.ok(way.reason.length > 10 && way.hint.length > 10, direction);
        else assert.match(way.connect, /^\d+\.\d+\.\d+\.\d+$/, direction);
      }
    });

    it('proves every direction that it reaches by at least one device', () => {
      const { reach, proof } = planOf(backend.kind).backendPlan;
      for (const direction of DIRECTIONS) {
        if (reach[direction].kind === 'reachable') assert.ok(proof[direction].length > 0, direction);
      }
    });

    it('has a NIC and an attachment if and only if a guest is on its path', () => {
      const { nic, attachment } = planOf(backend.kind).backendPlan;
      assert.equal(nic !== null, backend.guest);
      assert.equal(attachment.kind !== 'none', backend.guest);
    });

    it('names its hops from the client to the far end of its own wire', () => {
      const plan = planOf(backend.kind);
      const hops = plan.backendPlan.hops;
      assert.equal(hops[0]?.where, backend.guest ? 'guest' : 'host2');
      assert.equal(hops.at(-1)?.device, plan.wire.host1.device);
    });

    it('undoes in the reverse order of what it did', async () => {
      const { acts, how } = recorder();
      const attached = await attachPath(planOf(backend.kind), how);
      const done = acts.length;
      await attached[Symbol.asyncDispose]();
      const undone = acts.slice(done);
      const owed = expectedUndos(acts.slice(0, done), planOf(backend.kind));
      assert.deepEqual(undone, owed.reverse());
      assert.ok(undone.length > 0);
    });

    it('undoes exactly the first k steps when the step after them fails, for every k', async () => {
      const whole = recorder();
      await attachPath(planOf(backend.kind), whole.how);
      const all = [...whole.acts];
      for (let k = 0; k < all.length; k++) {
        const { acts, how } = recorder(k);
        await assert.rejects(attachPath(planOf(backend.kind), how), /fails/);
        const owed = expectedUndos(all.slice(0, k), planOf(backend.kind)).reverse();
        assert.deepEqual(acts.slice(0, k), all.slice(0, k), `k = ${k}`);
        assert.deepEqual(acts.slice(k), owed, `k = ${k}`);
      }
    });
  });
}

/** The undo of each act in order, from the plan: the test's own reading of it. */
function expectedUndos(done: readonly string[], plan: PathPlan): string[] {
  const { wire } = plan;
  const { steps, services } = plan.backendPlan;
  const undos = new Map<string, string | null>(
    [...steps, ...services.flatMap(({ whenReady = [] }) => whenReady)].map((step) => [
      argvOn(step.on, step.do).join(' '),
      step.undo === null ? null : argvOn(step.on, step.undo).join(' '),
    ]),
  );
  return done.flatMap((act) => {
    if (act.startsWith('start ')) return [act.replace('start ', 'stop ')];
    if (act.startsWith('mknod ')) return [`rm -f ${act.split(' ')[1]}`];
    if (act.startsWith(`ip link add ${wire.host1.device} netns host1`))
      return [`ip -n host1 link del ${wire.host1.device}`];
    const undo = undos.get(act);
    return undo === undefined || undo === null ? [] : [undo];
  });
}
