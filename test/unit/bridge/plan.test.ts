// SPDX-License-Identifier: GPL-2.0-only
/** What the user types for a bridge, as the loader's plan; what cannot be meant is said at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BridgeSpec, planBridge } from '../../../src/bridge/plan.ts';
import { inOurWords, refusal } from '../../../src/bridge/replies.ts';
import { fdbText, ratesText, statsText } from '../../../src/cli/bridge/bridge-text.ts';
import { HoplabError } from '../../../src/model/errors.ts';

const PLAIN: BridgeSpec = {
  name: 'lan',
  ports: ['t0', 'eth1.10'],
  mode: 'auto',
  vlan: new Map(),
  allow: new Map(),
  storm: new Map(),
  peerNetns: new Map(),
  fdbSize: null,
  ageing: null,
  force: false,
};

describe('the plan of a bridge', () => {
  it('has a line a port, with what was said of it', () => {
    assert.deepEqual(planBridge(PLAIN), ['port t0 mode=auto', 'port eth1.10 mode=auto']);
    const spec: BridgeSpec = {
      ...PLAIN,
      mode: 'tc',
      vlan: new Map([['t0', 'trunk:10,20-29:native:1']]),
      allow: new Map([['t0', ['02:00:00:00:00:01', '02:00:00:00:00:0A']]]),
      storm: new Map([['eth1.10', 50]]),
      peerNetns: new Map([['eth1.10', 'far']]),
      fdbSize: 64,
      ageing: 0.5,
      force: true,
    };
    assert.deepEqual(planBridge(spec), [
      'fdb-size 64',
      'ageing-ms 500',
      'port t0 mode=tc vlan=trunk:10,20-29:native:1 allow=02:00:00:00:00:01,02:00:00:00:00:0A force',
      'port eth1.10 mode=tc storm=50 peer-netns=/run/netns/far force',
    ]);
  });

  it('is refused for names, ports, VLANs and addresses that cannot be', () => {
    const vlan = (text: string): Partial<BridgeSpec> => ({ vlan: new Map([['t0', text]]) });
    const allow = (mac: string): Partial<BridgeSpec> => ({ allow: new Map([['t0', [mac]]]) });
    const bad: readonly (readonly [Partial<BridgeSpec>, RegExp])[] = [
      [{ name: '../lan' }, /name is letters/],
      [{ name: 'a.b' }, /name is letters/],
      [{ ports: ['t0'] }, /two ports or more/],
      [{ ports: ['t0', 't0'] }, /named twice/],
      [{ ports: ['t0', 'a b'] }, /"a b" cannot be a device/],
      [{ ports: Array.from({ length: 65 }, (_, i) => `t${i}`) }, /64 ports at most/],
      [{ storm: new Map([['t9', 5]]) }, /--storm: t9 is not a port/],
      ...['', 'access', 'access:0', 'access:4095', 'access:1e1', 'access:10:native:1', 'any:1'].map(
        (text) => [vlan(text), /--vlan t0=/] as const,
      ),
      ...['trunk', 'trunk:', 'trunk:20-10', 'trunk:1-2-3', 'trunk:5:native', 'trunk:5:native:4095', 'trunk:5:x:1'].map(
        (text) => [vlan(text), /--vlan t0=/] as const,
      ),
      ...['', '02:00:00:00:00', '02-00-00-00-00-01', '02:00:00:00:00:0g'].map((mac) => [allow(mac), /no MAC/] as const),
      [allow('ff:ff:ff:ff:ff:ff'), /a group's address/],
    ];
    for (const [part, message] of bad)
      assert.throws(
        () => planBridge({ ...PLAIN, ...part }),
        (error) => error instanceof HoplabError && error.code === 'USAGE' && message.test(error.message),
        JSON.stringify([...(part.vlan ?? part.allow ?? [])]),
      );
  });
});

describe('what the loader says', () => {
  it('has its cures in the words of the command line', () => {
    assert.equal(
      inOurWords('ip link set dev t0 mtu 1500, or the option force', 't0'),
      'ip link set dev t0 mtu 1500, or --force',
    );
    assert.equal(
      inOurWords('for a veth: peer-netns=PATH, or gro on; else mode=auto', 'v0'),
      'for a veth: --peer-netns v0=NETNS, or gro on; else --mode auto',
    );
    const error = refusal(
      'bring up bridge lan',
      'refused {"port":"t0","reason":"lro","message":"has lro","cure":"the option force"}',
    );
    assert.deepEqual(
      [error.code, error.message, error.hint],
      ['BRIDGE_REFUSED', 'bring up bridge lan: port t0 has lro', '--force'],
    );
  });

  it('is shown by address, by port and reason, and by the second', () => {
    const entry = { mac: '02:00:00:00:00:01', vlan: 0, port: 't0', static: false, age_ms: 1500, moves: 2 };
    assert.equal(
      fdbText('lan', [entry, { ...entry, vlan: 7, static: true }]),
      '02:00:00:00:00:01 dev t0 master lan used 1s moves 2\n02:00:00:00:00:01 dev t0 vlan 7 master lan static\n',
    );
    const counter = (packets: number) => ({ packets, bytes: packets * 125 });
    const stats = (scale: number) => ({
      ports: [
        {
          port: 't0',
          mode: 'native',
          takes_redirects: true,
          counters: {
            received: counter(10 * scale),
            forwarded: counter(6 * scale),
            drop_same_port: counter(4 * scale),
          },
        },
      ],
      fdb: { entries: 1, size: 16, learned: 1, evicted: 0 },
      losses: [{ port: 't1', reason: 'the target is down', error: -100, frames: scale }],
    });
    assert.equal(
      statsText(stats(1)),
      `port  mode    received  forwarded  flooded  sent  by sk_buff  completed  dropped
t0    native  10        6          0        0     0           0          4
dropped from t0: 4 packets: same port
lost to t1: 1 packets: the target is down
fdb: 1 of 16 addresses; 1 learned, 0 evicted
`,
    );
    assert.equal(
      ratesText(stats(1000), stats(3000), 2),
      `packets/s  received  forwarded  flooded  sent  by sk_buff  completed  dropped  Mbit/s in
t0         10000     6000       0        0     0           0          4000     10.0
lost: 1000/s; fdb: 1 of 16
`,
    );
  });
});
