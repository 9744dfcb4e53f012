// SPDX-License-Identifier: GPL-2.0-only
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { usualBackends } from '../../../src/backends/index.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { renderPlan } from '../../../src/lab/plan/render-plan.ts';
import { argvOn } from '../../../src/machines/netns/argv.ts';
import type { LabSpec } from '../../../src/model/lab-spec.ts';
import type { MachineFacts } from '../../../src/model/plan.ts';
import { showArgv } from '../../../src/system/show-argv.ts';
import { BACK_TO_BACK } from '../../fixtures/generated-lab.ts';

/** Every backend with a guest, and the twin of the reference; all but the reference are its candidates. */
const ROTATING = usualBackends.filter(({ guest }) => guest).length + 1;
const CANDIDATES = ROTATING - 1;
const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };

function specOf(changes: Partial<LabSpec> = {}): LabSpec {
  return {
    name: 'test',
    guest: { arch: 'x86_64', kernel: { kind: 'debian' }, cpus: 1, memoryMiB: 256, accel: 'tcg' },
    paths: usualBackends.map(({ kind, options }) => ({
      name: kind,
      backend: kind,
      options: options.parse({}),
      named: false,
    })),
    probes: [BACK_TO_BACK],
    comparison: {
      reference: 'tap',
      pairs: [],
      draws: 4,
      guests: 1,
      transactions: 2000,
      warmup: 500,
      margin: 0.01,
      twin: true,
    },
    scheduling: { policy: 'fifo', priority: 10, guestCpu: null, hostCpu: null },
    seed: 1,
    ...changes,
  };
}

describe('a plan', () => {
  it('gives the reference a twin with a NIC and a wire of its own', () => {
    const plan = planLab(specOf(), FACTS, []);
    const twin = plan.paths.find(({ twinOf }) => twinOf === 'tap');
    const tap = plan.paths.find(({ name }) => name === 'tap');
    assert.ok(twin && tap);
    assert.equal(twin.backend, 'tap');
    assert.notEqual(twin.wire.host1.address, tap.wire.host1.address);
    assert.notEqual(twin.backendPlan.nic?.mac, tap.backendPlan.nic?.mac);
  });

  it('compares every guest path and the twin with the reference, slots reversed within each crossover pair', () => {
    const { blocks } = planLab(specOf(), FACTS, []);
    const draws = blocks.filter(({ part }) => part === 'comparison');
    assert.equal(draws.length, CANDIDATES * 4);
    const candidates = new Set(draws.map(({ draw }) => draw?.pair[0]));
    assert.equal(candidates.size, CANDIDATES);
    assert.ok(['macvtap', 'tap-twin'].every((name) => candidates.has(name)) && !candidates.has('tap'));
    for (const block of draws) {
      assert.ok(block.draw && block.freshPlug);
      const [candidate, reference] = block.draw.pair;
      assert.equal(reference, 'tap');
      const straight = block.draw.draw % 2 === 0;
      assert.deepEqual(block.slots, straight ? [candidate, reference] : [reference, candidate]);
      assert.deepEqual(block.paths, [candidate, reference]);
    }
  });

  it('runs the two draws of a crossover pair one after the other', () => {
    const draws = planLab(specOf(), FACTS, []).blocks.filter(({ part }) => part === 'comparison');
    for (let i = 0; i < draws.length; i += 2) {
      assert.deepEqual(draws[i]?.draw?.pair, draws[i + 1]?.draw?.pair);
      assert.deepEqual([draws[i]?.draw?.reversed, draws[i + 1]?.draw?.reversed], [false, true]);
    }
  });

  it('alternates host with the guest in the overview, which rotates over all guest paths', () => {
    const overview = planLab(specOf(), FACTS, []).blocks.filter(({ part }) => part === 'overview');
    assert.deepEqual(
      overview.map(({ paths }) => paths.length),
      [1, ROTATING, 1, ROTATING, 1, ROTATING, 1, ROTATING],
    );
    assert.deepEqual(overview[0]?.paths, ['host']);
    assert.equal(
      overview.filter(({ paths }) => paths.includes('tap')).reduce((sum, { count }) => sum + count, 0),
      2000,
    );
  });

  it('gives a probe of few transactions groups so small that p50 has an interval', () => {
    const sizes = [10, 160, 400, 10_000].map((count) => {
      const { blocks } = planLab(specOf({ probes: [{ ...BACK_TO_BACK, count }] }), FACTS, []);
      const overview = blocks.filter(({ part, slots }) => part === 'overview' && slots.length > 0);
      const { groupSize = 0 } = overview[0] ?? {};
      return [groupSize, overview.reduce((sum, block) => sum + Math.floor(block.count / groupSize), 0)];
    });
    assert.deepEqual(sizes, [
      [10, 1],
      [20, 8],
      [50, 8],
      [50, 200],
    ]);
  });

  it('ends a block of the overview by its time, and a draw by its transactions alone', () => {
    const { blocks } = planLab(specOf({ probes: [{ ...BACK_TO_BACK, durationNs: 2e9 }] }), FACTS, []);
    for (const { part, probe } of blocks) assert.equal(probe.durationNs, part === 'overview' ? 2e9 : null);
    assert.ok(blocks.some(({ part }) => part === 'comparison'));
  });

  it('finishes a guest before the next one', () => {
    const comparison = { ...specOf().comparison, draws: 8, guests: 2 };
    const { blocks, guests } = planLab(specOf({ comparison }), FACTS, []);
    const order = blocks.map(({ guest }) => guest);
    assert.equal(guests, 2);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    assert.equal(blocks.filter(({ guest }) => guest === 1).length, CANDIDATES * 4);
  });

  it('is the same for the same seed, and another order for another', () => {
    const ids = (seed: number) => planLab(specOf({ seed }), FACTS, []).blocks.map(({ id }) => id);
    assert.deepEqual(ids(1), ids(1));
    assert.notDeepEqual(ids(1), ids(2));
  });

  it('leaves out what cannot run here, and fails with the reason when nothing can', () => {
    const missing = usualBackends.map(({ kind }) => ({ path: kind, backend: kind, reason: 'no KVM', hint: 'get one' }));
    const plan = planLab(specOf(), FACTS, missing.slice(2, 3));
    assert.ok(!plan.paths.some(({ name }) => name === 'passt'));
    assert.throws(() => planLab(specOf(), FACTS, missing), { code: 'LAB_FAILED', message: /tap: no KVM/ });
  });

  it('reports a path that the direction cannot reach instead of planning it', () => {
    const plan = planLab(specOf({ probes: [{ ...BACK_TO_BACK, direction: 'guest-to-host2' }] }), FACTS, []);
    assert.deepEqual(
      plan.unavailable.map(({ path }) => path),
      ['host'],
    );
    assert.ok(!plan.blocks.some(({ paths }) => paths.includes('host')));
  });

  it('refuses a CPU that the machine does not have', () => {
    const scheduling = { ...specOf().scheduling, guestCpu: 7 };
    assert.throws(() => planLab(specOf({ scheduling }), FACTS, []), {
      code: 'LAB_FILE_INVALID',
      message: /guest-cpu is 7, and this machine's CPUs are 0, 1/,
    });
  });

  it('prints every command of every path as a line of its own, in order', () => {
    const plan = planLab(specOf(), FACTS, []);
    const text = renderPlan(plan, { argv: ['qemu-system-x86_64', '-M', 'q35'], missing: '', emulated: true });
    const lines = text.split('\n');
    let last = -1;
    const ofPaths = plan.paths.flatMap(({ backendPlan: { steps, services } }) => [
      ...steps,
      ...services.flatMap(({ whenReady = [] }) => whenReady),
    ]);
    for (const step of [...plan.hostSteps, ...ofPaths]) {
      const line = showArgv(argvOn(step.on, step.do));
      const at = lines.indexOf(line, last + 1);
      assert.ok(at > last, line);
      last = at;
    }
    assert.match(text, /^ip netns exec host2 qemu-system-x86_64 -M q35 &$/m);
    assert.equal(lines.filter((line) => /^# \S+, draw \d of 4: /.test(line)).length, CANDIDATES * 4);
  });
});
