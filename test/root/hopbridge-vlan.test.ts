// SPDX-License-Identifier: GPL-2.0-only
/** VLANs of the eBPF bridge: access and trunk ports, tags pushed and popped, and what it refuses to start with. */
// @first 2
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { run } from '../../src/system/exec.ts';
import { needs } from '../support/needs.ts';
import { ethernet, type Tag } from './hopbridge-frames.ts';
import { type Arrived, portsOf, Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const signal = AbortSignal.timeout(600_000);
const payload = Buffer.from(Array.from({ length: 50 }, (_, i) => i));
const frame = (to: string, from: string, tag?: Tag) => ethernet(to, from, { payload, ...(tag ? { tag } : {}) });

/** Port -> the frame that came out of it. */
function byPort(arrived: readonly Arrived[]): Map<number, string> {
  return new Map(arrived.map(({ port, bytes }) => [port, bytes.toString('hex')]));
}

describe('VLANs', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.open({ taps: 4, veths: 1 }, signal);
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  for (const mode of ['native', 'generic', 'tc']) {
    const plan = [
      `port t0 mode=${mode} vlan=access:10`,
      `port t1 mode=${mode} vlan=access:20`,
      `port t2 mode=${mode} vlan=trunk:10,20-22:native:30`,
      `port t3 mode=${mode} vlan=access:10`,
      `port v0 mode=${mode} vlan=trunk:10`,
    ];

    it(`are kept apart, tagged on trunks and untagged on access ports, in mode ${mode}`, async () => {
      await rig.bridge(...plan);
      const tagged = frame(ALL, A, { vlan: 10 });
      assert.deepEqual(
        byPort(await rig.exchange(0, frame(ALL, A))),
        new Map([
          [2, tagged.toString('hex')],
          [3, frame(ALL, A).toString('hex')],
          [4, tagged.toString('hex')],
        ]),
      );
      assert.deepEqual(
        byPort(await rig.exchange(2, frame(A, B, { vlan: 10, priority: 5 }))),
        new Map([[0, frame(A, B).toString('hex')]]),
      );
      assert.deepEqual(
        byPort(await rig.exchange(0, frame(B, A))),
        new Map([[2, frame(B, A, { vlan: 10 }).toString('hex')]]),
      );
    });

    it(`learn the same address in each VLAN for itself, in mode ${mode}`, async () => {
      await rig.bridge(...plan);
      await rig.exchange(0, frame(ALL, A));
      await rig.exchange(1, frame(ALL, A));
      assert.deepEqual(portsOf(await rig.exchange(2, frame(A, B, { vlan: 10 }))), [0]);
      assert.deepEqual(portsOf(await rig.exchange(2, frame(A, B, { vlan: 20 }))), [1]);
      const learned = (await rig.fdb()).filter(({ mac }) => mac === A).map(({ vlan, port }) => [vlan, port]);
      assert.deepEqual(learned.sort(), [
        [10, 't0'],
        [20, 't1'],
      ]);
    });

    it(`take untagged frames of a trunk as its native VLAN, or not at all, in mode ${mode}`, async () => {
      await rig.bridge(...plan, `# nothing else is in VLAN 30`);
      assert.deepEqual(portsOf(await rig.exchange(2, frame(ALL, A))), []);
      assert.equal(await rig.counted('t2', 'drop_vlan'), 0);
      assert.deepEqual(portsOf(await rig.exchange(4, frame(ALL, A))), []);
      assert.equal(await rig.counted('v0', 'drop_vlan'), 1);
    });

    it(`drop what a port does not carry, and take a priority tag for none, in mode ${mode}`, async () => {
      await rig.bridge(...plan);
      assert.deepEqual(portsOf(await rig.exchange(0, frame(ALL, A, { vlan: 10 }))), []);
      assert.deepEqual(portsOf(await rig.exchange(2, frame(ALL, A, { vlan: 23 }))), []);
      assert.equal(await rig.counted('t0', 'drop_vlan'), 1);
      assert.equal(await rig.counted('t2', 'drop_vlan'), 1);
      assert.deepEqual(
        byPort(await rig.exchange(0, frame(ALL, A, { vlan: 0, priority: 3 }))),
        new Map([
          [2, frame(ALL, A, { vlan: 10, priority: 3 }).toString('hex')],
          [3, frame(ALL, A).toString('hex')],
          [4, frame(ALL, A, { vlan: 10, priority: 3 }).toString('hex')],
        ]),
      );
    });

    it(`pass through a bridge that knows of none, in mode ${mode}`, async () => {
      await rig.bridge(...['t0', 't1', 'v0'].map((port) => `port ${port} mode=${mode}`));
      const tagged = frame(ALL, A, { vlan: 4000, priority: 2 }).toString('hex');
      assert.deepEqual(
        byPort(await rig.exchange(0, Buffer.from(tagged, 'hex'))),
        new Map([
          [1, tagged],
          [4, tagged],
        ]),
      );
      assert.deepEqual(portsOf(await rig.exchange(4, frame(A, B, { vlan: 4000 }))), [0]);
      assert.deepEqual(portsOf(await rig.exchange(4, frame(A, B))), [0, 1]);
    });
  }
});

describe('a bridge that cannot be', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;
  const reason = async (...plan: string[]) => (await rig.refused(...plan)).reason;

  before(async () => {
    rig = await Rig.open({ taps: 2, veths: 1 }, signal);
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  it('is refused by its plan: words, ranges, addresses, too few ports', async () => {
    const bad = [
      ['port t0'],
      ['port t0', 'port t0'],
      ['port t0 vlan=access:4095', 'port t1'],
      ['port t0 vlan=access:0', 'port t1'],
      ['port t0 vlan=trunk:20-10', 'port t1'],
      ['port t0 vlan=trunk:10:native:x', 'port t1'],
      ['port t0 allow=02:00:00:00:00', 'port t1'],
      ['port t0 allow=02:00:00:00:00:0g', 'port t1'],
      ['port t0 speed=fast', 'port t1'],
      ['port a-name-far-too-long', 'port t1'],
      ['fdb-size 0', 'port t0', 'port t1'],
      ['colour red', 'port t0', 'port t1'],
    ];
    for (const plan of bad) assert.equal(await reason(...plan), 'plan', plan.join('; '));
  });

  it('is refused for a port that is not there, has an address or a master, unless forced', async () => {
    assert.equal(await reason('port t0', 'port nosuch'), 'no-device');
    await rig.ns('ip', 'addr', 'add', '192.0.2.1/24', 'dev', 't1');
    assert.equal(await reason('port t0', 'port t1'), 'in-use');
    assert.equal((await rig.bridge('port t0', 'port t1 force')).ports.length, 2);
    await rig.stopBridge();
    await rig.ns('ip', 'addr', 'flush', 'dev', 't1');
    await rig.ns('ip', 'link', 'add', 'name', 'lan0', 'type', 'bridge');
    await rig.ns('ip', 'link', 'set', 't1', 'master', 'lan0');
    assert.equal(await reason('port t0', 'port t1'), 'in-use');
    await rig.ns('ip', 'link', 'del', 'lan0');
  });

  it('is refused for a port that carries a program, which is named and left as it was', async () => {
    await rig.bridge('port t0', 'port t1');
    const second = await rig.refused('port t0', 'port v0');
    assert.equal(second.reason, 'xdp-program');
    assert.match(second.message, /id \d+, "hopbridge_xdp"/);
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1]);
    await rig.stopBridge();
  });

  it('is refused where a far end hides VLAN tags from native XDP, and goes by tc where it may', async () => {
    await rig.ns('ethtool', '-K', 'q0', 'txvlan', 'on');
    try {
      const plan = (mode: string) => ['port t0', `port v0 mode=${mode} vlan=trunk:10`];
      const { reason: why, cure } = await rig.refused(...plan('native'));
      assert.equal(why, 'vlan-offload');
      assert.match(cure, /txvlan off/);
      const { ports, notes } = await rig.bridge(...plan('auto'));
      assert.equal(ports.find(({ port }) => port === 'v0')?.mode, 'tc');
      assert.ok(notes.some(({ port, text }) => port === 'v0' && /tx-vlan-offload/.test(text)));
      await rig.stopBridge();
    } finally {
      await rig.ns('ethtool', '-K', 'q0', 'txvlan', 'off');
    }
  });

  it('is refused where a veth takes no redirected frames and its far end cannot be reached, and goes by sk_buff where it may', async () => {
    const far = `${rig.netns}-far`;
    await run(['ip', 'netns', 'add', far], { signal });
    try {
      // Its stack would announce itself to multicast groups when its link comes up, and the bridge flood that.
      const quiet = ['all', 'default'].map((scope) => `net.ipv6.conf.${scope}.disable_ipv6=1`);
      await run(['ip', 'netns', 'exec', far, 'sysctl', '-qw', ...quiet], { signal });
      await rig.ns('ip', 'link', 'add', 'v9', 'type', 'veth', 'peer', 'name', 'q9', 'netns', far);
      await rig.ns('ip', 'link', 'set', 'v9', 'up');
      // Its neighbour discovery would be frames of the test.
      await run(['ip', 'netns', 'exec', far, 'sysctl', '-qw', 'net.ipv6.conf.q9.disable_ipv6=1'], { signal });
      await run(['ip', '-n', far, 'link', 'set', 'q9', 'up'], { signal });
      const refused = await rig.refused('port t0', 'port v9 mode=native');
      assert.equal(refused.reason, 'no-redirect');
      assert.match(refused.cure, /peer-netns|gro on/);
      const slow = await rig.bridge('port t0', 'port t1', 'port v9');
      assert.equal(slow.ports.find(({ port }) => port === 'v9')?.takes_redirects, false);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1]);
      assert.equal(await rig.counted('t0', 'skb_path'), 1);
      assert.equal(await rig.counted('v9', 'sent'), 1);
      const quick = await rig.bridge('port t0', `port v9 mode=native peer-netns=/run/netns/${far}`);
      assert.equal(quick.ports.find(({ port }) => port === 'v9')?.takes_redirects, true);
      await rig.exchange(0, ethernet(ALL, A));
      assert.equal(await rig.counted('t0', 'skb_path'), 0);
      assert.equal(await rig.counted('v9', 'sent'), 1);
      await rig.stopBridge();
      assert.equal(await rig.refused('port t0', 'port v9 peer-netns=/nosuch').then((one) => one.reason), 'peer-netns');
    } finally {
      await run(['ip', 'netns', 'del', far], { signal });
    }
  });

  it('counts a redirect that the kernel refused, by its reason', async () => {
    await rig.bridge('port t0', 'port t1');
    await rig.exchange(1, ethernet(ALL, B));
    await rig.ns('ip', 'link', 'set', 't1', 'down');
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(B, A))), []);
    const { losses } = await rig.stats();
    assert.deepEqual(losses, [{ port: 't1', reason: 'the target is down', error: -100, frames: 1 }]);
    await rig.ns('ip', 'link', 'set', 't1', 'up');
  });
});
