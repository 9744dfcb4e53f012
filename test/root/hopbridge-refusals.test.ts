// SPDX-License-Identifier: GPL-2.0-only
/** What the eBPF bridge will not do: a clear word each, the next command, and nothing changed. */
// @first 2
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { needs } from '../support/needs.ts';
import { ethernet } from './hopbridge-frames.ts';
import { portsOf, Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const signal = AbortSignal.timeout(600_000);
/** An XDP and a tc program of somebody else's. */
const OTHER_PROGRAM = `
__attribute__((section("xdp"), used)) int others_xdp(void *context) { return 2; }
__attribute__((section("classifier"), used)) int others_tc(void *context) { return 0; }
char name_of_license[] __attribute__((section("license"), used)) = "GPL";
`;

describe('a bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;
  let other: string;
  const state = async () => [await rig.ns('ip', '-d', '-j', 'link', 'show'), await rig.ns('ethtool', '-k', 'v0')];
  /** Runs a plan that must be refused, and sees that nothing changed. */
  const refused = async (...plan: string[]) => {
    const before = await state();
    const answer = await rig.refused(...plan);
    assert.deepEqual(await state(), before);
    return answer;
  };

  before(async () => {
    rig = await Rig.open({ taps: 2, veths: 1 }, signal);
    other = join(rig.folder, 'other.o');
    await writeFile(join(rig.folder, 'other.c'), OTHER_PROGRAM);
    const clang = readdirSync('/usr/bin').find((name) => /^clang(-\d+)?$/.test(name));
    assert.ok(clang !== undefined);
    await run([clang, '-target', 'bpf', '-O2', '-g', '-c', join(rig.folder, 'other.c'), '-o', other], { signal });
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  it('says in which namespace a device is that is not in its own', async () => {
    const elsewhere = `${rig.netns}-other`;
    await run(['ip', 'netns', 'add', elsewhere], { signal });
    try {
      await run(['ip', '-n', elsewhere, 'link', 'add', 'hopfar0', 'type', 'veth', 'peer', 'name', 'hopfar1'], {
        signal,
      });
      const { reason, message, cure, port } = await refused('port t0', 'port hopfar0');
      assert.deepEqual([reason, port], ['elsewhere', 'hopfar0']);
      assert.ok(message.endsWith(`in the namespace ${elsewhere}`), message);
      assert.ok(cure.includes(`ip -n ${elsewhere} link set dev hopfar0`), cure);
    } finally {
      await run(['ip', 'netns', 'del', elsewhere], { signal });
    }
    const { reason, message } = await refused('port t0', 'port hopfar0');
    assert.equal(reason, 'no-device');
    assert.match(message, /nor in one that ip netns list names/);
  });

  it('says whose XDP program a port carries: a process, a pin, or nobody', async () => {
    await rig.bridge('port t1', 'port v0');
    const held = await rig.refused('port t0', 'port t1');
    assert.equal(held.reason, 'xdp-program');
    assert.match(held.message, /id \d+, "hopbridge_xdp", held by process \d+ \(hoplab-bridge\)$/);
    await rig.stopBridge();

    const bpffs = join(rig.folder, 'bpf');
    await mkdir(bpffs);
    await run(['mount', '-t', 'bpf', 'bpf', bpffs], { signal });
    const inside = ['nsenter', `--net=/run/netns/${rig.netns}`, nativeBinary('bridge')];
    const plan = ['port t1', 'port v0', `pin ${bpffs}/lan`];
    try {
      await run([...inside, ...plan.flatMap((line) => ['--line', line])], { signal });
      const { stdout } = await run([...inside, '--line', 'port t0', '--line', 'port t1'], {
        signal,
        allowFailure: true,
      });
      assert.match(stdout, new RegExp(`"hopbridge_xdp\\\\", pinned at ${bpffs}/lan/link_\\d+"`));
    } finally {
      await run([...inside, 'down', `${bpffs}/lan`], { signal, allowFailure: true });
      await run(['umount', bpffs], { signal });
    }

    for (const kind of ['xdpdrv', 'xdpgeneric']) {
      await rig.ns('ip', 'link', 'set', 'dev', 'v0', kind, 'obj', other, 'sec', 'xdp');
      const alone = await refused('port t0', 'port v0');
      assert.match(alone.message, /"others_xdp", held by no process$/);
      await rig.ns(...alone.cure.split(' '));
      assert.equal((await rig.bridge('port t0', 'port v0')).ports.length, 2);
      await rig.stopBridge();
    }
  });

  it("is refused on a port with somebody else's tc program, unless forced", async () => {
    await rig.bridge('port t1 mode=tc', 'port t0 mode=tc');
    const tcx = await rig.refused('port t1 mode=tc', 'port v0');
    assert.equal(tcx.reason, 'tc-program');
    assert.match(tcx.message, /tcx program at ingress: id \d+, "hopbridge_tc"/);
    await rig.stopBridge();

    await rig.ns('tc', 'qdisc', 'add', 'dev', 'v0', 'clsact');
    assert.equal((await rig.bridge('port t0', 'port v0')).ports.length, 2, "an empty clsact is in nobody's way");
    await rig.stopBridge();
    await rig.ns(
      'tc',
      'filter',
      'add',
      'dev',
      'v0',
      'ingress',
      'bpf',
      'direct-action',
      'obj',
      other,
      'sec',
      'classifier',
    );
    const filter = await refused('port t0', 'port v0');
    assert.equal(filter.reason, 'tc-program');
    assert.match(filter.message, /tc filters at ingress \(bpf\)/);
    assert.equal((await rig.bridge('port t0', 'port v0 force')).ports.length, 2);
    await rig.stopBridge();
    await rig.ns(...(filter.cure.split(',')[0]?.split(' ') ?? []));
    assert.equal((await rig.bridge('port t0', 'port v0')).ports.length, 2);
    await rig.stopBridge();
    await rig.ns('tc', 'qdisc', 'del', 'dev', 'v0', 'clsact');
  });

  it('is refused on a port that carries an address, a session, a route, a device or a master, unless forced', async () => {
    const cases = [
      [['addr', 'add', '192.0.2.9/24', 'dev', 'v0'], ['addr', 'flush', 'dev', 'v0'], /the address 192\.0\.2\.9/],
      [
        ['route', 'add', '198.51.100.0/24', 'dev', 'v0'],
        ['route', 'flush', 'dev', 'v0'],
        /the route to 198\.51\.100\.0\/24/,
      ],
      [['link', 'add', 'link', 'v0', 'name', 'mv7', 'type', 'macvlan'], ['link', 'del', 'mv7'], /the device mv7/],
      [['link', 'add', 'lan7', 'type', 'bridge'], ['link', 'del', 'lan7'], /belongs to lan7/],
    ] as const;
    for (const [act, undo, message] of cases) {
      await rig.ns('ip', ...act);
      if (act[2] === 'lan7') await rig.ns('ip', 'link', 'set', 'v0', 'master', 'lan7');
      const answer = await refused('port t0', 'port v0');
      assert.equal(answer.reason, 'in-use');
      assert.match(answer.message, message);
      if (act[2] !== 'lan7') assert.equal((await rig.bridge('port t0', 'port v0 force')).ports.length, 2);
      await rig.stopBridge();
      await rig.ns('ip', ...undo);
      await rig.bridge('port t0', 'port v0');
      await rig.stopBridge();
    }
    await rig.ns('ip', 'addr', 'add', '192.0.2.9/24', 'dev', 'v0');
    const argv = ['env', 'SSH_CONNECTION=192.0.2.1 50022 192.0.2.9 22', nativeBinary('bridge')];
    const { stdout } = await run(
      ['ip', 'netns', 'exec', rig.netns, ...argv, '--line', 'port t0', '--line', 'port v0'],
      {
        signal,
        allowFailure: true,
      },
    );
    assert.match(stdout, /carries the ssh session that asks for this/);
    await rig.ns('ip', 'addr', 'flush', 'dev', 'v0');
  });

  it('is refused on what is no Ethernet device', async () => {
    assert.equal((await refused('port t0', 'port lo force')).reason, 'not-ethernet');
  });

  it("is refused in a mode that a device's offloads forbid, and goes by tc where it may", async () => {
    await rig.ns('ip', 'link', 'set', 'q0', 'mtu', '9000');
    await rig.ns('ip', 'link', 'set', 'v0', 'mtu', '9000');
    const large = await rig.refused('port t0', 'port v0 mode=native');
    assert.deepEqual([large.reason, large.cure], ['native', 'ip link set dev v0 mtu 1500']);
    const { ports, notes } = await rig.bridge('port t0', 'port v0');
    assert.equal(ports[1]?.mode, 'tc');
    assert.ok(
      notes.some(
        ({ port, text }) => port === 'v0' && /refused a native program .*cure: ip link set dev v0 mtu/.test(text),
      ),
    );
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [2]);
    await rig.stopBridge();
    for (const end of ['v0', 'q0']) await rig.ns('ip', 'link', 'set', end, 'mtu', '1500');
  });

  it("shows the last lines of the verifier's log when the kernel refuses the programs", async () => {
    rig.object = await rig.buildObject("-DHANDS_UP='(*(volatile int*)8)'");
    try {
      const { reason, message } = await refused('port t0', 'port t1');
      assert.equal(reason, 'load');
      assert.match(message, /R\d invalid mem access 'scalar'$/);
      assert.ok(message.split('\n').length <= 6, message);
      rig.object = '/dev/null';
      assert.equal((await refused('port t0', 'port t1')).reason, 'load');
    } finally {
      rig.object = null;
    }
  });

  it('says what a kernel lacks', async () => {
    const hide = 'mount -t tmpfs none /sys/kernel/btf && exec "$@"';
    const argv = ['ip', 'netns', 'exec', rig.netns, 'sh', '-c', hide, 'sh', nativeBinary('bridge')];
    const { stdout } = await run([...argv, '--line', 'port t0', '--line', 'port t1'], { signal, allowFailure: true });
    const { reason, message, cure } = JSON.parse(stdout.slice('refused '.length));
    assert.equal(reason, 'kernel');
    assert.match(message, /no BTF/);
    assert.match(cure, /CONFIG_DEBUG_INFO_BTF/);
  });
});
