// SPDX-License-Identifier: GPL-2.0-only
/** One guest through a long series of hot-plugged draws: none fails, all are proven, nothing piles up. */
// @alone
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { defaultLabSpec } from '../../src/config/to-lab-spec.ts';
import { planGuest } from '../../src/lab/live/guest-parts.ts';
import { GuestSession } from '../../src/lab/live/guest-session.ts';
import { type Lab, openLab } from '../../src/lab/live/open.ts';
import { measureInLab } from '../../src/lab/measure/measure-in-lab.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import type { LabSpec } from '../../src/model/lab-spec.ts';
import type { Progress } from '../../src/model/progress.ts';
import { readMachineFacts } from '../../src/system/facts.ts';
import { needs } from '../support/needs.ts';
import { qmpOf } from '../support/qmp-of.ts';

const TIMEOUT_MS = 600_000;
const MIN_SWAPS = 30;
const TRANSACTIONS = 50;
const signal = AbortSignal.timeout(TIMEOUT_MS);

const progress: Progress = {
  step: (_title, work) => work(),
  measure: (_title, work) => work(),
  note: () => undefined,
  endBlocks: () => undefined,
};

/** Four comparisons of eight draws each: 32 times two NICs out, two others in. */
function manyDraws(): LabSpec {
  const spec = defaultLabSpec();
  const [probe] = spec.probes;
  assert.ok(probe);
  return {
    ...spec,
    probes: [probe],
    guest: { ...spec.guest, accel: 'tcg', memoryMiB: 256 },
    comparison: { ...spec.comparison, draws: 8, guests: 1, transactions: TRANSACTIONS, warmup: 10 },
  };
}

describe('the NICs of one guest, swapped again and again', {
  timeout: TIMEOUT_MS,
  skip: needs('root', 'linux'),
}, () => {
  let folder: string;
  let lab: Lab;
  let session: GuestSession;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    const plan = planLab(manyDraws(), await readMachineFacts(), []);
    const logPath = (name: string) => join(folder, `${name}.log`);
    lab = await openLab(plan, { id: `test-swaps-${process.pid}`, signal, progress, logPath });
    assert.deepEqual(lab.failed, []);
    const guestPlan = await planGuest(plan.spec.guest, { name: 'swaps', slots: plan.slots, signal });
    session = await GuestSession.boot(lab, { place: 'guest', plan: guestPlan, number: 0, signal });
    assert.deepEqual([...session.failed], []);
  });

  after(async () => {
    await session?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** What QEMU has: netdevs with their NICs, PCI devices, and chardevs. */
  const inventory = async () => {
    const ask = async (line: string) =>
      String(await qmpOf(session.guest).execute('human-monitor-command', { 'command-line': line }, { signal }));
    const devices = (await ask('info pci')).match(/Ethernet controller/g) ?? [];
    return { network: await ask('info network'), nics: devices.length, chardevs: await ask('info chardev') };
  };
  const interfaces = async () => (await session.guest.agent.counters({ signal })).map(({ name }) => name).sort();

  it('carry exact counts on both paths in each of at least 30 draws, and leave guest and QEMU as they were', async (t) => {
    const atFirst = { ...(await inventory()), interfaces: await interfaces() };
    assert.equal(atFirst.nics, 0);
    assert.deepEqual(atFirst.interfaces, ['lo']);
    const draws = lab.plan.blocks.filter(({ part }) => part === 'comparison');
    assert.ok(draws.length >= MIN_SWAPS);
    const times: number[] = [];
    for (const planned of draws) {
      const started = performance.now();
      await session.plug(planned.slots, { fresh: true, signal });
      times.push(performance.now() - started);
      assert.deepEqual(session.plugged, planned.slots);
      assert.equal((await interfaces()).length, 3, planned.id);
      const { block, lostPaths } = await measureInLab({ lab, planned, names: planned.paths, signal });
      assert.deepEqual(lostPaths, [], planned.id);
      for (const { proven, evidence } of block.proofs) assert.ok(proven, `${planned.id}: ${evidence.join('; ')}`);
    }
    await session.unplug(signal);
    for (const { mac } of session.nics) await session.guest.agent.nicGone(mac, { signal, timeoutMs: 60_000 });
    assert.deepEqual({ ...(await inventory()), interfaces: await interfaces() }, atFirst);
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    t.diagnostic(`${draws.length} swaps: median ${median.toFixed(0)} ms, longest ${times.at(-1)?.toFixed(0)} ms`);
    // Through ACPI 0.3 s on a quiet machine; native pciehp takes 6.7 s.
    assert.ok(median < 4000, `median of a swap: ${median} ms`);
  });
});
