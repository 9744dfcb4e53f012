// SPDX-License-Identifier: GPL-2.0-only
/** The text that the prober reads, as the pure functions write it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClientPlan, clientPlanText, serverPlanText } from '../../../src/probes/prober/prober-plan.ts';

const placement = { cpu: 1, fifo: 10, lockMemory: true, forceSpin: false };
const plan: ClientPlan = {
  protocol: 'udp_rr',
  paths: [
    { index: 0, address: '192.0.2.1', port: 7000, local: '192.0.2.2', device: 'nic0' },
    { index: 3, address: '2001:db8::1', port: 7001, local: null, device: null },
  ],
  requestBytes: 1,
  responseBytes: 64,
  count: 2000,
  durationNs: null,
  warmup: 500,
  paceNs: 10_000_000,
  groupSize: 50,
  seed: 2n ** 64n - 1n,
  timeoutNs: null,
  connectTimeoutNs: 3_000_000_000,
  wait: 'busy-poll',
  spinNs: 0,
  lateNs: null,
  stamps: false,
  placement,
};

describe('prober plan', () => {
  it('writes a line for each path and key of the client, and ends with go', () => {
    assert.deepEqual(clientPlanText(plan).split('\n'), [
      'protocol udp_rr',
      'path 0 192.0.2.1 7000 local 192.0.2.2 dev nic0',
      'path 3 2001:db8::1 7001',
      'request 1',
      'response 64',
      'count 2000',
      'warmup 500',
      'pace_ns 10000000',
      'group 50',
      'seed 18446744073709551615',
      'connect_timeout_ns 3000000000',
      'wait busy-poll',
      'spin_ns 0',
      'stamps 0',
      'cpu 1',
      'fifo 10',
      'mlock 1',
      'force_spin 0',
      'go',
      '',
    ]);
  });

  it('writes a line for each listener of the server', () => {
    const text = serverPlanText({
      listeners: [
        { index: 0, protocol: 'tcp_rr', address: '192.0.2.1', port: 7000, device: 'w1' },
        { index: 1, protocol: 'udp_rr', address: '192.0.2.1', port: 7000, device: null },
        { index: 2, protocol: 'tcp_crr', address: '192.0.2.1', port: 7002, device: null },
      ],
      requestBytes: 1,
      responseBytes: 1,
      records: 1000,
      wait: 'block',
      placement: { cpu: null, fifo: null, lockMemory: false, forceSpin: true },
    });
    assert.deepEqual(text.split('\n'), [
      'listen 0 tcp 192.0.2.1 7000 dev w1',
      'listen 1 udp 192.0.2.1 7000',
      'listen 2 crr 192.0.2.1 7002',
      'request 1',
      'response 1',
      'records 1000',
      'wait block',
      'mlock 0',
      'force_spin 1',
      'go',
      '',
    ]);
  });

  it('never lets a value become a second word or line', () => {
    const [first] = plan.paths;
    assert.ok(first);
    for (const address of ['192.0.2.1 80', '192.0.2.1\ngo', ''])
      assert.throws(() => clientPlanText({ ...plan, paths: [{ ...first, address }] }), /not one word/);
    assert.throws(() => clientPlanText({ ...plan, count: 1.5 }), /not an integer/);
  });
});
