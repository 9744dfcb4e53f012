// SPDX-License-Identifier: GPL-2.0-only
/** The prober between two network namespaces: bound to its device, over IPv6, and over a link that goes down. */
// @alone
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SAMPLE_FLAGS } from '../../src/model/samples.ts';
import { type ClientPath, clientPlanText, type ServerListener } from '../../src/probes/prober/prober-plan.ts';
import { needs } from '../support/needs.ts';
import {
  buildProber,
  clientPlan,
  flagged,
  measure,
  readResult,
  Server,
  serverPlan,
  start,
  underWay,
} from './prober-rig.ts';

const NEAR = `prober-near-${process.pid}`;
const FAR = `prober-far-${process.pid}`;
const WIRES = [0, 1];

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const within = (netns: string): string[] => ['ip', 'netns', 'exec', netns];

/** Both wires lead to both addresses of the far end, so that only the binding decides which one is taken. */
function buildWires(): void {
  for (const netns of [NEAR, FAR]) {
    ip('netns', 'add', netns);
    ip('-n', netns, 'link', 'set', 'lo', 'up');
  }
  for (const i of WIRES) {
    ip('link', 'add', `near${i}`, 'netns', NEAR, 'type', 'veth', 'peer', 'name', `far${i}`, 'netns', FAR);
    ip('-n', NEAR, 'addr', 'add', `198.18.${i}.1/24`, 'dev', `near${i}`);
    ip('-n', FAR, 'addr', 'add', `198.18.${i}.2/24`, 'dev', `far${i}`);
    ip('-n', NEAR, 'addr', 'add', `fe80::1`, 'dev', `near${i}`, 'nodad');
    ip('-n', FAR, 'addr', 'add', `fe80::2`, 'dev', `far${i}`, 'nodad');
    ip('-n', NEAR, 'link', 'set', `near${i}`, 'up');
    ip('-n', FAR, 'link', 'set', `far${i}`, 'up');
  }
}

const paths: ClientPath[] = WIRES.map((i) => ({
  index: i,
  address: `198.18.${i}.2`,
  port: 7000 + i,
  local: `198.18.${i}.1`,
  device: `near${i}`,
}));
const listeners: ServerListener[] = WIRES.map((i) => ({
  index: i,
  protocol: 'tcp_rr',
  address: `198.18.${i}.2`,
  port: 7000 + i,
  device: `far${i}`,
}));

function sentPackets(device: string): number {
  return Number(ip('netns', 'exec', NEAR, 'cat', `/sys/class/net/${device}/statistics/tx_packets`));
}

describe('prober between namespaces', { skip: needs('linux', 'root') }, () => {
  before(() => {
    buildProber();
    buildWires();
  });
  after(() => {
    for (const netns of [NEAR, FAR]) ip('netns', 'del', netns);
  });

  it('sends each path through the device it is bound to', async () => {
    await using _server = await Server.start(serverPlan(listeners), within(FAR));
    const before = WIRES.map((i) => sentPackets(`near${i}`));
    const { header } = await measure(clientPlan(paths.slice(1), { count: 500, warmup: 0 }), within(NEAR));
    assert.equal(header.paths[0]?.measured, 500);
    const [idle = 0, used = 0] = WIRES.map((i) => sentPackets(`near${i}`) - (before[i] ?? 0));
    assert.ok(used >= 500 && idle < 50, `${used} on its own wire, ${idle} on the other`);
  });

  it('reaches an IPv6 link-local address over the device of its path', async () => {
    const wire = { address: 'fe80::2', port: 7010, device: 'far1' };
    await using _server = await Server.start(serverPlan([{ index: 0, protocol: 'udp_rr', ...wire }]), within(FAR));
    const path = { index: 0, address: 'fe80::2', port: 7010, local: null, device: 'near1' };
    const { header } = await measure(clientPlan([path], { protocol: 'udp_rr' }), within(NEAR));
    assert.deepEqual([header.paths[0]?.measured, header.paths[0]?.error], [200, null]);
  });

  it('marks the transaction over which TCP retransmitted', async () => {
    await using _server = await Server.start(serverPlan(listeners), within(FAR));
    const plan = clientPlan(paths, { paceNs: 2_000_000, count: 300, warmup: 0 });
    const client = start('client', clientPlanText(plan), within(NEAR));
    await underWay(7000, 200, within(FAR));
    // Without its address the far end drops what arrives; a link without carrier would not let the segment out at all.
    ip('-n', FAR, 'addr', 'del', '198.18.0.2/24', 'dev', 'far0');
    await delay(300);
    ip('-n', FAR, 'addr', 'add', '198.18.0.2/24', 'dev', 'far0');
    const { header, samples } = readResult(await client.finished);
    assert.deepEqual(
      header.paths.map(({ measured, error }) => [measured, error]),
      [
        [300, null],
        [300, null],
      ],
    );
    assert.ok((header.paths[0]?.retransmits ?? 0) >= 1);
    assert.equal(
      header.counts.retransmits,
      header.paths.reduce((sum, { retransmits }) => sum + retransmits, 0),
    );
    const marked = Array.from(samples.flags.keys()).filter(
      (i) => ((samples.flags[i] ?? 0) & SAMPLE_FLAGS.retransmit) !== 0,
    );
    const slowest = samples.rttNs.indexOf(samples.rttNs.reduce((a, b) => Math.max(a, b), 0));
    assert.ok(marked.includes(slowest), `${slowest} is not among ${marked}`);
    // The stall itself is in the response time of nobody else: its slots were skipped and counted.
    assert.ok(header.counts.skippedSlots >= 50);
  });

  it('takes a path whose link went down out of the rotation, and finishes the other', async () => {
    await using _server = await Server.start(serverPlan(listeners), within(FAR));
    const plan = clientPlan(paths, { paceNs: 1_000_000, count: 400, warmup: 0, timeoutNs: 500_000_000 });
    const client = start('client', clientPlanText(plan), within(NEAR));
    await underWay(7000, 100, within(FAR));
    ip('-n', FAR, 'link', 'set', 'far0', 'down');
    try {
      const { header, samples } = readResult(await client.finished);
      assert.match(header.paths[0]?.error ?? '', /no response from 198\.18\.0\.2 port 7000 within 0\.5 s/);
      assert.equal(flagged(samples, SAMPLE_FLAGS.lost, 0), 1);
      assert.deepEqual([header.paths[1]?.measured, header.paths[1]?.lost, header.paths[1]?.error], [400, 0, null]);
      const unreachable = await measure(clientPlan(paths, { count: 50, connectTimeoutNs: 300_000_000 }), within(NEAR));
      assert.match(unreachable.header.paths[0]?.error ?? '', /connect to 198\.18\.0\.2 port 7000: /);
      assert.equal(unreachable.header.paths[1]?.measured, 50);
    } finally {
      ip('-n', FAR, 'link', 'set', 'far0', 'up');
    }
  });

  it('stops at SIGTERM while it waits for an answer that does not come', async () => {
    await using _server = await Server.start(serverPlan(listeners), within(FAR));
    const plan = clientPlan(paths.slice(0, 1), { paceNs: 1_000_000, count: 100_000, warmup: 0 });
    // exec replaces ip by the prober, so the signal reaches it.
    const client = start('client', clientPlanText(plan), within(NEAR));
    await underWay(7000, 100, within(FAR));
    ip('-n', FAR, 'link', 'set', 'far0', 'down');
    await delay(100);
    client.child.kill('SIGTERM');
    const { header, samples } = readResult(await client.finished);
    ip('-n', FAR, 'link', 'set', 'far0', 'up');
    assert.equal(header.ended, 'signal');
    assert.ok(samples.length > 10);
    assert.equal(flagged(samples, SAMPLE_FLAGS.lost), 0);
  });
});
