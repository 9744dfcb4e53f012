// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder behind what lets some protocols pass: filters, VLANs, switched-off IPv6; the rung says which. */
// @first 2
// @waits
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { nativeBinary } from '../../src/system/paths.ts';
import { startService } from '../../src/system/service.ts';
import { needs } from '../support/needs.ts';
import { smallestFailure } from '../support/smallest-failure.ts';
import {
  buildPath,
  climb,
  dropAt,
  FAR,
  find,
  hasNft,
  ip,
  MIDDLE,
  macOf,
  NEAR,
  nft,
  passed,
  removePath,
  smallest,
  within,
} from './ladder-rig.ts';

describe('the ladder behind a filter', { timeout: 600_000, skip: needs('linux', 'root') }, () => {
  beforeEach(() => {
    // A test that is skipped leaves what it built: node 20 calls no afterEach for it.
    removePath();
    buildPath();
  });
  afterEach(removePath);
  after(removePath);

  it('tcp-connect: a filter on the way that drops TCP', async (t) => {
    if (!(await dropAt('np', t, 'ip protocol tcp'))) return;
    const result = await climb({
      rungs: ['arp', 'icmp', 'udp-small', 'tcp-connect', 'tcp-small', 'tcp-bulk', 'ipv6-tcp'],
    });
    assert.match(
      smallest(result),
      /^tcp-connect: no answer to [1-3] SYNs within [1-9]\d{3} ms; nothing arrived at host1$/,
    );
    assert.equal(find(result.rungs, 'tcp-connect').errno, 'ETIMEDOUT');
    assert.deepEqual(passed(result.rungs), ['arp', 'icmp', 'udp-small', 'ipv6-tcp']);
  });

  it('udp-small: a firewall of the far side that rejects or drops what has arrived', async (t) => {
    if (!(await hasNft(t))) return;
    nft(FAR, 'add table inet f', 'add chain inet f in { type filter hook input priority 0; }');
    nft(FAR, 'add rule inet f in udp dport 9000 reject with icmpx admin-prohibited');
    nft(FAR, 'add rule inet f in meta l4proto tcp drop');
    const result = await climb({ rungs: ['icmp', 'udp-small', 'tcp-connect'] });
    const udp = find(result.rungs, 'udp-small');
    assert.match(smallest(result), /^udp-small: .*ICMP administratively prohibited from 10\.66\.0\.2/);
    assert.deepEqual([udp.errno, udp.data?.icmpFrom], ['EHOSTUNREACH', '10.66.0.2']);
    assert.match(find(result.rungs, 'tcp-connect').detail, /frames arrived at host1, and its own stack took none$/);
  });

  it('udp-large: fragments that are dropped, while small datagrams pass', async (t) => {
    if (!(await dropAt('np', t, 'ip frag-off & 0x1fff != 0'))) return;
    const result = await climb({ rungs: ['icmp', 'udp-small', 'udp-large', 'mtu'] });
    assert.equal(smallestFailure(result.rungs)?.rung, 'udp-large');
    assert.deepEqual(passed(result.rungs), ['icmp', 'udp-small', 'mtu']);
  });

  it('vlan: a port that takes no tagged frames', async (t) => {
    if (!(await dropAt('np', t, 'ether type 8021q'))) return;
    const result = await climb({ rungs: ['arp', 'icmp', 'vlan'] });
    assert.match(
      smallest(result),
      /^vlan: .*802\.1Q frames of VLAN 3900; a bare Ethernet frame does pass; nothing arrived at host1$/,
    );
    assert.deepEqual(passed(result.rungs), ['arp', 'icmp']);
  });

  it('vlan: an access port, which takes the tag off', async (t) => {
    if (!existsSync(nativeBinary('bridge'))) return t.skip('needs the eBPF bridge: hoplab setup --dev');
    ip('-n', MIDDLE, 'link', 'del', 'sw');
    await using _bridge = await startService(['ip', 'netns', 'exec', MIDDLE, nativeBinary('bridge')], {
      name: 'hoplab-bridge',
      signal: AbortSignal.timeout(60_000),
      logFile: null,
      stdin: 'port np mode=tc vlan=trunk:3900\nport fp mode=tc vlan=access:3900\ngo\n',
      ready: (line) => line.startsWith('ready '),
    });
    const result = await climb({ rungs: ['vlan'] });
    assert.match(smallest(result), /^vlan: 3 of 3 answered.*; they arrived without their tag/);
    assert.equal(find(result.rungs, 'vlan').data?.tag, 'lost on the way out');
  });

  it('nd and ipv6: IPv6 switched off there', async () => {
    within(FAR, 'sysctl', '-qw', 'net.ipv6.conf.far0.disable_ipv6=1');
    const result = await climb({ rungs: ['icmp', 'tcp-small', 'nd', 'ipv6', 'ipv6-udp', 'ipv6-tcp'] });
    assert.match(smallest(result), /^nd: none of [2-5] answered/);
    assert.deepEqual(passed(result.rungs), ['icmp', 'tcp-small']);
  });

  it('ipv6: an echo that is ignored, while neighbours are found', async () => {
    within(FAR, 'sysctl', '-qw', 'net.ipv6.icmp.echo_ignore_all=1');
    const result = await climb({ rungs: ['nd', 'ipv6', 'ipv6-udp', 'ipv6-tcp'] });
    assert.match(smallest(result), /^ipv6: none of 3 answered .*; 3 requests arrived at host1$/);
    assert.deepEqual(passed(result.rungs), ['nd', 'ipv6-udp', 'ipv6-tcp']);
  });

  it('broadcast and multicast: a port that does not flood them', async () => {
    ip('-n', MIDDLE, 'link', 'set', 'fp', 'type', 'bridge_slave', 'bcast_flood', 'off', 'mcast_flood', 'off');
    // Known neighbours: without broadcasts there is no ARP.
    ip(
      '-n',
      NEAR,
      'neighbour',
      'replace',
      '10.66.0.2',
      'lladdr',
      macOf(FAR, 'far0'),
      'dev',
      'near0',
      'nud',
      'permanent',
    );
    const result = await climb({ rungs: ['arp', 'icmp', 'udp-small', 'broadcast', 'multicast'] });
    assert.deepEqual(passed(result.rungs), ['icmp', 'udp-small']);
    for (const rung of ['broadcast', 'multicast'] as const) {
      assert.match(
        find(result.rungs, rung).detail,
        /a bare Ethernet frame does not pass either; nothing arrived at host1$/,
      );
    }
  });

  it('multicast: a group whose datagrams a filter drops', async (t) => {
    if (!(await dropAt('np', t, 'ip daddr 239.0.0.0/8'))) return;
    const result = await climb({ rungs: ['udp-small', 'broadcast', 'multicast'] });
    assert.match(smallest(result), /^multicast: .*a bare Ethernet frame does pass; nothing arrived at host1$/);
    assert.deepEqual(passed(result.rungs), ['udp-small', 'broadcast']);
  });
});
