// SPDX-License-Identifier: GPL-2.0-only
/** Real guests: they boot, answer, run processes, refuse what is not an order, and leave nothing behind. */
// @alone
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { measureTickKhz } from '../../src/guest/tick-rate.ts';
import { type ClockReading, MAX_RATE_ERROR, rateOf, rateSurelyOff } from '../../src/machines/clock-rate.ts';
import { guestMachine } from '../../src/machines/guest/guest.ts';
import { MachineClock, readClock } from '../../src/machines/machine-clock.ts';
import { HoplabError } from '../../src/model/errors.ts';
import { decideAccel } from '../../src/vmms/accel.ts';
import { bootGuest, type Guest } from '../../src/vmms/boot.ts';
import { qemu } from '../../src/vmms/qemu/qemu.ts';
import { needs } from '../support/needs.ts';
import { launch, type Prepared, prepare, processesWith, TEST_TIMEOUT_MS } from './guest-fixture.ts';

const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);
const BOOT_LIMIT_MS = 30_000;
/** What is said to be immediate takes milliseconds on a quiet machine; a busy one may take this. */
const AT_ONCE_MS = 3000;

describe('a guest', { timeout: TEST_TIMEOUT_MS, skip: needs('linux') }, () => {
  let prepared: Prepared;
  let guest: Guest;
  const readings: ClockReading[] = [];

  before(async () => {
    prepared = await prepare(signal);
    guest = await prepared.boot('test-boot');
    readings.push(await readClock(guestMachine(guest.agent), signal));
  });

  after(async () => {
    await guest?.[Symbol.asyncDispose]();
    await prepared?.[Symbol.asyncDispose]();
  });

  it('boots to its agent well within the deadline and says what it runs', async (t) => {
    t.diagnostic(`booted in ${guest.bootMs.toFixed(0)} ms, of which the kernel and init ${guest.hello.uptimeMs} ms`);
    assert.ok(guest.bootMs < BOOT_LIMIT_MS, `${guest.bootMs} ms`);
    assert.equal(guest.kernelRelease, prepared.kernel.release);
    assert.equal(guest.hello.machine, prepared.kernel.arch);
    assert.equal(guest.hello.cpus, 1);
    assert.equal(guest.hello.modules, prepared.image.modules.length);
    assert.match(guest.hello.cmdline, /panic=-1/);
    const roles = (await guest.threads(signal)).map(({ role }) => role.kind);
    assert.deepEqual(roles.filter((kind) => kind !== 'worker').sort(), ['main', 'vcpu']);
  });

  it('is quiet: only lo is there, and new NICs would have no IPv6', async () => {
    const counters = await guest.agent.counters({ signal });
    assert.deepEqual(
      counters.map(({ name, up }) => ({ name, up })),
      [{ name: 'lo', up: true }],
    );
    const setting = await guest.agent.readFile('/proc/sys/net/ipv6/conf/default/disable_ipv6', { signal });
    assert.equal(setting.toString(), '1\n');
  });

  it('runs a process: arguments, ready line, stdin, output, errors, exit code', async () => {
    const { agent } = guest;
    const pid = await agent.spawn({ name: 'echo', argv: ['/bin/echo', 'two words'], cpu: 0, fifo: 10 }, { signal });
    assert.ok(pid > 1);
    assert.equal(await agent.waitLine('echo', { signal, timeoutMs: 120_000 }), 'ready 2 two words');
    const status = (await agent.readFile(`/proc/${pid}/sched`, { signal })).toString();
    assert.match(status, /policy\s+:\s+1\n/, 'SCHED_FIFO');
    await agent.writeStdin('echo', 'abc\n', { signal });
    await agent.writeStdin('echo', Buffer.alloc(300_000, 'x'), { signal });
    await agent.closeStdin('echo', { signal });
    assert.deepEqual(await agent.waitEnd('echo', { signal, timeoutMs: 120_000 }), { code: 7, signal: null });
    const output = (await agent.output('echo', { signal })).toString();
    assert.equal(output, `ready 2 two words\nABC\n${'X'.repeat(300_000)}`);
    assert.equal(await agent.errors('echo', { signal }), 'end of input\n');
    await agent.forget('echo', { signal });
    await assert.rejects(agent.output('echo', { signal }), { code: 'AGENT_REFUSED' });
  });

  it('serves other orders while one waits, and tells how a killed process ended', async () => {
    const { agent } = guest;
    await agent.spawn({ name: 'sleeper', argv: ['/bin/echo'] }, { signal });
    const end = agent.waitEnd('sleeper', { signal, timeoutMs: 120_000 });
    const clock = await agent.clockNs({ signal });
    assert.ok(clock > 0n);
    await agent.kill('sleeper', 'SIGKILL', { signal });
    assert.deepEqual(await end, { code: null, signal: 9 });
    await agent.forget('sleeper', { signal });
  });

  it('answers a wait at its deadline with the reason', async () => {
    await guest.agent.spawn({ name: 'slow', argv: ['/bin/echo'] }, { signal });
    await assert.rejects(guest.agent.waitEnd('slow', { signal, timeoutMs: 50 }), /still runs after 50 ms/);
    await guest.agent.nicGone('02:00:00:00:00:01', { signal, timeoutMs: 0 });
    const order = { mac: '02:00:00:00:00:01', address: null, timeoutMs: 50, signal };
    await assert.rejects(guest.agent.nicUp(order), /no NIC with this MAC appeared within 50 ms/);
    await guest.agent.forget('slow', { signal });
  });

  it('reads and writes files and settings', async () => {
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i & 255));
    await guest.agent.writeFile('/run/bytes', 0o600, content, { signal });
    assert.deepEqual(await guest.agent.readFile('/run/bytes', { signal }), content);
    await guest.agent.sysctl('net.ipv4.tcp_rmem', '4096 65536 131072', { signal });
    const setting = await guest.agent.readFile('/proc/sys/net/ipv4/tcp_rmem', { signal });
    assert.deepEqual(setting.toString().trim().split('\t'), ['4096', '65536', '131072']);
    await assert.rejects(guest.agent.readFile('/nowhere', { signal }), /file: \/nowhere: No such file/);
  });

  it('refuses what cannot be done, with the reason', async () => {
    const { agent } = guest;
    await assert.rejects(agent.spawn({ name: 'none', argv: ['/bin/none'] }, { signal }), /\/bin\/none: No such file/);
    await assert.rejects(agent.spawn({ name: 'a', argv: ['/bin/echo'], cpu: 100 }, { signal }), /sched_setaffinity/);
    await assert.rejects(agent.addRoute('nic9', 'default', null, { signal }), /no interface "nic9"/);
    await assert.rejects(agent.shell({ signal }), /no busybox/);
    await assert.rejects(agent.features('nic9', { signal }), /no interface/);
  });

  it("has a clock that runs at this machine's rate, which its kernel was told", async (t) => {
    if (process.arch === 'x64') assert.match(guest.hello.cmdline, / tsc=reliable tsc_early_khz=\d+/);
    assert.equal(guest.hello.clocksource.startsWith('tsc'), process.arch === 'x64', guest.hello.clocksource);
    const sinceBoot = async () => {
      readings.push(await readClock(guestMachine(guest.agent), signal));
      return rateOf(readings) ?? { low: 0, high: Number.POSITIVE_INFINITY };
    };
    let rate = await sinceBoot();
    // On a busy machine it takes longer until the readings tell it.
    for (let i = 0; i < 40 && rate.high - rate.low > MAX_RATE_ERROR; i++) {
      await delay(250);
      rate = await sinceBoot();
    }
    const ppm = (value: number) => ((value - 1) * 1e6).toFixed(1);
    t.diagnostic(`${ppm(rate.low)} to ${ppm(rate.high)} ppm by ${readings.length} readings`);
    assert.equal(rateSurelyOff(readings), null);
    assert.ok(rate.low <= 1 + MAX_RATE_ERROR && rate.high >= 1 - MAX_RATE_ERROR, JSON.stringify(rate));
    assert.ok(rate.high - rate.low < 0.1, JSON.stringify(rate));
  });

  it('whose kernel was told a wrong rate is found out', { skip: process.arch !== 'x64' }, async (t) => {
    const khz = await measureTickKhz(signal);
    assert.ok(khz !== null);
    const half = [`tsc_early_khz=${Math.round(khz / 2)}`];
    await using other = await prepared.boot('test-clock', { extraKernelParameters: half });
    const clock = new MachineClock('guest 7', guestMachine(other.agent));
    await clock.read(signal);
    await delay(200);
    await assert.rejects(clock.check(signal), (error: unknown) => {
      assert.ok(error instanceof HoplabError);
      t.diagnostic(error.message);
      assert.equal(error.code, 'GUEST_CLOCK');
      assert.match(error.message, /the clock of guest 7 .* runs [12]\.\d\d times as fast/);
      return true;
    });
  });

  it('is gone, with its QEMU, as soon as it is closed', async (t) => {
    const other = await prepared.boot('test-close');
    const { pid } = other.service;
    const started = performance.now();
    await other[Symbol.asyncDispose]();
    const ms = performance.now() - started;
    t.diagnostic(`closed in ${ms.toFixed(0)} ms`);
    assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(other.agent.hello({ signal }), { code: 'GUEST_GONE' });
  });

  it('whose image is broken is an error with the console in it, and its QEMU is gone', async () => {
    const initrd = join(prepared.folder, 'broken.cpio');
    await writeFile(initrd, 'this is no archive');
    const plan = prepared.plan('test-broken', { initrd });
    await assert.rejects(
      bootGuest({ vmm: qemu, plan, launch, signal, consoleLog: null, timeoutMs: 120_000 }),
      (error: unknown) => {
        assert.ok(error instanceof HoplabError);
        assert.equal(error.code, 'GUEST_BOOT_FAILED');
        assert.match(error.message, /Kernel panic - not syncing/);
        return true;
      },
    );
    assert.deepEqual(await processesWith('hoplab-test-broken'), []);
  });

  it('that QEMU cannot start is an error with what QEMU said', async () => {
    const plan = prepared.plan('test-argv');
    const more: typeof launch = (argv, options) => launch([...argv, '-device', 'no-such-device'], options);
    await assert.rejects(bootGuest({ vmm: qemu, plan, launch: more, signal, consoleLog: null }), {
      code: 'GUEST_BOOT_FAILED',
      message: /no-such-device.* is not a valid device model name/,
    });
  });

  it('that does not answer in time is killed', async () => {
    const plan = prepared.plan('test-late');
    const started = performance.now();
    await assert.rejects(bootGuest({ vmm: qemu, plan, launch, signal, consoleLog: null, timeoutMs: 300 }), {
      code: 'GUEST_BOOT_FAILED',
      message: /did not answer within 300 ms/,
    });
    assert.ok(performance.now() - started < 300 + AT_ONCE_MS);
    assert.deepEqual(await processesWith('hoplab-test-late'), []);
  });

  it('gets an accelerator only after a trial, which is remembered and leaves nothing', async (t) => {
    const plan = prepared.plan('test-accel');
    const first = await decideAccel({ vmm: qemu, plan, launch, signal, retry: true });
    t.diagnostic(`${first.plan.accel}: ${first.reason ?? 'booted'}`);
    assert.equal(first.remembered, false);
    assert.equal(first.plan.accel === 'kvm', first.reason === null);
    const started = performance.now();
    const second = await decideAccel({ vmm: qemu, plan, launch, signal });
    assert.deepEqual(second.plan, first.plan);
    assert.equal(second.reason, first.reason);
    // A trial would have taken its 6 s.
    assert.ok(performance.now() - started < AT_ONCE_MS);
    assert.deepEqual(await processesWith('hoplab-test-accel'), []);
  });

  it('whose CPU is refused for one MSR boots without it, is remembered so, and says so', async (context) => {
    if (process.arch !== 'x64') return context.skip('x86_64 alone has this register');
    const before = process.env.HOPLAB_CACHE;
    const cpus: string[] = [];
    // An emulated CPU stands for KVM's, which is refused with its register as a nested hypervisor does.
    const refusing: typeof launch = (argv, options) => {
      const cpu = argv[argv.indexOf('-cpu') + 1] ?? '';
      cpus.push(cpu);
      const emulated = argv.map((word) => (word === 'kvm' ? 'tcg' : word === cpu ? 'qemu64' : word));
      const refusal = ['sh', '-c', 'echo "error: failed to set MSR 0x10a to 0x69" >&2; exit 134'];
      return launch(cpu === 'host' ? refusal : emulated, options);
    };
    const plan = prepared.plan('test-msr');
    const asked = { vmm: qemu, plan, launch: refusing, signal, device: '/dev/null', timeoutMs: 120_000 };
    try {
      process.env.HOPLAB_CACHE = join(prepared.folder, 'cache');
      const first = await decideAccel(asked);
      assert.deepEqual(first.plan, { ...plan, accel: 'kvm', cpuWithout: ['arch-capabilities'] });
      assert.equal(first.reason, null);
      assert.deepEqual(await decideAccel(asked), { ...first, remembered: true });
    } finally {
      if (before === undefined) delete process.env.HOPLAB_CACHE;
      else process.env.HOPLAB_CACHE = before;
    }
    assert.deepEqual(cpus, ['host', 'host,arch-capabilities=off']);
    const insisted = { ...plan, accel: 'kvm' } as const;
    await using insistent = await bootGuest({ vmm: qemu, plan: insisted, launch: refusing, signal, consoleLog: null });
    assert.deepEqual(insistent.cpuWithout, ['arch-capabilities']);
  });
});
