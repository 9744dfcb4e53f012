// SPDX-License-Identifier: GPL-2.0-only
/** What breaks while a run measures: its cell is an error result, and the other cells go on. */
// @first 3
// @waits
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findKernel } from '../../src/guest/kernel.ts';
import type { Report } from '../../src/model/result.ts';
import { findTool } from '../../src/system/find-tool.ts';
import type { Running } from '../support/hoplab.ts';
import { type LiveLab, labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { assertWhole, cellOf, type Ended, pathsOf, RunRig } from '../support/run-rig.ts';

const COUNT = 400;
/** Of a block of a second: on a busy machine what hurts it would come when the next one is under way. */
const PACE_MS = 5;
const QEMU = /^qemu-system/;

const PROBE = ['--probe', `tcp_rr,pace=${PACE_MS}ms,name=probe`, '--count', `${COUNT}`, '--accel', 'tcg'] as const;

describe('a run goes on', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let rig: RunRig;
  let hanging: Running;
  let stalling: Running;

  before(async () => {
    rig = await RunRig.open();
    // Both wait out their deadlines meanwhile, one of a boot, one of a block, and then measure host.
    hanging = start('hangs', ['--only', 'host,tap', '--quick']);
    const lab = await labOf(hanging.pid);
    await hanging.until(/boot guest 0/);
    process.kill((await lab.process(QEMU)).pid, 'SIGSTOP');
    stalling = await rig.startAndHurt('stalls', ['--only', 'host,tap', '--quick', ...PROBE], async (other) => {
      process.kill((await other.process(QEMU)).pid, 'SIGSTOP');
    });
  });

  after(() => rig?.[Symbol.asyncDispose]());

  const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    rig.start(name, [...args, ...PROBE], env);

  /** Starts a run, hurts it when its first block with a guest is under way, and reads what it left. */
  const hurt = (name: string, args: readonly string[], act: (lab: LiveLab) => Promise<void>): Promise<Ended> =>
    rig.hurt(name, [...args, ...PROBE], act);

  it('without the one path that loses every packet', async () => {
    const { outcome, report } = await hurt('wire', ['--only', 'host,tap,macvtap', '--quick'], async (lab) => {
      await lab.run(['ip', 'link', 'set', 'w-macvtap', 'down'], 'host1');
    });
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(pathsOf(report.failed), ['macvtap']);
    for (const { code, reason, hint } of report.failed) {
      assert.equal(code, 'PROBE_FAILED');
      assert.match(reason, /measure path macvtap in probe, round \d of \d: .*10\.99\.\d+\.1/);
      assert.match(reason, /link fails .*is down: no frame passes it \(certain\); cure: /);
      assert.match(hint ?? '', /hoplab diagnose .*--only macvtap/);
    }
    for (const path of ['host', 'tap']) assertWhole(report, path, COUNT);
  });

  it('without a path whose NIC QEMU refuses', async () => {
    const file = await rig.labFile('nic', 'paths: {host: {}, tap: {}, odd: {backend: tap, nic: {nosuch: 1}}}\n');
    const { outcome, report } = await rig.end('nic', start('nic', [file, '--quick']));
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(pathsOf(report.failed), ['odd']);
    for (const { code, reason, hint } of report.failed) {
      assert.equal(code, 'QMP_FAILED');
      assert.match(reason, /plug in the NIC of path odd \(\{"nosuch":1\}\): .*nosuch/);
      assert.match(hint ?? '', /hoplab run --only odd/);
    }
    for (const path of ['host', 'tap']) assertWhole(report, path, COUNT);
  });

  it('without a path whose service does not start', async () => {
    const tools = join(rig.root, 'tools');
    await mkdir(tools);
    await writeFile(join(tools, 'passt'), '#!/bin/sh\necho "passt: no luck today" >&2\nexit 3\n', { mode: 0o755 });
    const running = start('service', ['--only', 'host,passt,user', '--quick'], {
      PATH: `${tools}:${process.env.PATH}`,
    });
    const { outcome, report } = await rig.end('service', running);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(pathsOf(report.failed), ['passt']);
    for (const { code, reason, hint } of report.failed) {
      assert.equal(code, 'SERVICE_FAILED');
      assert.match(reason, /start passt-passt: it ended; last output: passt: no luck today/);
      assert.match(hint ?? '', /hoplab shell host2/);
    }
    for (const path of ['host', 'user']) assertWhole(report, path, COUNT);
  });

  it('without passt when that is killed', async () => {
    const { outcome, report } = await hurt('passt', ['--only', 'host,passt,tap', '--quick'], async (lab) => {
      process.kill((await lab.process(/^passt /)).pid, 'SIGKILL');
    });
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(pathsOf(report.failed), ['passt']);
    for (const path of ['host', 'tap']) assertWhole(report, path, COUNT);
  });

  it('with a fresh guest after one that was killed', async () => {
    const { outcome, report } = await hurt('qemu', ['--only', 'host,tap', '--quick'], async (lab) => {
      process.kill((await lab.process(QEMU)).pid, 'SIGKILL');
    });
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.match(
      outcome.stderr,
      /boot guest 0 \(tcg\) [\s\S]*probe, round \d of \d: .* failed: [\s\S]*boot guest 0 \(tcg\)/,
    );
    assert.deepEqual(pathsOf(report.failed), ['tap']);
    assert.match(report.failed[0]?.code ?? '', /GUEST_GONE/);
    assert.match(report.failed[0]?.reason ?? '', /the guest's agent is out of reach/);
    assertWhole(report, 'host', COUNT);
    // The first of four blocks is lost, and no other.
    assert.equal(cellOf(report, 'tap')?.n, (COUNT / 4) * 3);
    assert.ok(cellOf(report, 'tap')?.proven);
  });

  it('with a fresh guest after one whose clock is wrong, of which no figure is kept', {
    skip: process.arch !== 'x64',
  }, async () => {
    const tools = join(rig.root, 'clock');
    await mkdir(tools);
    const qemu = await findTool('qemu-system-x86_64');
    assert.ok(qemu !== null);
    // The first guest of the run is told a rate of its counter that makes its clock run 3 to 4 times too fast.
    const script = `#!/bin/bash
args=("$@")
[[ "$*" == *tsc_early_khz=* ]] && mkdir ${tools}/told 2>/dev/null && args=("\${args[@]/tsc_early_khz=/tsc_early_khz=700000 was=}")
exec ${qemu} "\${args[@]}"
`;
    await writeFile(join(tools, 'qemu-system-x86_64'), script, { mode: 0o755 });
    const running = start('clock', ['--only', 'host,tap', '--quick'], { PATH: `${tools}:${process.env.PATH}` });
    const { outcome, report } = await rig.end('clock', running);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(
      report.failed.map(({ path, code }) => `${path} ${code}`),
      ['tap GUEST_CLOCK'],
    );
    assert.match(report.failed[0]?.reason ?? '', /the clock of guest 0 .* runs \d+\.\d\d times as fast/);
    assert.match(report.failed[0]?.hint ?? '', /idle machine/);
    assertWhole(report, 'host', COUNT);
    assert.equal(cellOf(report, 'tap')?.n, (COUNT / 4) * 3);
  });

  it('after a server that was killed', async () => {
    const { outcome, report, folder } = await hurt('server', ['--only', 'host,tap', '--quick'], async (lab) => {
      process.kill((await lab.process(/^\S*hoplab-prober server/)).pid, 'SIGKILL');
    });
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(pathsOf(report.failed), ['tap']);
    // Where its block ends at that moment, it is the service that failed.
    assert.match(report.failed[0]?.code ?? '', /^(PROBE_FAILED|SERVICE_FAILED)$/);
    assert.match(
      report.failed[0]?.reason ?? '',
      /run the prober's server in host1: SIGKILL|start \S+: it ended with SIGKILL/,
    );
    assertWhole(report, 'host', COUNT);
    assert.equal(cellOf(report, 'tap')?.n, (COUNT / 4) * 3);
    assert.ok(existsSync(join(folder, 'logs', 'prober-server-host1.log')));
  });

  it('with host alone when the guest does not reach its agent, and quotes the console', async () => {
    // Without its modules this kernel has no channel to the agent.
    const { imagePath } = await findKernel({ kind: 'debian' }, { signal: AbortSignal.timeout(60_000), fetch: false });
    const running = start('boot', ['--only', 'host,tap', '--no-twin', '--quick', '--kernel', imagePath]);
    const { outcome, report } = await rig.end('boot', running);
    assert.equal(outcome.code, 3, outcome.stderr);
    assertBootFailed(report, /console: .*hoplab-agent: no virtio-serial port/);
  });

  it('with host alone when the guest hangs: it is killed at its deadline, once', async () => {
    const { outcome, report } = await rig.end('hangs', hanging);
    assert.equal(outcome.code, 3, outcome.stderr);
    assertBootFailed(report, /its agent did not answer within \d+ ms/);
    assert.equal(outcome.stderr.match(/boot guest 0/g)?.length, 1, outcome.stderr);
    assert.ok(outcome.ms < 300_000, `${outcome.ms} ms`);
  });

  it('with a fresh guest after one that hung in a block', async () => {
    const { outcome, report } = await rig.end('stalls', stalling);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(
      report.failed.map(({ path, code }) => `${path} ${code}`),
      ['tap GUEST_GONE'],
    );
    assert.match(report.failed[0]?.reason ?? '', /did not answer within \d+ ms/);
    assertWhole(report, 'host', COUNT);
    assert.equal(cellOf(report, 'tap')?.n, (COUNT / 4) * 3);
  });
});

function assertBootFailed(report: Report, says: RegExp): void {
  assert.deepEqual(pathsOf(report.failed), ['tap'], JSON.stringify(report.failed));
  for (const { code, reason, hint } of report.failed) {
    assert.equal(code, 'GUEST_BOOT_FAILED');
    assert.match(reason, /boot guest .* \(x86_64, tcg, kernel \/.*\): /);
    assert.match(reason, says);
    assert.match(hint ?? '', /guest-0-console\.log/);
  }
  assertWhole(report, 'host', COUNT);
}
