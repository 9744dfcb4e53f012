// SPDX-License-Identifier: GPL-2.0-only
/** What the tools print of a network, recorded on Linux 6.18 with iproute2 6.1, nftables 1.0.6 and iptables 1.8.9. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deltasOf, ofKernel, parseProcNet, parseQdiscs } from '../../../src/diagnose/counters.ts';
import { routeText } from '../../../src/diagnose/fact-text.ts';
import { parseLinks } from '../../../src/diagnose/parse-links.ts';
import { parseArpTable, parseRouteTable } from '../../../src/diagnose/parse-proc.ts';
import {
  parseAddresses,
  parseFdb,
  parseNeighbours,
  parseRoutes,
  parseSysctls,
  parseVlans,
} from '../../../src/diagnose/parse-tables.ts';
import type { Counter } from '../../../src/model/evidence.ts';
import { countersByName } from '../../support/counters-by-name.ts';

const PORT =
  '[{"ifindex":4,"link":"bb","ifname":"aa","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"qdisc":"noqueue","master":"br0","operstate":"UP","link_type":"ether","address":"72:b9:74:84:cb:6a","promiscuity":1,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"state":"disabled","priority":32}},"xdp":{"mode":1,"prog":{"id":21,"jited":1}},"stats64":{"rx":{"bytes":90,"packets":1,"errors":0,"dropped":3},"tx":{"bytes":0,"packets":0,"errors":0,"dropped":0,"carrier_changes":2}}},' +
  '{"ifname":"br0","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP"],"mtu":1400,"link_type":"ether","address":"72:b9:74:84:cb:6a","linkinfo":{"info_kind":"bridge","info_data":{"vlan_filtering":1,"fdb_n_learned":16,"fdb_max_learned":16,"gc_timer":0.08}}}]';

describe('links', () => {
  const { devices, filtering, fdbFill, counters } = parseLinks('host2', PORT);
  const byName = countersByName(counters);

  it('are read with their bridge, the state of their port and their XDP program', () => {
    const [port, bridge] = devices;
    assert.deepEqual(
      [port?.name, port?.kind, port?.master, port?.portState, port?.xdp, port?.promiscuous, port?.carrier],
      ['aa', 'veth', 'br0', 'disabled', 'native', true, true],
    );
    assert.deepEqual(
      [bridge?.kind, bridge?.mtu, bridge?.up, bridge?.carrier, bridge?.xdp],
      ['bridge', 1400, true, false, null],
    );
  });

  it('tell which bridge filters by VLAN and how full its database is', () => {
    assert.deepEqual(filtering, ['br0']);
    assert.deepEqual(fdbFill, [{ place: 'host2', bridge: 'br0', entries: 16, size: 16, evicted: 0 }]);
  });

  it('have their counters by name', () => {
    assert.equal(byName['host2 aa rx_dropped'], 3);
    assert.equal(byName['host2 aa tx_carrier_changes'], 2);
  });

  it('are none where the tool printed nothing, and no list of links is an error', () => {
    assert.deepEqual(parseLinks('host1', '').devices, []);
    assert.throws(() => parseLinks('host1', '{"ifname":"aa"}'));
  });
});

describe('tables', () => {
  it('of neighbours keep those that are not resolved', () => {
    const json =
      '[{"dst":"10.1.1.9","dev":"br0","lladdr":"02:00:00:00:00:09","state":["PERMANENT"]},{"dst":"10.1.1.8","dev":"br0","state":["FAILED"]}]';
    assert.deepEqual(
      parseNeighbours('host1', json).map(({ address, mac, state }) => [address, mac, state]),
      [
        ['10.1.1.9', '02:00:00:00:00:09', 'PERMANENT'],
        ['10.1.1.8', '', 'FAILED'],
      ],
    );
  });

  it('of forwarding leave out what belongs to no bridge', () => {
    const json =
      '[{"mac":"33:33:00:00:00:01","ifname":"bb","flags":["self"],"state":"permanent"},{"mac":"02:00:00:00:00:77","ifname":"aa","flags":[],"master":"br0","state":"static"},{"mac":"02:00:00:00:00:78","ifname":"aa","flags":[],"master":"br0","vlan":10,"state":""}]';
    assert.deepEqual(
      parseFdb('host2', json).map(({ mac, bridge, port, vlan, fixed }) => [mac, bridge, port, vlan, fixed]),
      [
        ['02:00:00:00:00:77', 'br0', 'aa', 0, true],
        ['02:00:00:00:00:78', 'br0', 'aa', 10, false],
      ],
    );
  });

  it('of VLANs spread their ranges, for the ports that are asked for', () => {
    const json =
      '[{"ifname":"aa","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":12}]},{"ifname":"bb","vlans":[{"vlan":1}]}]';
    assert.deepEqual(
      parseVlans('host2', json, (name) => name === 'aa').map(({ port, vlan }) => `${port} ${vlan}`),
      ['aa 1', 'aa 10', 'aa 11', 'aa 12'],
    );
  });

  it('of addresses name place, prefix and device', () => {
    const json = '[{"ifname":"br0","addr_info":[{"family":"inet","local":"10.1.1.1","prefixlen":24}]},{"ifname":"x"}]';
    assert.deepEqual(parseAddresses('host2', json), [
      { place: 'host2', device: 'br0', address: '10.1.1.1', prefix: 24 },
    ]);
  });

  it('of sysctls keep values with blanks, and skip what is no value', () => {
    const text = 'net.ipv4.ip_forward = 0\nnet.ipv4.tcp_rmem = 4096\t131072\t6291456\nsysctl: cannot stat x\n';
    assert.deepEqual(parseSysctls('host1', text), [
      { place: 'host1', key: 'net.ipv4.ip_forward', value: '0' },
      { place: 'host1', key: 'net.ipv4.tcp_rmem', value: '4096\t131072\t6291456' },
    ]);
  });

  it('of routes keep the line, and which table it is of', () => {
    const routes = parseRoutes('host1', 'route', 'default via 10.1.1.1 dev br0 \n10.1.1.0/24 dev br0\n');
    assert.deepEqual(routes, [
      { place: 'host1', key: 'route', value: 'default via 10.1.1.1 dev br0' },
      { place: 'host1', key: 'route', value: '10.1.1.0/24 dev br0' },
    ]);
    assert.deepEqual(parseRoutes('host1', 'rule', '0:\tfrom all lookup local\n').map(routeText), [
      'host1 0:\tfrom all lookup local',
    ]);
  });
});

describe('/proc', () => {
  it('net/arp and net/route are read as iproute2 says them', () => {
    const arp =
      'IP address       HW type     Flags       HW address            Mask     Device\n10.99.0.1        0x1         0x6         02:68:6c:00:00:01     *        eth0\n10.99.0.9        0x1         0x0         00:00:00:00:00:00     *        eth0\n';
    assert.deepEqual(
      parseArpTable('guest', arp).map(({ address, mac, state }) => [address, mac, state]),
      [
        ['10.99.0.1', '02:68:6c:00:00:01', 'PERMANENT'],
        ['10.99.0.9', '', 'FAILED'],
      ],
    );
    const route =
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';
    assert.deepEqual(parseRouteTable('guest', route).map(routeText), [
      'guest default via 192.0.2.1 dev eth0',
      'guest 192.0.2.0/24 dev eth0',
    ]);
  });

  it('net/snmp, netstat and snmp6 give counters by the names of nstat', () => {
    const text =
      'Tcp: RtoAlgorithm InSegs InCsumErrors\nTcp: 1 20 3\nUdp: InDatagrams InCsumErrors\nUdp: 7 2\nTcpExt: ListenDrops\nTcpExt: 4\nIp6InReceives                   \t12\n';
    const counters = countersByName(parseProcNet('host1', text));
    assert.deepEqual(
      ['TcpInCsumErrors', 'UdpInCsumErrors', 'TcpExtListenDrops', 'Ip6InReceives'].map(
        (name) => counters[`host1 ${name}`],
      ),
      [3, 2, 4, 12],
    );
  });
});

describe('counters', () => {
  it('tell what moved, without gauges and without what stood still', () => {
    const stack = (counts: Record<string, number>) =>
      Object.entries(counts).map(([key, value]) => ofKernel('host1', null, key, value));
    const before = { TcpInCsumErrors: 3, TcpCurrEstab: 1, IpInReceives: 5 };
    const after = { ...before, TcpInCsumErrors: 8, TcpCurrEstab: 2, new: 1 };
    assert.deepEqual(deltasOf(stack(before), stack(after)), stack({ TcpInCsumErrors: 5, new: 1 }));
  });

  it('are told apart by place, device and who counts', () => {
    const there = (counter: Partial<Counter>) => ({ ...ofKernel('host1', 'a', 'received', 1), ...counter });
    const before = [
      there({}),
      there({ place: 'host2' }),
      there({ device: null }),
      there({ by: 'bridge', bridge: 'b' }),
    ];
    const after = before.map((counter, at) => ({ ...counter, value: 1 + at }));
    assert.deepEqual(countersByName(deltasOf(before, after)), {
      'host2 a received': 1,
      'host1 received': 2,
      'bridge b a received': 3,
    });
  });

  it('of qdiscs are those of devices', () => {
    const json =
      '[{"kind":"noqueue","handle":"0:","root":true,"drops":0},{"kind":"fq_codel","dev":"t-tap","drops":4,"overlimits":0}]';
    assert.deepEqual(countersByName(parseQdiscs('host2', json)), { 'host2 t-tap qdisc fq_codel drops': 4 });
  });
});
