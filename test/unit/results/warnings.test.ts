// SPDX-License-Identifier: GPL-2.0-only
/** The warnings of a report: each says what is wrong, where, and what to do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildReport } from '../../../src/results/run/build.ts';
import { cellOf, kinds, recorded, reported, warning } from '../../fixtures/recorded-run.ts';

describe('the warnings of a report', () => {
  it('name the emulator, the load and vhost, each with what to do', async (context) => {
    const report = await reported(context);
    assert.equal(warning(report, 'tcg'), 'emulated guest (no /dev/kvm): no figure here holds for KVM: hoplab doctor');
    assert.match(warning(report, 'load'), /load was 2\.6 on 2 CPUs/);
    assert.match(warning(report, 'vhost'), /^tap and macvtap ran without vhost-net.*modprobe vhost_net$/);
  });

  it('name what would bring vhost as the plan found it: no modprobe where this kernel has no such module', async (context) => {
    const run = await recorded(context, { draws: 0 });
    assert.ok(run.plan);
    const tried = 'vhost off: this machine has no /dev/vhost-net (boot a kernel that has vhost_net)';
    const paths = run.plan.paths.map((path) => ({
      ...path,
      backendPlan: {
        ...path.backendPlan,
        notes: path.backendPlan.notes.map((note) => (note.startsWith('vhost off') ? tried : note)),
      },
    }));
    const report = buildReport({ ...run, plan: { ...run.plan, paths } });
    assert.match(warning(report, 'vhost'), /faster with it: boot a kernel that has vhost_net$/);
  });

  it('say why a node of vhost was of no use, where there is one', async (context) => {
    const run = await recorded(context, { draws: 0 });
    assert.ok(run.plan);
    const tried = 'vhost off: this machine does not open /dev/vhost-net: ENODEV (boot a kernel that has vhost_net)';
    const paths = run.plan.paths.map((path) => ({
      ...path,
      backendPlan: {
        ...path.backendPlan,
        notes: path.backendPlan.notes.map((note) => (note.startsWith('vhost off') ? tried : note)),
      },
    }));
    assert.equal(
      warning(buildReport({ ...run, plan: { ...run.plan, paths } }), 'vhost'),
      "tap and macvtap ran without vhost-net (this machine does not open /dev/vhost-net: ENODEV), through QEMU's main loop, " +
        'and would be faster with it: boot a kernel that has vhost_net',
    );
  });

  it('give the first clause of why KVM did not work, whatever QEMU said then', async (context) => {
    const run = await recorded(context, { draws: 0 });
    const { environment } = run;
    assert.ok(environment?.guests.guest);
    const said = 'QEMU ended with SIGABRT; QEMU: error: failed to set MSR 0x10a to 0x69 | assertion failed';
    const accelReason = `/dev/kvm is there, but the guest does not boot under it: ${said}`;
    const report = buildReport({
      ...run,
      environment: { ...environment, guests: { guest: { ...environment.guests.guest, accelReason } } },
    });
    const text = warning(report, 'tcg');
    assert.match(text, /^emulated guest \(\/dev\/kvm is there, but the guest does not boot under it\): no figure/);
    assert.ok(text.length <= 118, 'one line of 120 columns');
  });

  it("say what the guest's CPU had to do without", async (context) => {
    const run = await recorded(context, { draws: 0 });
    const { environment } = run;
    assert.ok(environment?.guests.guest);
    const guest = { ...environment.guests.guest, accel: 'kvm', cpuWithout: ['arch-capabilities'] } as const;
    const report = buildReport({ ...run, environment: { ...environment, guests: { guest } } });
    assert.match(
      warning(report, 'cpu-features'),
      /^the guest's CPU is without arch-capabilities, which QEMU could not/,
    );
  });

  it('are silent about a machine at rest with KVM and vhost', async (context) => {
    const run = await recorded(context, { draws: 8, guests: 2 });
    const { environment } = run;
    assert.ok(environment?.guests.guest);
    const guest = { ...environment.guests.guest, accel: 'kvm', accelReason: null } as const;
    const before = { ...environment.before, load1: 0.1 };
    const quiet = { ...environment, guests: { guest }, vhostNet: true, hypervisor: 'none', before };
    assert.deepEqual(buildReport({ ...run, environment: quiet }).warnings, []);
    const virtual = buildReport({ ...run, environment: { ...quiet, hypervisor: 'QEMU' } });
    assert.deepEqual(kinds(virtual), ['nested']);
    assert.match(warning(virtual, 'nested'), /^this machine is itself a virtual machine \(QEMU\), .* bare metal$/);
  });

  it('say which scheduling was refused, to whom, and in how many blocks', async (context) => {
    const report = await reported(context, { draws: 0, refused: ['SCHED_FIFO: Operation not permitted'] });
    const texts = report.warnings.filter(({ kind }) => kind === 'scheduling').map(({ text }) => text);
    assert.equal(texts.length, 1);
    assert.match(
      texts[0] ?? '',
      /^client and server in 4 of 4 blocks were refused SCHED_FIFO: Operation not permitted/,
    );
    assert.equal(report.machine.scheduling, 'other');
  });

  it('count losses per path and say that percentiles do not hold them', async (context) => {
    const report = await reported(context, { draws: 0, lossShare: { host: 0.05 } });
    const host = cellOf(report, 'host');
    assert.equal(host.n + host.lost, 800);
    assert.ok(host.lost > 10);
    assert.equal(warning(report, 'losses'), `tcp-rr: lost: host ${host.lost} of 800; no percentile holds them`);
  });

  it('tell stolen CPU time above one percent', async (context) => {
    const run = await recorded(context, { draws: 0 });
    const blocks = run.blocks.map((block, i) => (i === 0 ? { ...block, steal: 0.031 } : block));
    assert.match(warning(buildReport({ ...run, blocks }), 'steal'), /up to 3\.1 % .* in 1 of 4 blocks/);
  });

  it('tell of a guest’s clock only where it is surely off', async (context) => {
    const run = await recorded(context, { draws: 0 });
    const withClocks = (...clocks: readonly (readonly [number, number])[]) => {
      const blocks = run.blocks.map((block, i) => {
        const [lowPpm, highPpm] = clocks[i] ?? [-50, 50];
        return { ...block, guestClock: { lowPpm, highPpm } };
      });
      return buildReport({ ...run, blocks });
    };
    assert.equal(warning(withClocks([-5000, 150], [-150, 5000]), 'guest-clock'), '');
    assert.match(
      warning(withClocks([320, 900], [-900, -400.5]), 'guest-clock'),
      /^the guest's clock ran 0\.04\d* % slow in 2 of 4 blocks, .*: run again on an idle machine$/,
    );
    assert.match(warning(withClocks([320, 900]), 'guest-clock'), /ran 0\.03\d* % fast in 1 of 4 blocks/);
    const further = { guest2: { lowPpm: 700, highPpm: 800 } };
    const two = run.blocks.map((block) => ({
      ...block,
      guestClock: { lowPpm: 320, highPpm: 900 },
      guestClocks: further,
    }));
    assert.match(warning(buildReport({ ...run, blocks: two }), 'guest-clock'), /ran 0\.07\d* % fast in 4 of 4 blocks/);
  });

  it('tell a rotation that lost a path on the way', async (context) => {
    const run = await recorded(context, { draws: 0 });
    assert.equal(warning(buildReport(run), 'rotation'), '');
    const blocks = run.blocks.map((block) => {
      return block.id === 'overview-tcp-rr-guest-1' ? { ...block, paths: [...block.paths, 'ovs'] } : block;
    });
    assert.match(warning(buildReport({ ...run, blocks }), 'rotation'), /^tcp-rr: not all blocks of user, passt, tap, /);
  });

  it('tell an interrupted run by the blocks that it has', async (context) => {
    const report = await reported(context, { draws: 4, interruptAfter: 3 });
    assert.match(warning(report, 'unfinished'), /interrupted: 3 blocks of 20 are here/);
    assert.equal(report.run.state, 'interrupted');
    assert.equal(cellOf(report, 'host').n, 800);
    assert.equal(cellOf(report, 'tap').n, 400);
  });

  it('tell an interrupted run that has more blocks than its plan, as draws were added, by those alone', async (context) => {
    const run = await recorded(context, { draws: 4, interruptAfter: 5 });
    assert.ok(run.plan && run.spec);
    const until = { halfWidth: 0.01, maxDraws: 8, maxTimeNs: null };
    const spec = { ...run.spec, comparison: { ...run.spec.comparison, until } };
    const report = buildReport({ ...run, spec, plan: { ...run.plan, blocks: run.plan.blocks.slice(0, 4) } });
    assert.match(warning(report, 'unfinished'), /interrupted: 5 blocks are here/);
    assert.equal(report.until?.halfWidth, 0.01);
  });

  it('pass on what the lab and the reading of the folder found', async (context) => {
    const run = await recorded(context, { draws: 0 });
    const report = buildReport({ ...run, damage: ['plan.json: missing'], warnings: [{ kind: 'clock', text: 'hpet' }] });
    assert.ok(kinds(report).includes('damaged'));
    assert.equal(report.warnings.at(-1)?.text, 'hpet');
  });
});
