/** A real guest behind Open vSwitch: the checksum fault and its cures, and daemons that die in a run. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '../../src/model/result.ts';
import { killAllHoplabs, type Outcome, type Running, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean, type LiveLab, labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';

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

interface Ended {
  readonly outcome: Outcome;
  readonly report: Report;
}

describe('a run with Open vSwitch', { timeout: 240_000, skip: needs('root', 'linux') }, () => {
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  function start(name: string, args: readonly string[]): Running {
    return startHoplab(['run', '--force', ...args], { env: { HOPLAB_RUNS: join(root, name) } });
  }

  async function end(name: string, running: Running): Promise<Ended> {
    const outcome = await running.done;
    const runs = join(root, name);
    await assertAllGone(running.mark, 200);
    await assertMachineClean(runs);
    const results = join(runs, readdirSync(runs)[0] ?? '', 'results.json');
    assert.ok(existsSync(results), outcome.stderr);
    return { outcome, report: JSON.parse(readFileSync(results, 'utf8')) };
  }

  /** Kills a daemon when the first block with a guest is under way. */
  async function killing(name: string, daemon: RegExp): Promise<Ended> {
    const probe = ['--probe', `tcp_rr,pace=${PACE_MS}ms,name=probe`, '--count', `${COUNT}`, '--accel', 'tcg'];
    const running = start(name, ['--only', 'host,tap,ovs', '--no-twin', '--quick', ...probe]);
    const lab = await labOf(running.pid);
    await running.until(/overview-probe-0-guest \.\.\.$/);
    await lab.process(/hoplab-prober server/);
    process.kill((await lab.process(daemon)).pid, 'SIGKILL');
    return end(name, running);
  }

  it('shows the checksum fault where it is not cured, and measures where it is', async (t) => {
    const file = join(root, 'fault.yaml');
    await writeFile(file, FAULT_LAB);
    const running = start('fault', [file]);
    const dropped = await checksumErrors(await labOf(running.pid), running);
    const { outcome, report } = await end('fault', running);
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
    for (const path of ['tap', 'ovs', ...(noXdp ? [] : ['xdp'])]) assertWhole(report, path);

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
    for (const path of ['host', 'tap']) assertWhole(report, path);
  });

  it('goes on without the path whose ovsdb-server is killed, whose ovs-vswitchd would starve the others', async () => {
    const { outcome, report } = await killing('ovsdb', /^ovsdb-server /);
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual([...new Set(report.failed.map(({ path, code }) => `${path} ${code}`))], ['ovs PROBE_FAILED']);
    for (const path of ['host', 'tap']) assertWhole(report, path);
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

function assertWhole(report: Report, path: string): void {
  const cell = report.probes.flatMap(({ cells }) => cells).find((each) => each.path === path);
  assert.deepEqual([cell?.n, cell?.lost, cell?.proven], [COUNT, 0, true], path);
}
