// SPDX-License-Identifier: GPL-2.0-only
/** The guest's clock by the CPU's counter: two clocks on one counter whose truth the test knows, and what KVM's files say. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { TscPair, TscScale } from '../../../src/model/trace-clock.ts';
import { parseGuestTsc, readGuestTsc } from '../../../src/system/kvm-debugfs.ts';
import { boundAt, offsetAt } from '../../../src/trace/clock/align-clocks.ts';
import { alignByTsc, type TscSource, tscMoments } from '../../../src/trace/clock/tsc-offset.ts';
import { GUEST_PATH, joinSimulated, simulateTrace } from '../../fixtures/simulated-trace.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** ns of the host's clock at a host's counter, exactly: as a fraction of whole numbers. */
interface World {
  /** Of the host's counter. */
  readonly hz: bigint;
  readonly scale: TscScale;
  readonly hostStartNs: bigint;
  /** guest = (host - offsetNs) / (1 + ppm / 1e6) */
  readonly offsetNs: bigint;
  readonly ppm: number;
  readonly widthNs: number;
}

const BITS = 48;
const WORLD = fc
  .record({
    hz: fc.bigInt({ min: 1_000_000_000n, max: 5_000_000_000n }),
    offset: fc.bigInt({ min: -(2n ** 55n), max: 2n ** 40n }),
    // A guest at 0.4 to 2.5 times the host's rate, or none of it.
    scaled: fc.option(fc.double({ min: 0.4, max: 2.5, noNaN: true }), { nil: null }),
    hostStartNs: fc.bigInt({ min: 0n, max: 10n ** 16n }),
    offsetNs: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    ppm: fc.integer({ min: -400, max: 400 }),
    widthNs: fc.integer({ min: 10, max: 3000 }),
  })
  .map(
    ({ offset, scaled, ...rest }): World => ({
      ...rest,
      scale: {
        offset: `${offset}`,
        ratio: scaled === null ? '1' : `${BigInt(Math.round(scaled * 2 ** BITS))}`,
        fractionBits: scaled === null ? 0 : BITS,
      },
    }),
  );

function guestTsc(hostTsc: bigint, { offset, ratio, fractionBits }: TscScale): bigint {
  return ((hostTsc * BigInt(ratio)) >> BigInt(fractionBits)) + BigInt(offset);
}

function guestNs(world: World, hostNs: bigint): bigint {
  return ((hostNs - world.offsetNs) * 1_000_000n) / BigInt(1_000_000 + world.ppm);
}

/** Both machines' pairs; `late` = where in its bracket each counter was read, 0 to 1. */
function measure(world: World, late: readonly number[]): TscSource {
  const pair = (machine: 'host' | 'guest', passedNs: bigint, index: number): TscPair => {
    const hostNs = world.hostStartNs + passedNs;
    const tsc = (hostNs * world.hz) / 1_000_000_000n;
    const before = BigInt(Math.floor((late[index] ?? 0) * world.widthNs));
    return machine === 'host'
      ? { tsc, monotonicNs: hostNs - before, widthNs: world.widthNs }
      : { tsc: guestTsc(tsc, world.scale), monotonicNs: guestNs(world, hostNs) - before, widthNs: world.widthNs };
  };
  return {
    scale: world.scale,
    host: { start: pair('host', 0n, 0), end: pair('host', 9_000_000_000n, 1) },
    guest: { start: pair('guest', 1_000_000_000n, 2), end: pair('guest', 8_000_000_000n, 3) },
  };
}

const LATE = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });

it('the truth lies within the bound of both moments, whatever the offset, the ratio and the width of the reads', () => {
  fc.assert(
    fc.property(WORLD, LATE, (world, late) => {
      for (const moment of tscMoments(measure(world, late))) {
        const wrong = Number(guestNs(world, moment.hostNs) - moment.guestNs);
        assert.ok(Math.abs(wrong) <= moment.withinNs * (1 + 1e-3) + 2, `${wrong} ns, bound ${moment.withinNs} ns`);
      }
    }),
  );
});

it('the line of the counter holds the truth at any time in between, within its bound, and is as narrow as the reads', () => {
  fc.assert(
    fc.property(WORLD, LATE, fc.double({ min: 0, max: 1, noNaN: true }), (world, late, part) => {
      const referenceNs = guestNs(world, world.hostStartNs + 1_000_000_000n);
      const baseNs = world.hostStartNs + 1_000_000_000n - referenceNs;
      const alignment = alignByTsc(measure(world, late), { referenceNs, baseNs });
      const hostNs = world.hostStartNs + BigInt(Math.round(1e9 + part * 7e9));
      const guest = guestNs(world, hostNs);
      const at = Number(guest - referenceNs);
      const wrong = Number(hostNs - guest - baseNs) - offsetAt(alignment, at);
      const { belowNs, aboveNs } = boundAt(alignment, at);
      assert.ok(wrong > -belowNs - 3 && wrong < aboveNs + 3, `${wrong} ns, bound -${belowNs}, ${aboveNs} ns`);
      const bendNs = alignment.bendNs ?? 0;
      assert.ok(alignment.boundNs - bendNs <= world.widthNs * 1.01 + 4, `${alignment.boundNs} ns`);
      assert.ok(bendNs <= 7e9 * 5e-6 * 1.001 + 2, `${bendNs} ns`);
      assert.equal(alignment.method, 'tsc-offset');
    }),
  );
});

it('a counter that stood still is refused', () => {
  const [world] = fc.sample(WORLD, 1);
  assert.ok(world);
  const source = measure(world, [0, 0, 0, 0]);
  const still = { ...source, guest: { start: source.guest.start, end: source.guest.start } };
  assert.throws(() => tscMoments(still), /counter of the guest did not run forward/);
});

const TRACE = { hops: GUEST_PATH, transactions: 300, seed: 5, offsetNs: 123_456_789, driftPpm: 20 };
const SIMULATED: World = {
  hz: 2_600_000_000n,
  scale: { offset: '-9000000000000', ratio: '281474976710656', fractionBits: 48 },
  hostStartNs: 4_000_000_000n,
  offsetNs: 123_456_789n,
  ppm: 20,
  widthNs: 40,
};

it('a trace takes its times through the counter, closer than packets and kicks tell', () => {
  const simulated = simulateTrace(TRACE);
  const without = joinSimulated(simulated, { client: 'guest' }).alignment;
  const { alignment, paths } = joinSimulated(simulated, { client: 'guest' }, measure(SIMULATED, [0.5, 0.2, 0.9, 0.4]));
  assert.equal(without?.method, 'kick bracket');
  assert.equal(alignment?.method, 'tsc-offset');
  assert.equal(paths[0]?.timelines.length, 300);
  const truth = Number(123_456_789n - alignment.baseNs) + 20e-6 * Number(alignment.referenceNs);
  assert.ok(Math.abs(offsetAt(alignment, 0) - truth) < 60, `${offsetAt(alignment, 0)} ns, true ${truth} ns`);
});

it('a counter that packets contradict is left out, and said to be: packets and kicks give the times', () => {
  const wrong = { ...SIMULATED, offsetNs: SIMULATED.offsetNs + 2_000_000n };
  const simulated = simulateTrace(TRACE);
  const without = joinSimulated(simulated, { client: 'guest' });
  const { alignment, paths } = joinSimulated(simulated, { client: 'guest' }, measure(wrong, [0, 0, 0, 0]));
  const { withoutTsc, ...own } = alignment ?? assert.fail();
  assert.match(withoutTsc ?? '', /^tsc-offset and the kick bracket contradict each other: .*tsc-offset at the/);
  assert.deepEqual(own, without.alignment);
  assert.deepEqual(paths[0]?.timelines.atNs, without.paths[0]?.timelines.atNs);
});

it("KVM's files are read as the kernel prints them, with and without scaling", () => {
  const offset = '-1234567890123\n';
  const plain = { offset, ratio: null, fractionBits: null };
  assert.deepEqual(parseGuestTsc([plain, plain]), { offset: '-1234567890123', ratio: '1', fractionBits: 0 });
  assert.deepEqual(parseGuestTsc([{ offset, ratio: '281474976710656\n', fractionBits: '48\n' }]), {
    ...{ offset: '-1234567890123', ratio: '281474976710656', fractionBits: 48 },
  });
  // The same number without its sign.
  const unsigned = { ...plain, offset: `${2n ** 64n - 5n}` };
  assert.deepEqual(parseGuestTsc([unsigned]), { offset: '-5', ratio: '1', fractionBits: 0 });
});

it('counters that differ, that are not there or that make no sense are not used, and why is said', () => {
  const one = { offset: '-5', ratio: null, fractionBits: null };
  const why = (...vcpus: (typeof one | { offset: string; ratio: string; fractionBits: string })[]) => {
    const parsed = parseGuestTsc(vcpus);
    return 'without' in parsed ? parsed.without : assert.fail('it was used');
  };
  assert.match(why(one, { ...one, offset: '-6' }), /2 vCPUs have counters that differ/);
  assert.match(why(), /KVM says nothing/);
  assert.match(why({ ...one, offset: 'ffff' }), /vCPU 0 cannot be read/);
  assert.match(why({ offset: '-5', ratio: '0', fractionBits: '48' }), /vCPU 0 cannot be read/);
  assert.match(why({ offset: '-5', ratio: '7', fractionBits: '99' }), /vCPU 0 cannot be read/);
});

/** KVM's folders, and the pid namespace in which they are read. */
async function kvmRoots(context: TestContext, namespace = 4026531836) {
  const roots = { debugfs: temporaryFolder(context), proc: temporaryFolder(context) };
  await mkdir(join(roots.proc, 'self', 'ns'), { recursive: true });
  await symlink(`pid:[${namespace}]`, join(roots.proc, 'self', 'ns', 'pid'));
  const vcpu = async (guest: string, name: string, files: Readonly<Record<string, string>>) => {
    await mkdir(join(roots.debugfs, guest, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(roots.debugfs, guest, name, file), text);
  };
  const why = async (pid: number, vcpus: readonly number[], at = roots) => {
    const found = await readGuestTsc({ pid, vcpus }, at);
    return 'without' in found ? found.without : assert.fail('it was used');
  };
  return { roots, vcpu, why };
}

const SCALING = { 'tsc-scaling-ratio': '140737488355328\n', 'tsc-scaling-ratio-frac-bits': '48\n' };

it("finds the guest of a process among KVM's folders, and says what is missing", async (context) => {
  const { roots, vcpu, why } = await kvmRoots(context);
  const first = { 'tsc-offset': '-77\n', ...SCALING, pid: '4713\n', lapic_timer_advance_ns: '0\n' };
  await vcpu('4711-12', 'vcpu0', first);
  await vcpu('4711-12', 'vcpu1', { 'tsc-offset': '-77\n', ...SCALING, pid: '4714\n' });
  await vcpu('471-9', 'vcpu0', { 'tsc-offset': '-1\n', pid: '472\n' });
  const scaled = { offset: '-77', ratio: '140737488355328', fractionBits: 48 };
  assert.deepEqual(await readGuestTsc({ pid: 4711, vcpus: [4713, 4714] }, roots), scaled);
  assert.deepEqual(await readGuestTsc({ pid: 471, vcpus: [472] }, roots), {
    offset: '-1',
    ratio: '1',
    fractionBits: 0,
  });
  assert.equal(await why(47, [48]), `${roots.debugfs} has no guest of process 47`);
  await vcpu('8-3', 'vcpu0', { ...SCALING, pid: '9\n' });
  assert.match(await why(8, [9]), /cannot be read: ENOENT.*tsc-offset/);
  assert.match(await why(1, [2], { ...roots, debugfs: join(roots.debugfs, 'unmounted') }), /cannot be read: ENOENT/);
});

it('never takes the counter of another guest', async (context) => {
  const { roots, vcpu, why } = await kvmRoots(context);
  const folder = join(roots.debugfs, '500-11', 'vcpu1');
  await vcpu('500-11', 'vcpu0', { 'tsc-offset': '-5\n', pid: '503\n' });
  await vcpu('500-11', 'vcpu1', { 'tsc-offset': '-5\n', pid: '504\n' });
  assert.equal(await why(500, [503, 505]), `${folder} is that of thread 504, and the guest's is 505`);
  assert.equal(await why(500, [503]), `${folder} is that of thread 504, and the guest's is unknown`);
  await vcpu('600-11', 'vcpu0', { 'tsc-offset': '-5\n' });
  assert.match(await why(600, [601]), /vcpu0 does not tell its thread, as older kernels do not$/);
  // In a container with numbers of its own all of them may be another VM's.
  const inside = await kvmRoots(context, 4026532211);
  await inside.vcpu('500-11', 'vcpu0', { 'tsc-offset': '-5\n', pid: '503\n' });
  assert.match(await inside.why(500, [503]), /this is a pid namespace of its own$/);
});
