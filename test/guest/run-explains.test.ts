// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab run` says why a path carries nothing: what passes, what fails first, the verdict and its cure. */
// @waits
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../../src/model/result.ts';
import { killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';

/** One round of an overview: a path that carries nothing fails once. */
const COUNT = 16;
const LAB = `
paths:
  bare: {backend: ovs, cure: false}
  nat: {backend: user, forward: false}
  tap: {}
compare: {draws: 0}
guest: {accel: tcg}
probes: [{name: probe, protocol: tcp_rr, count: ${COUNT}}]
`;

describe('hoplab run with a path that carries nothing', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    await writeFile(join(root, 'lab.yaml'), LAB);
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  async function measure(name: string, args: readonly string[]): Promise<Report> {
    const runs = join(root, name);
    const running = startHoplab(['run', join(root, 'lab.yaml'), '--force', ...args], { env: { HOPLAB_RUNS: runs } });
    const { code, stderr } = await running.done;
    assert.equal(code, 3, stderr);
    await assertAllGone(running.mark);
    await assertMachineClean(runs);
    return JSON.parse(readFileSync(join(runs, readdirSync(runs)[0] ?? '', 'results.json'), 'utf8'));
  }

  function assertExplained(reason: string): void {
    for (const part of [
      /^measure path bare in .*: connect to 10\.99\.\d\.1 port \d+: Operation timed out; /,
      /; link, arp, icmp pass, udp-small fails \(none of \d answered within \d+ ms; \d frames arrived at host1, /,
      /; the guest leaves TCP and UDP checksums .* lost between tap \(t-bare\) and wire, near end \(w-bare\)/,
      / are dropped \(certain\); cure: let Open vSwitch carry .*\(lab file: cure: true\); cost: /,
    ])
      assert.match(reason, part);
  }

  it('explains it where the path is the only one, and the client fails as a whole', async () => {
    const { failed, probes } = await measure('alone', ['--only', 'bare']);
    assert.deepEqual(
      failed.map(({ path, code }) => [path, code]),
      [['bare', 'PROBE_FAILED']],
    );
    assertExplained(failed[0]?.reason ?? '');
    assert.match(failed[0]?.hint ?? '', /^hoplab diagnose .*--only bare/);
    assert.deepEqual(
      probes.flatMap(({ cells }) => cells),
      [],
    );
  });

  it('explains it in a direction that the path does not promise, and measures the others', async () => {
    const { failed, probes } = await measure('several', ['--only', 'nat,tap', '--direction', 'host1-to-guest']);
    const reasons = new Map(failed.map(({ path, reason }) => [path, reason]));
    assert.deepEqual([...reasons.keys()], ['nat']);
    assert.match(
      reasons.get('nat') ?? '',
      /fails \(.*\); NAT in the VMM hides the guest: .* \(certain\); cure: forward/,
    );
    const cells = probes.flatMap((probe) => probe.cells.map(({ path, n, lost }) => [path, n, lost]));
    assert.deepEqual(cells, [['tap', COUNT, 0]]);
  });
});
