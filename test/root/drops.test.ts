// SPDX-License-Identifier: GPL-2.0-only
/** hoplab-drops on frames that a real kernel drops: the reason is named and the count exact, in its namespace alone. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DecodedDrops, decodeDrops, planDrops, type WatchedNetns } from '../../src/diagnose/decode-drops.ts';
import { run } from '../../src/system/exec.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { needs } from '../support/needs.ts';
import { EvidenceRig, LEFT, RIGHT } from './evidence-rig.ts';
import { buildSegment, ethernet, rightChecksum, type Segment, withChecksum } from './hopbridge-frames.ts';

/** Where buildSegment has the two addresses of IPv4. */
const ADDRESSES_AT = 12;
const PORT = 5201;

describe('hoplab-drops', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let rig: EvidenceRig;
  const signal = new AbortController().signal;

  before(async () => {
    rig = await EvidenceRig.open(signal);
  });

  after(() => rig[Symbol.asyncDispose]());

  const right = (): WatchedNetns => ({ path: `/run/netns/${rig.netns.right}`, place: 'host1' });
  const left = (): WatchedNetns => ({ path: `/run/netns/${rig.netns.left}`, place: 'host2' });

  async function counted(netns: readonly [WatchedNetns, ...WatchedNetns[]], work: () => Promise<unknown>) {
    const output = await rig.during('drops', planDrops(netns), work);
    const [first, ...rest] = netns;
    return decodeDrops(output, [first.place, ...rest.map(({ place }) => place)]);
  }

  /** A frame of IPv4 from one address to another. */
  function frame(segment: Omit<Segment, 'version'>, from: string = LEFT.address, change = 0): Buffer {
    const built = buildSegment(RIGHT.mac, LEFT.mac, { version: 4, ...segment });
    const header = built.bytes.subarray(built.segmentAt - 20, built.segmentAt);
    const addresses = Buffer.from([...from.split('.'), ...RIGHT.address.split('.')].map(Number));
    const before = sum(header.subarray(ADDRESSES_AT));
    header.set(addresses, ADDRESSES_AT);
    header.writeUInt16BE(0, 10);
    header.writeUInt16BE(0xffff - sum(header), 10);
    const moved = { ...built, pseudo: fold(built.pseudo + 0xffff - before + sum(addresses)) };
    return withChecksum(moved, rightChecksum(moved) ^ change);
  }

  const sendMany = async (bytes: Buffer, times: number) => {
    for (let i = 0; i < times; i++) await rig.send(bytes);
  };
  const rows = ({ drops }: DecodedDrops) =>
    drops.map(
      ({ place, reason, device, protocol, port, frames }) =>
        `${place} ${reason} ${device} ${protocol}:${port} ${frames}`,
    );

  it('names a wrong TCP and a wrong UDP checksum, and counts each frame once', async () => {
    const found = await counted([right()], async () => {
      await sendMany(frame({ protocol: 'tcp', payload: Buffer.alloc(9) }, LEFT.address, 0x1234), 7);
      await sendMany(frame({ protocol: 'udp', payload: Buffer.alloc(9) }, LEFT.address, 0x1234), 5);
    });
    assert.deepEqual(rows(found), [`host1 TCP_CSUM vb TCP:${PORT} 7`, `host1 UDP_CSUM vb UDP:${PORT} 5`]);
    assert.match(
      found.drops[0]?.example ?? '',
      /^10\.77\.0\.1:40000 > 10\.77\.0\.2:5201 TCP PSH with 9 bytes of data, 63 bytes, checksum 0x\w{4} wrong$/,
    );
    assert.deepEqual(found.xdp, []);
  });

  it('names the wrong checksum of a datagram that a socket had taken, after its device is forgotten', async () => {
    // Longer than the 76 bytes whose sum the kernel takes at once.
    const server = await rig.start('right', ['bash', '-c', `${RECEIVER}`], '');
    const found = await counted([right()], async () => {
      await sendMany(frame({ protocol: 'udp', payload: Buffer.alloc(200) }, LEFT.address, 0x1234), 4);
      await sendMany(frame({ protocol: 'udp', payload: Buffer.alloc(200) }), 1);
      // Checksums are looked at when the datagrams are read, which is when the server has a CPU.
      for (const until = Date.now() + 30_000; !server.output().includes('got'); await delay(5))
        assert.ok(Date.now() < until, 'the server read nothing');
    });
    await server.stop();
    assert.deepEqual(rows(found), [`host1 UDP_CSUM vb UDP:${PORT} 4`]);
  });

  it('names a port without a listener', async () => {
    const found = await counted([right()], () => sendMany(frame({ protocol: 'udp', payload: Buffer.alloc(4) }), 3));
    assert.deepEqual(rows(found), [`host1 NO_SOCKET vb UDP:${PORT} 3`]);
  });

  it('names the reverse path filter', async () => {
    await rig.ns(
      'right',
      'sysctl',
      '-qw',
      'net.ipv4.conf.all.rp_filter=1',
      `net.ipv4.conf.${RIGHT.device}.rp_filter=1`,
    );
    try {
      const spoofed = frame({ protocol: 'udp', payload: Buffer.alloc(4) }, '192.0.2.9');
      const found = await counted([right()], () => sendMany(spoofed, 6));
      assert.deepEqual(rows(found), [`host1 IP_RPFILTER vb UDP:${PORT} 6`]);
    } finally {
      await rig.ns(
        'right',
        'sysctl',
        '-qw',
        'net.ipv4.conf.all.rp_filter=0',
        `net.ipv4.conf.${RIGHT.device}.rp_filter=0`,
      );
    }
  });

  it('names a rule of the firewall', async (t) => {
    if ((await findTool('nft')) === null) return t.skip('needs nft: apt-get install nftables');
    await rig.ns(
      'right',
      'nft',
      `add table ip t; add chain ip t c { type filter hook input priority 0; }; add rule ip t c udp dport ${PORT} drop`,
    );
    try {
      const found = await counted([right()], () => sendMany(frame({ protocol: 'udp', payload: Buffer.alloc(4) }), 2));
      assert.deepEqual(rows(found), [`host1 NETFILTER_DROP vb UDP:${PORT} 2`]);
    } finally {
      await rig.ns('right', 'nft', 'delete table ip t');
    }
  });

  it('counts nothing of a namespace that it was not given, and tells two that it was given apart', async () => {
    const wrong = frame({ protocol: 'tcp', payload: Buffer.alloc(1) }, LEFT.address, 1);
    const other = await counted([left()], () => sendMany(wrong, 5));
    assert.deepEqual(rows(other), []);
    const both = await counted([left(), right()], () => sendMany(wrong, 5));
    assert.deepEqual(rows(both), [`host1 TCP_CSUM vb TCP:${PORT} 5`]);
  });

  it('counts the frames that XDP could not redirect, and those of an aborted program, by their reason', async () => {
    await rig.ns('right', 'ip', 'link', 'add', 'vc', 'type', 'veth', 'peer', 'name', 'vd');
    for (const name of ['vc', 'vd']) await rig.ns('right', 'ip', 'link', 'set', name, 'up');
    const target = Number(await rig.ns('right', 'cat', '/sys/class/net/vc/ifindex'));
    const object = await buildXdp(rig.folder, target);
    for (const [section, mode, expected] of [
      // The far end of vc neither runs XDP nor GRO: nothing there would take what is redirected.
      ['xdp.veth', 'xdpdrv', 'host1 vb xdp_redirect_err EOPNOTSUPP 4'],
      ['xdp.nowhere', 'xdpgeneric', 'host1 vb xdp_redirect_err EINVAL 4'],
      ['xdp.aborted', 'xdpgeneric', 'host1 vb xdp_exception ABORTED 4'],
    ] as const) {
      await rig.ns('right', 'ip', 'link', 'set', 'dev', RIGHT.device, mode, 'obj', object, 'sec', section);
      try {
        const bytes = frame({ protocol: 'udp', payload: Buffer.alloc(4) });
        const { xdp } = await counted([right()], () => sendMany(bytes, 4));
        const lost = xdp.map((one) => `${one.place} ${one.device} ${one.tracepoint} ${one.reason} ${one.frames}`);
        assert.deepEqual(lost, [expected]);
        const { xdp: elsewhere } = await counted([left()], () => sendMany(bytes, 4));
        assert.deepEqual(elsewhere, []);
      } finally {
        await rig.ns('right', 'ip', 'link', 'set', 'dev', RIGHT.device, mode, 'off');
      }
    }
  });

  it('tells of a frame that the kernel dropped itself whether its checksum was yet to be completed', async () => {
    const send = `exec 3>/dev/udp/${RIGHT.address}/${PORT}; echo hello >&3`;
    const { drops } = await counted([right()], () => rig.ns('left', 'bash', '-c', send));
    const [one] = drops.filter(({ reason }) => reason === 'NO_SOCKET');
    assert.match(one?.example ?? '', /> 10\.77\.0\.2:5201 UDP, 48 bytes, checksum 0x\w{4} partial and marked$/);
  });

  it('counts a frame that nobody takes, unless a capture listens: then the socket has taken it', async () => {
    const unknown = ethernet(RIGHT.mac, LEFT.mac);
    const alone = await counted([right()], () => sendMany(unknown, 3));
    assert.deepEqual(rows(alone), ['host1 UNHANDLED_PROTO vb 0x88b5:0 3']);
    const listened = await counted([right()], () => rig.capture(rig.wire(), () => sendMany(unknown, 3)));
    assert.deepEqual(rows(listened), []);
  });

  it('says which sources it used, and without privilege why none, and is no failure', async () => {
    const used = (await counted([right()], async () => undefined)).sources;
    assert.deepEqual(used[0], {
      ...{ kind: 'drops', places: ['host1'], of: 'skb:kfree_skb', device: null },
      ...{ used: true, why: '' },
    });
    const cpumap = used.filter(({ of }) => of?.startsWith('xdp:xdp_cpumap'));
    assert.equal(cpumap.length, 2);
    for (const { used: isUsed, why } of cpumap) assert.ok(!isUsed && /names no device/.test(why));

    const plain = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', nativeBinary('drops')];
    const { stdout } = await run(plain, { signal, input: 'go\n' });
    const none = decodeDrops(Buffer.from(stdout.slice(stdout.indexOf('\n') + 1)), ['guest']);
    assert.ok(none.sources.length > 0 && none.sources.every(({ used: isUsed }) => !isUsed));
    assert.equal(none.sources[0]?.why, 'Operation not permitted');
  });
});

/** Reads datagrams until its stdin ends, and says of each that is right that it got it. */
const RECEIVER = `exec node -e '
const socket = require("node:dgram").createSocket("udp4").bind(${PORT}, "0.0.0.0", () => console.log("ready"));
socket.on("message", () => console.log("got"));
process.stdin.on("end", () => socket.close()).resume();'`;

const XDP_SOURCE = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp.aborted") int aborted(struct xdp_md *ctx) { return XDP_ABORTED; }
SEC("xdp.veth") int veth(struct xdp_md *ctx) { return bpf_redirect(TARGET, 0); }
SEC("xdp.nowhere") int nowhere(struct xdp_md *ctx) { return bpf_redirect(54321, 0); }
char LICENSE[] SEC("license") = "GPL";
`;

async function buildXdp(folder: string, target: number): Promise<string> {
  const signal = AbortSignal.timeout(60_000);
  const source = join(folder, 'loss.c');
  await writeFile(source, XDP_SOURCE);
  const { stdout } = await run(['gcc', '-print-multiarch'], { signal });
  const object = join(folder, 'loss.o');
  await run(
    [
      'clang',
      '-target',
      'bpf',
      `-DTARGET=${target}`,
      '-g',
      '-O2',
      `-I/usr/include/${stdout.trim()}`,
      '-c',
      source,
      '-o',
      object,
    ],
    { signal },
  );
  return object;
}

function fold(value: number): number {
  let folded = value;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return fold(total);
}
