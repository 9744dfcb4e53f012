// SPDX-License-Identifier: GPL-2.0-only
/** A real guest behind Open vSwitch: the checksum fault and its cures, and daemons that die in a run. */
// @first 3
// @waits
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Running } from '../support/hoplab.ts';
import { type LiveLab, labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { assertWhole, type Ended, RunRig } from '../support/run-rig.ts';

const COUNT = 400;
const PACE_MS = 2;
const FAULT_LAB = `
paths:
  tap: {}
  ovs: {}
  xdp: {backend: ovs, portType: afxdp}
  bare: {backend: ovs, cure: false}
  bare-xdp: {backend: ovs, portType: afxdp, cure: false}
  wrong: {backend: ovs, flows: ['prio=1,actions=drop']}
compare: {draws: 0}
guest: {accel: tcg}
probes: [{name: probe, protocol: tcp_rr, count: ${COUNT}}]
`;

describe('a run with Open vSwitch', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let rig: RunRig;

  before(async () => {
    rig = await RunRig.open();
  });

  after(() => rig?.[Symbol.asyncDispose]());

  /** Kills a daemon when the first block with a guest is under way. */
  function killing(name: string, daemon: RegExp): Promise<Ended> {
    const probe = ['--probe', `tcp_rr,pace=${PACE_MS}ms,name=probe`, '--count', `${COUNT}`, '--accel', 'tcg'];
    return rig.hurt(name, ['--only', 'host,tap,ovs', '--no-twin', '--quick', ...probe], async (lab) => {
      process.kill((await lab.process(daemon)).pid, 'SIGKILL');
    });
  }

  it('shows the checksum fault where it is not cured, and measures where it is', async (t) => {
    const running = rig.start('fault', [await rig.labFile('fault', FAULT_LAB)]);
    const dropped = await checksumErrors(await labOf(running.pid), running);
    const { outcome, report } = await rig.end('fault', running);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.ok(dropped > 0, 'host1 counted no segment with a wrong checksum');

    const reasons = new Map(report.failed.map(({ path, code, reason }) => [path, `${code}: ${reason}`]));
    const noXdp = [...reasons.values()].some((reason) => /of type afxdp\S* to Open vSwitch/.test(reason));
    if (noXdp) t.diagnostic(`without AF_XDP: ${reasons.get('xdp')}`);
    assert.deepEqual([...reasons.keys()].sort(), ['bare', 'bare-xdp', 'wrong', ...(noXdp ? ['xdp'] : [])]);
    assert.match(reasons.get('bare') ?? '', /^PROBE_FAILED: .*connect to 10\.99\.\d+\.1 port \d+: Operation timed out/);
    assert.match(
      reasons.get('bare') ?? '',
      /; link, arp, icmp pass, udp-small fails \(.*\); .*checksums.* \(certain\); cure: .*\(lab file: cure: true\)/,
    );
    assert.match(reasons.get('wrong') ?? '', /^LAB_FILE_INVALID: .*"prio=1,actions=drop": ovs-ofctl: unknown keyword/);
    for (const path of ['tap', 'ovs', ...(noXdp ? [] : ['xdp'])]) assertWhole(report, path, COUNT);

    const said = report.warnings.filter(({ kind }) => kind === 'backend').map(({ text }) => text);
    assert.match(said.find((text) => text.startsWith('ovs: ')) ?? '', /cured: .*userspace-tso-enable=true/);
    assert.match(said.find((text) => text.startsWith('xdp: ')) ?? '', /cured: csum=off .* tx offload off/);
    assert.match(said.find((text) => text.startsWith('bare: ')) ?? '', /not cured, by option/);
    assert.ok(!said.some((text) => text.startsWith('tap')));
  });

  it('goes on without the path whose ovs-vswitchd is killed', async () => {
    const { outcome, report } = await killing('vswitchd', /^ovs-vswitchd /);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual([...new Set(report.failed.map(({ path, code }) => `${path} ${code}`))], ['ovs PROBE_FAILED']);
    for (const path of ['host', 'tap']) assertWhole(report, path, COUNT);
  });

  it('goes on without the path whose ovsdb-server is killed, whose ovs-vswitchd would starve the others', async () => {
    const { outcome, report } = await killing('ovsdb', /^ovsdb-server /);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual([...new Set(report.failed.map(({ path, code }) => `${path} ${code}`))], ['ovs PROBE_FAILED']);
    for (const path of ['host', 'tap']) assertWhole(report, path, COUNT);
  });
});

/** Segments that host1 dropped for their checksum, as soon as there are any. */
async function checksumErrors(lab: LiveLab, running: Running): Promise<number> {
  let ended = false;
  void running.done.then(
    () => (ended = true),
    () => (ended = true),
  );
  while (!ended) {
    const text = await lab.run(['nstat', '-az', 'TcpInCsumErrors'], 'host1').catch(() => '');
    const count = Number(/^TcpInCsumErrors\s+(\d+)/m.exec(text)?.[1] ?? 0);
    if (count > 0) return count;
    await delay(100);
  }
  return 0;
}
