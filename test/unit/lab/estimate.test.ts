// SPDX-License-Identifier: GPL-2.0-only
/** How long a run takes is told before it begins, and from what the blocks so far took. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { BlocksUnderWay } from '../../../src/lab/measure/blocks-under-way.ts';
import { estimatePlan, TimeLeft } from '../../../src/lab/plan/estimate.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { renderPlan } from '../../../src/lab/plan/render-plan.ts';
import { formatAbout } from '../../../src/words/format.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const SPEC = defaultLabSpec();
const PLAN = planLab(SPEC, FACTS, []);

it('a default run in an emulated guest takes about a minute, under KVM less, and twice the draws take longer', () => {
  const emulated = estimatePlan(PLAN, { emulated: true });
  assert.ok(emulated.ms > 45_000 && emulated.ms < 90_000, `${emulated.ms}`);
  assert.ok(estimatePlan(PLAN, { emulated: false }).ms < emulated.ms);
  const { comparison } = SPEC;
  const more = planLab({ ...SPEC, comparison: { ...comparison, draws: 24, guests: 3 } }, FACTS, []);
  assert.ok(estimatePlan(more, { emulated: true }).ms > 2 * emulated.ms);
  assert.match(emulated.assumes, /^\d+ blocks, 1 boot of a guest, \d+ pluggings; 0\.25 ms a round trip of an emulated/);
});

it('the plan says it with what it assumes, and names no block by its id', () => {
  const text = renderPlan(PLAN, { argv: null, missing: '', emulated: true });
  assert.match(text, /^# takes about [12] min( \d+ s)?: \d+ blocks, 1 boot of a guest, /m);
  assert.match(text, /^# tcp-rr, draw 1 of 4: \S+ against tap: tcp_rr /m);
  assert.doesNotMatch(text, /overview-|draw-tcp/);
});

it('the time left follows what blocks of the same kind took, and a paced block takes its pace', () => {
  const fast = PLAN.blocks.filter(({ part }) => part === 'comparison');
  const paced = PLAN.blocks.filter(({ probe, slots }) => probe.paceNs > 0 && slots.length > 0);
  const left = new TimeLeft({ emulated: true });
  const [before, pacedBefore] = [left.of(fast), left.of(paced)];
  const [first = assert.fail()] = fast;
  left.learn(first, 3 * left.of([first]));
  assert.ok(left.of(fast) > 2.5 * before && left.of(fast) < 3.5 * before, `${before} to ${left.of(fast)}`);
  left.learn(paced[0] ?? assert.fail(), 60_000);
  assert.equal(left.of(paced), pacedBefore);
  const { count, warmup, paths, probe } = paced[0] ?? assert.fail();
  const paceMs = ((count + warmup) * paths.length * probe.paceNs) / 1e6;
  assert.ok(pacedBefore / paced.length > paceMs && pacedBefore / paced.length < paceMs + 1000);
});

it('a block that ends by its time takes that at most, and its end tells nothing of a transaction', () => {
  const limited = PLAN.blocks.filter(({ probe, slots }) => probe.durationNs !== null && slots.length > 0);
  const [first = assert.fail()] = limited;
  const left = new TimeLeft({ emulated: true });
  const before = left.of(limited);
  assert.ok(before / limited.length < (first.probe.durationNs ?? 0) / 1e6 + 1000, `${before}`);
  left.learn(first, 60_000);
  assert.equal(left.of(limited), before);
});

it('a block under way has its number, what is left, and the medians of the overview so far, not those of a pair', () => {
  const { blocks } = PLAN;
  const shown = new BlocksUnderWay(PLAN, { emulated: true });
  const [first = assert.fail()] = blocks;
  assert.equal(shown.show({ planned: first, index: 0, blocks }).soFar, '');
  const medians = [
    { path: 'ovs', value: 316_000, unit: 'ns' },
    { path: 'tap-twin', value: 181_000, unit: 'ns' },
    { path: 'tap', value: 180_200, unit: 'ns' },
  ] as const;
  shown.done(first, { ms: 500, medians });
  const draw = blocks.find(({ part }) => part === 'comparison') ?? assert.fail();
  shown.done(draw, { ms: 900, medians: [{ path: 'ovs', value: 1, unit: 'ns' }] });
  const under = shown.show({ planned: draw, index: 1, blocks });
  assert.equal(under.soFar, 'p50 in us: tap 180, ovs 316');
  assert.deepEqual([under.number, under.of], [2, blocks.length]);
  assert.ok(under.leftMs < shown.show({ planned: first, index: 0, blocks }).leftMs);
});

it('a time is told as roughly as it is known', () => {
  assert.deepEqual([200, 8300, 48_200, 104_000, 120_400].map(formatAbout), [
    'about 1 s',
    'about 8 s',
    'about 50 s',
    'about 1 min 45 s',
    'about 2 min',
  ]);
});

it('where draws may be added, the most that they take is told, and a budget of time bounds it', () => {
  const until = { halfWidth: 0.01, maxDraws: 12, maxTimeNs: null };
  const comparison = { ...SPEC.comparison, until };
  const open = planLab({ ...SPEC, comparison }, FACTS, []);
  const { ms, mostMs } = estimatePlan(open, { emulated: true });
  assert.equal(ms, estimatePlan(PLAN, { emulated: true }).mostMs);
  assert.ok(mostMs > ms + 60_000, `${mostMs}`);
  const drawn = PLAN.blocks.filter(({ draw }) => draw?.draw === 0).length;
  const text = renderPlan(open, { argv: null, missing: '', emulated: true });
  assert.match(
    text,
    new RegExp(`within \\+-1 % or it is settled:\n#   at most 12 draws each, ${8 * drawn} blocks more; the`),
  );
  const limited = { ...comparison, until: { ...until, maxTimeNs: 100e9 } };
  assert.equal(estimatePlan(planLab({ ...SPEC, comparison: limited }, FACTS, []), { emulated: true }).mostMs, 100_000);
  assert.doesNotMatch(renderPlan(PLAN, { argv: null, missing: '', emulated: true }), /until its interval/);
});
