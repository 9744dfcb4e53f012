// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder between namespaces: all passes, and each fault of a machine or a wire fails its own rung. */
// @first 2
// @waits
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { RUNGS } from '../../src/model/ladder.ts';
import { needs } from '../support/needs.ts';
import { smallestFailure } from '../support/smallest-failure.ts';
import {
  buildPath,
  climb,
  FAR,
  failed,
  find,
  ip,
  MIDDLE,
  macOf,
  NEAR,
  passed,
  removePath,
  runRole,
  smallest,
  within,
} from './ladder-rig.ts';

describe('the ladder between namespaces', { timeout: 600_000, skip: needs('linux', 'root') }, () => {
  beforeEach(() => {
    // A test that is skipped leaves what it built: node 20 calls no afterEach for it.
    removePath();
    buildPath();
  });
  afterEach(removePath);
  after(removePath);

  it('passes every rung of a path without faults, in a moment', async () => {
    const { rungs, answered, ms } = await climb();
    assert.deepEqual(failed(rungs), []);
    assert.deepEqual(
      rungs.map(({ rung }) => rung),
      RUNGS,
    );
    assert.ok(ms < 8000, `${ms} ms`);
    assert.deepEqual(Object.keys(answered.seen), RUNGS.slice(1));
    assert.equal(find(rungs, 'arp').data?.mac, macOf(FAR, 'far0'));
    assert.equal(find(rungs, 'nd').data?.mac, macOf(FAR, 'far0'));
    assert.match(find(rungs, 'tcp-bulk').detail, /^2000000 bytes each way in \d+ ms, content right$/);
  });

  it('link: a device that is down, here or there', async () => {
    ip('-n', FAR, 'link', 'set', 'far0', 'down');
    const there = await climb();
    assert.match(smallest(there), /^link: near0 is up, with carrier; far0 of host1 is down$/);
    assert.deepEqual(passed(there.rungs), []);
    assert.ok(there.ms < 20_000, `${there.ms} ms for a dead path`);
    ip('-n', NEAR, 'link', 'set', 'near0', 'down');
    const here = await climb({ rungs: ['link', 'arp', 'icmp', 'tcp-connect'] });
    assert.match(smallest(here), /^link: near0 is down, without carrier/);
    assert.match(find(here.rungs, 'icmp').detail, /Network unreachable/);
    assert.equal(find(here.rungs, 'tcp-connect').errno, 'ENETUNREACH');
  });

  it('link: a device that is not there is a finding', async () => {
    ip('-n', NEAR, 'link', 'del', 'near0');
    const { rungs } = await climb({ rungs: ['link', 'arp', 'udp-small', 'vlan'] });
    assert.match(find(rungs, 'link').detail, /could not be tried: No such device/);
    assert.equal(find(rungs, 'link').errno, 'ENODEV');
    assert.deepEqual(passed(rungs), []);
  });

  it('arp: an address that nobody has', async () => {
    ip('-n', FAR, 'address', 'del', '10.66.0.2/24', 'dev', 'far0');
    const result = await climb({ rungs: ['link', 'arp', 'icmp', 'udp-small', 'nd', 'ipv6'] });
    assert.match(smallest(result), /^arp: none of [2-5] answered within [1-9]\d{3} ms; \d requests arrived at host1$/);
    assert.deepEqual(passed(result.rungs), ['link', 'nd', 'ipv6']);
  });

  it('arp: two machines with one address, and one that has our own', async () => {
    ip('link', 'add', 'dup0', 'netns', NEAR, 'type', 'veth', 'peer', 'name', 'dp', 'netns', MIDDLE);
    const twin = `${NEAR}-twin`;
    ip('netns', 'add', twin);
    try {
      ip('-n', NEAR, 'link', 'set', 'dup0', 'netns', twin);
      ip('-n', twin, 'address', 'add', '10.66.0.2/24', 'dev', 'dup0');
      ip('-n', twin, 'link', 'set', 'dup0', 'up');
      ip('-n', MIDDLE, 'link', 'set', 'dp', 'master', 'sw', 'up');
      const both = await climb({ rungs: ['arp'] });
      assert.match(smallest(both), /^arp: .*duplicate address: \S+ answers for it too/);
      assert.deepEqual(
        new Set([find(both.rungs, 'arp').data?.mac, find(both.rungs, 'arp').data?.mac2]),
        new Set([macOf(FAR, 'far0'), macOf(twin, 'dup0')]),
      );
      ip('-n', twin, 'address', 'flush', 'dev', 'dup0');
      ip('-n', twin, 'address', 'add', '10.66.0.1/24', 'dev', 'dup0');
      const own = await climb({ rungs: ['arp'] });
      assert.match(smallest(own), /duplicate address: \S+ answers for our own address/);
      assert.equal(find(own.rungs, 'arp').data?.ownAddressAt, macOf(twin, 'dup0'));
    } finally {
      ip('netns', 'del', twin);
    }
  });

  it('icmp: a neighbour entry with the wrong MAC, which ARP sees through', async () => {
    ip(
      '-n',
      NEAR,
      'neighbour',
      'replace',
      '10.66.0.2',
      'lladdr',
      '02:00:00:00:00:99',
      'dev',
      'near0',
      'nud',
      'permanent',
    );
    const result = await climb({ rungs: ['link', 'arp', 'icmp', 'udp-small', 'tcp-connect'] });
    assert.equal(smallestFailure(result.rungs)?.rung, 'icmp');
    const arp = find(result.rungs, 'arp');
    assert.match(arp.detail, /but this machine's neighbour entry says 02:00:00:00:00:99/);
    assert.equal(arp.data?.neighbourMac, '02:00:00:00:00:99');
    assert.deepEqual(passed(result.rungs), ['link', 'arp']);
  });

  it('icmp: a far side that ignores echo, and still serves', async () => {
    within(FAR, 'sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1');
    const result = await climb({ rungs: ['arp', 'icmp', 'udp-small', 'tcp-small', 'mtu'] });
    assert.match(smallest(result), /^icmp: none of [2-5] answered .*; 5 requests arrived at host1$/);
    assert.match(find(result.rungs, 'mtu').detail, /packets of 1500 bytes pass unfragmented, UDP$/);
  });

  it('icmp: a blackhole route is the word of this machine itself', async () => {
    ip('-n', NEAR, 'route', 'add', 'prohibit', '10.66.0.2/32');
    const result = await climb({ rungs: ['arp', 'icmp', 'udp-small', 'tcp-connect'] });
    assert.equal(smallestFailure(result.rungs)?.rung, 'icmp');
    assert.equal(find(result.rungs, 'icmp').errno, 'EACCES');
    assert.equal(find(result.rungs, 'udp-small').errno, 'EACCES');
  });

  it('udp-small and tcp-connect: no server, told apart from silence', async () => {
    const { rungs } = await climb({
      rungs: ['icmp', 'udp-small', 'tcp-connect', 'ipv6-udp', 'ipv6-tcp'],
      answer: false,
    });
    const udp = find(rungs, 'udp-small');
    assert.deepEqual([udp.outcome, udp.errno, udp.data?.icmpFrom], ['fail', 'ECONNREFUSED', '10.66.0.2']);
    assert.match(udp.detail, /ICMP port unreachable from 10\.66\.0\.2/);
    const tcp = find(rungs, 'tcp-connect');
    assert.deepEqual([tcp.outcome, tcp.errno, tcp.data?.refusedBy], ['fail', 'ECONNREFUSED', 'reset']);
    assert.match(find(rungs, 'ipv6-udp').detail, /ICMP port unreachable from fd66::2/);
    assert.equal(find(rungs, 'ipv6-tcp').errno, 'ECONNREFUSED');
    assert.ok(rungs.reduce((ms, result) => ms + result.ms, 0) < 6000, 'refusals are not waited for');
  });

  it('mtu: a smaller MTU on the way, and the largest packet that passes', async () => {
    ip('-n', MIDDLE, 'link', 'set', 'fp', 'mtu', '1400');
    const result = await climb({ rungs: ['icmp', 'udp-small', 'tcp-connect', 'tcp-small', 'mtu'] });
    assert.match(
      smallest(result),
      /^mtu: packets of 1500 bytes .*: ICMP lost, UDP lost; the largest that passes has 140[04]/,
    );
    assert.equal(find(result.rungs, 'mtu').data?.mtu, 1500);
  });

  it('mtu: a router that says how much it takes', async () => {
    // far0's address moves behind a router: near0 - br - far0 routes to the loopback's address over a narrower veth.
    ip('-n', FAR, 'address', 'del', '10.66.0.2/24', 'dev', 'far0');
    ip('-n', FAR, 'address', 'add', '10.66.0.3/24', 'dev', 'far0');
    const beyond = `${FAR}-beyond`;
    ip('netns', 'add', beyond);
    try {
      ip('link', 'add', 'r0', 'netns', FAR, 'mtu', '1300', 'type', 'veth', 'peer', 'name', 'r1', 'netns', beyond);
      ip('-n', FAR, 'link', 'set', 'r0', 'up');
      ip('-n', beyond, 'link', 'set', 'lo', 'up');
      ip('-n', beyond, 'link', 'set', 'r1', 'up');
      ip('-n', FAR, 'address', 'add', '10.67.0.1/24', 'dev', 'r0');
      ip('-n', beyond, 'address', 'add', '10.67.0.2/24', 'dev', 'r1');
      ip('-n', beyond, 'address', 'add', '10.66.0.2/32', 'dev', 'lo');
      ip('-n', beyond, 'route', 'add', 'default', 'via', '10.67.0.1');
      ip('-n', FAR, 'route', 'add', '10.66.0.2/32', 'via', '10.67.0.2');
      ip('-n', NEAR, 'route', 'add', '10.66.0.2/32', 'via', '10.66.0.3');
      within(FAR, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
      const result = await climb({ rungs: ['icmp', 'mtu'], answer: false });
      const mtu = find(result.rungs, 'mtu');
      assert.equal(mtu.outcome, 'fail');
      assert.match(mtu.detail, /ICMP fragmentation needed, MTU 1300 from 10\.66\.0\.3/);
      assert.deepEqual([mtu.data?.icmpMtu, mtu.data?.icmpFrom, mtu.data?.largest], [1300, '10.66.0.3', 1300]);
    } finally {
      ip('netns', 'del', beyond);
    }
  });

  it('tcp-bulk: a connection that stalls once large segments come', async () => {
    ip('-n', MIDDLE, 'link', 'set', 'fp', 'mtu', '1000');
    // Segments of the wire's own size: larger ones are cut only behind the port that would drop them.
    ip('-n', NEAR, 'link', 'set', 'near0', 'gso_max_segs', '1');
    const result = await climb({ rungs: ['icmp', 'tcp-connect', 'tcp-small', 'tcp-bulk'] });
    assert.match(
      smallest(result),
      /^tcp-bulk: stopped after \d+ bytes taken for sending and 0 received, .*nothing moved any more; 1 request arrived at host1$/,
    );
  });

  it('refuses a plan that it does not understand, with the line', async () => {
    for (const [plan, said] of [
      ['local 10.0.0.1\nport 9000\n', /plan line 3: ends without "go"/],
      ['local nowhere\ngo\n', /plan line 1: local nowhere is not an IPv4 address/],
      ['rung stairs 1 1\n', /plan line 1: no rung stairs/],
      ['rung arp 99 1\n', /takes 1 to 16 tries/],
      ['local 10.0.0.1\nremote 10.0.0.2\nport 9000\nrung arp 1 1\ngo\n', /rung arp needs a device/],
      ['device a-name-that-is-too-long\n', /the name is too long/],
      [`local ${'1'.repeat(600)}\n`, /plan line 1: /],
    ] as const) {
      const { code, stderr, stdout } = await runRole(NEAR, 'climb', plan);
      assert.deepEqual([code, stdout], [2, ''], plan);
      assert.match(stderr, said);
    }
  });
});
