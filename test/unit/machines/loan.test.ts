// SPDX-License-Identifier: GPL-2.0-only
/** What uses an interface is seen before it is borrowed, and its undos stand in the order in which they must be run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loanLines } from '../../../src/machines/borrow/loan.ts';
import { readNicState } from '../../../src/machines/borrow/nic-state.ts';

const LINK = {
  ...{ ifname: 'eth1', flags: ['BROADCAST', 'UP', 'LOWER_UP'], mtu: 9000, address: '02:00:00:00:00:01' },
  addr_info: [
    { family: 'inet', local: '10.0.0.2', prefixlen: 24, broadcast: '10.0.0.255', scope: 'global' },
    { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link' },
  ],
};
const output = (more: Partial<Parameters<typeof readNicState>[1]> = {}) => ({
  links: JSON.stringify([LINK]),
  routes: { '-4': '10.0.0.0/24 proto kernel scope link src 10.0.0.2 \n10.9.0.0/16 via 10.0.0.1 metric 5 \n', '-6': '' },
  sockets: '',
  offloads: 'Features for eth1:\nrx-checksumming: on\n\ttx-checksum-ipv4: off [fixed]\ngeneric-receive-offload: off\n',
  session: '10.0.0.9',
  ...more,
});
const usesOf = (more: Parameters<typeof output>[0]) =>
  (readNicState('eth1', output(more)) ?? assert.fail()).uses.map(({ kind, words }) => `${kind}: ${words}`);

describe('an interface that is to be borrowed', () => {
  it('is not used where nothing goes over it, and is not there where ip does not list it', () => {
    assert.deepEqual(usesOf({}), []);
    assert.equal(readNicState('eth2', output()), null);
  });

  it('is used by routes, bridges, vlans, storage and sessions', () => {
    assert.deepEqual(usesOf({ routes: { '-4': 'default via 10.0.0.1 \n', '-6': '' } }), [
      'other: the default route goes over it',
    ]);
    const stacked = [
      { ...LINK, master: 'br0' },
      { ...LINK, ifname: 'eth1.7', link: 'eth1', addr_info: [] },
    ];
    assert.deepEqual(usesOf({ links: JSON.stringify(stacked) }), [
      'other: it is a port of br0',
      'other: eth1.7 stands on it',
    ]);
    const sockets = [
      '0 0 10.0.0.2:22 10.0.0.9:40000',
      '0 0 10.0.0.2:700 10.0.0.5:2049',
      '0 0 [::ffff:10.0.0.2]:800 [::ffff:10.0.0.6]:3260',
      '0 0 10.7.7.7:22 10.0.0.9:40001',
    ].join('\n');
    assert.deepEqual(usesOf({ sockets }), [
      'session: our own ssh session with 10.0.0.9 goes over it',
      'other: an NFS mount with 10.0.0.5 goes over it',
      'other: an iSCSI session with 10.0.0.6 goes over it',
    ]);
  });

  it('is used by what goes over a bridge, a bond or a vlan that it carries', () => {
    const at = (ifname: string, local: string, more: object) => ({
      ...{ ...LINK, ifname, addr_info: [{ family: 'inet', local, prefixlen: 24, scope: 'global' }] },
      ...more,
    });
    const links = JSON.stringify([
      { ...LINK, master: 'bond0', addr_info: [] },
      at('bond0.7', '10.7.0.2', { link: 'bond0', master: 'br0' }),
      at('bond0', '10.1.0.2', {}),
      at('br0', '10.2.0.2', {}),
      at('eth2', '10.3.0.2', {}),
    ]);
    const sockets = ['2', '3'].map((net) => `0 0 10.${net}.0.2:22 10.0.0.9:40000`).join('\n');
    assert.deepEqual(usesOf({ links, sockets }), [
      'other: it is a port of bond0',
      'session: our own ssh session with 10.0.0.9 goes over it',
    ]);
    assert.deepEqual(usesOf({ links, sockets: '0 0 10.3.0.2:22 10.0.0.9:40000' }), ['other: it is a port of bond0']);
  });

  it('is moved once all undos are owed, which run from the last to the first', () => {
    const state = readNicState('eth1', output()) ?? assert.fail();
    const lines = loanLines({ device: 'eth1', as: 'w-tap' }, state);
    const inPlace = 'undo nsenter --net=/proc/self/fd/4 ip link set dev w-tap';
    assert.deepEqual(lines, [
      'undo ip -4 route replace 10.9.0.0/16 via 10.0.0.1 metric 5 dev eth1',
      'undo ip link set dev eth1 up',
      'undo ip address replace 10.0.0.2/24 broadcast 10.0.0.255 dev eth1',
      'undo ethtool -K eth1 rx-checksumming on generic-receive-offload off',
      'undo ip link set dev eth1 mtu 9000',
      'undo ip link set dev eth1 address 02:00:00:00:00:01',
      `${inPlace} name eth1 netns /proc/self/fd/3`,
      `${inPlace} down`,
      'do ip link set dev eth1 down',
      'do ip link set dev eth1 name w-tap netns /proc/self/fd/4',
      'ready',
    ]);
  });
});
