// SPDX-License-Identifier: GPL-2.0-only
/** What the plan of an eBPF bridge says to its loader, and what is read from the loader's answers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ebpf } from '../../../src/backends/ebpf/ebpf.ts';
import { readCaptures, readFdb, readStats } from '../../../src/backends/ebpf/observe.ts';
import { notesOf } from '../../../src/backends/ebpf/status.ts';
import { isPartial } from '../../../src/frame/checksum.ts';
import { addressesOf } from '../../../src/lab/plan/addressing.ts';
import { LAB_DIR } from '../../../src/system/namespaces.ts';
import { countersByName } from '../../support/counters-by-name.ts';

function planOf(options: Readonly<Record<string, unknown>>, observe = false) {
  const facts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
  const plan = ebpf.plan(
    { path: 'ebpf', index: 1, labDir: LAB_DIR, facts, vmm: 'qemu', observe, ...addressesOf('ebpf', 1) },
    ebpf.options.parse(options),
  );
  const argv = plan.services[0]?.argv ?? [];
  return { ...plan, lines: argv.filter((_, i) => argv[i - 1] === '--line') };
}

const GUEST_MAC = addressesOf('ebpf', 1).guestMac;

describe('a plan of the eBPF bridge', () => {
  it('has the tap, the wire and a port of host2, with everything at its default', () => {
    assert.deepEqual(planOf({}).lines, [
      `socket ${LAB_DIR}/bridge-1.sock`,
      'fdb-size 4096',
      'ageing-ms 300000',
      'port t-ebpf mode=auto complete=on vlan=any',
      'port w-ebpf mode=auto complete=on vlan=any peer-netns=/run/netns/host1',
      'port p-ebpf mode=auto complete=on vlan=any',
    ]);
  });

  it('gives every option to the port that it is for', () => {
    const { lines } = planOf(
      {
        mode: 'native',
        checksum: 'leave',
        vlan: 'access:10',
        wireVlan: 'trunk:10,20-29:native:1',
        antiSpoof: true,
        storm: 500,
        fdbSize: 64,
        ageing: 5,
      },
      true,
    );
    assert.deepEqual(lines, [
      `socket ${LAB_DIR}/bridge-1.sock`,
      'watch on',
      'fdb-size 64',
      'ageing-ms 5000',
      `port t-ebpf mode=native complete=off vlan=access:10 allow=${GUEST_MAC} storm=500`,
      'port w-ebpf mode=native complete=off vlan=trunk:10,20-29:native:1 peer-netns=/run/netns/host1',
      'port p-ebpf mode=native complete=off vlan=access:10',
    ]);
  });

  it('says who finishes checksums, and warns where nobody does', () => {
    const cases = [
      [{}, /the bridge finishes checksums/, 0],
      [{ checksum: 'leave' }, /not cured, by option: native XDP/, 1],
      [{ mode: 'tc' }, null, 0],
      [{ mode: 'tc', checksum: 'leave' }, null, 0],
    ] as const;
    for (const [options, note, warned] of cases) {
      const { notes, warnings = [] } = planOf(options);
      if (note === null) assert.doesNotMatch(notes.join(), /checksum/);
      else assert.match(notes.join(), note);
      assert.equal(warnings.length, warned, JSON.stringify(options));
    }
    const without = ebpf.uncured?.(ebpf.options.parse({ antiSpoof: true }));
    assert.deepEqual(without, ebpf.options.parse({ antiSpoof: true, checksum: 'leave' }));
  });

  it('offers a cure of its own for every fault that its options can make, and for no other', () => {
    const curesOf = (options: Readonly<Record<string, unknown>>) => {
      const cures = planOf(options).cures ?? {};
      for (const { action } of Object.values(cures).flat()) {
        assert.equal(action.kind, 'path');
        if (action.kind === 'path') assert.ok(ebpf.options.safeParse({ ...options, ...action.options }).success);
      }
      return Object.keys(cures).sort();
    };
    assert.deepEqual(curesOf({}), ['full-fdb', 'redirect-refused']);
    assert.deepEqual(curesOf({ mode: 'tc', checksum: 'leave', fdbSize: 4_194_304 }), []);
    assert.deepEqual(curesOf({ checksum: 'leave', antiSpoof: true, vlan: 'access:10' }), [
      'anti-spoof',
      'full-fdb',
      'partial-checksum-lost',
      'redirect-refused',
      'vlan-mismatch',
    ]);
  });

  it('keeps VLAN tags in the frames, but for tc, which sees them beside', () => {
    const offloads = ({ steps }: ReturnType<typeof planOf>) =>
      steps.filter((step) => step.do.includes('ethtool')).map(({ on, do: argv }) => `${on} ${argv.join(' ')}`);
    assert.deepEqual(offloads(planOf({})), [
      'host1 ethtool -K w-ebpf txvlan off',
      'host2 ethtool -K b-ebpf txvlan off',
    ]);
    assert.deepEqual(offloads(planOf({ mode: 'tc' })), []);
  });

  it('refuses VLANs that are none, with the words that are taken', () => {
    for (const vlan of ['10', 'access:0', 'access:4095', 'trunk:', 'trunk:10:native', 'access:10 allow=x', 'any\n']) {
      const { error } = ebpf.options.safeParse({ vlan });
      assert.match(error?.issues[0]?.message ?? '', /access:V|from 1 to 4094/, JSON.stringify(vlan));
    }
    for (const vlan of ['any', 'access:4094', 'trunk:1', 'trunk:10,20-29:native:4094'])
      assert.ok(ebpf.options.safeParse({ vlan }).success, vlan);
  });

  it('asks for a kernel with BTF, and for the loader', () => {
    const needs = ebpf.requires(ebpf.options.parse({}));
    assert.ok(needs.some((need) => need.kind === 'kernel' && need.minimum === '6.6'));
    assert.ok(needs.some((need) => need.kind === 'artifact' && need.artifact === 'bpf'));
  });
});

/** Ethernet, IPv4 10.99.1.1 -> 10.99.1.2, UDP 1000 -> 9 with one byte, up to the checksum. */
const UDP = '02686c000104 02686c000101 0800 4500001d000040004011 0000 0a630101 0a630102 03e8 0009 0009';
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('the checksum field of a frame', () => {
  // 0x0a63 + 0x0101 + 0x0a63 + 0x0102 + 17 + 9 = 0x16e3
  const sum = '16e3';

  it('is partial where it is the sum of the pseudo-header, tagged or not', () => {
    assert.equal(isPartial(bytesOf(`${UDP} ${sum} 78`)), true);
    assert.equal(isPartial(bytesOf(`${UDP.replace(' 0800 ', ' 8100000a 0800 ')} ${sum} 78`)), true);
  });

  it('is not where it is anything else, or where there is none', () => {
    assert.equal(isPartial(bytesOf(`${UDP} 16e4 78`)), false);
    assert.equal(isPartial(bytesOf(`${UDP} ${sum} 78`.replace('4011', '4001'))), false, 'ICMP');
    assert.equal(isPartial(bytesOf('ffffffffffff 02686c000101 0806 0001')), false, 'ARP');
    assert.equal(isPartial(bytesOf(UDP).subarray(0, 20)), false, 'cut short');
    assert.equal(isPartial(new Uint8Array()), false);
  });

  it('is found behind the header of IPv6', () => {
    const addresses = `${'0'.repeat(31)}1 ${'0'.repeat(31)}2`;
    // 1 + 2 + 6 + 20
    const tcp = `03e80009 00000000 00000000 50021000 001d 0000`;
    assert.equal(isPartial(bytesOf(`02686c000104 02686c000101 86dd 60000000 0014 06 40 ${addresses} ${tcp}`)), true);
  });
});

describe("the loader's answers", () => {
  const { hops } = planOf({});

  it('become captures at the hops inside the bridge, dropped frames once', () => {
    const frame = (port: string, way: string, skb = false) => ({
      time_ns: '1795629753000000001',
      monotonic_ns: '1',
      port,
      way,
      skb,
      gso_size: skb ? 1448 : 0,
      length: 44,
      hex: `${UDP} 16e3 78`.replaceAll(' ', ''),
    });
    const frames = [frame('t-ebpf', 'in'), frame('t-ebpf', 'drop:drop_spoofed'), frame('w-ebpf', 'out', true)];
    const captures = readCaptures(JSON.stringify({ frames, lost: 3 }), { hops });
    assert.deepEqual(
      captures.map(({ hop, device, frames: { length }, lost }) => [hop, device, length, lost]),
      [
        ['bridge, tap side', 't-ebpf', 1, 3],
        ['bridge, wire side', 'w-ebpf', 1, 3],
      ],
    );
    const [first, second] = captures.flatMap((each) => each.frames);
    assert.deepEqual([first?.outgoing, first?.timeNs], [false, 1795629753000000001n]);
    assert.equal(first?.offload?.needsChecksum, true, 'its mark is still beside it');
    assert.deepEqual(
      [second?.outgoing, second?.offload],
      [true, { needsChecksum: true, dataValid: false, gsoBytes: 1448 }],
    );
    const [native] = readCaptures(JSON.stringify({ frames: [frame('t-ebpf', 'out')], lost: 0 }), { hops });
    assert.equal(native?.frames[0]?.offload, null, 'what leaves natively has lost it');
    const [beside] = readCaptures(JSON.stringify({ frames: [frame('p-ebpf', 'out')], lost: 0 }), { hops: [] });
    assert.equal(beside?.hop, 'bridge, host2 side');
  });

  it('become addresses, counters that have moved, and losses by the name of their error', () => {
    const fdb = [{ mac: GUEST_MAC, vlan: 0, port: 't-ebpf', static: false, age_ms: 1, moves: 0 }];
    assert.deepEqual(readFdb(JSON.stringify({ fdb }), 'b-ebpf'), [
      { place: 'host2', bridge: 'b-ebpf', port: 't-ebpf', mac: GUEST_MAC, vlan: 0, fixed: false },
    ]);
    const counters = { received: { packets: 2, bytes: 100 }, drop_storm: { packets: 0, bytes: 0 } };
    const stats = {
      ports: [{ port: 't-ebpf', native: true, takes_redirects: true, counters }],
      fdb: { entries: 1, size: 4096, learned: 1, evicted: 0 },
      losses: [
        { port: 'w-ebpf', error: -6, reason: 'x', frames: 4 },
        { port: 'w-ebpf', error: -90, reason: 'x', frames: 1 },
        { port: 'w-ebpf', error: 0, reason: 'the driver had no room', frames: 2 },
      ],
    };
    const read = readStats(JSON.stringify(stats), 'b-ebpf');
    assert.deepEqual(countersByName(read.counters), {
      'bridge b-ebpf t-ebpf received': 2,
      'bridge b-ebpf fdb learned': 1,
      'bridge b-ebpf fdb evicted': 0,
    });
    assert.deepEqual(read.fdbFill, [{ place: 'host2', bridge: 'b-ebpf', entries: 1, size: 4096, evicted: 0 }]);
    assert.deepEqual(
      read.xdp.map(({ tracepoint, reason, frames }) => [tracepoint, reason, frames]),
      [
        ['xdp_devmap_xmit', 'ENXIO', 4],
        ['xdp_redirect_err', 'EMSGSIZE', 1],
        ['xdp_devmap_xmit', 'the driver had no room', 2],
      ],
    );
  });

  it('become notes with their port', () => {
    const notes = [
      { port: 'w-ebpf', text: 'goes by tc' },
      { port: '', text: 'no tracepoints' },
    ];
    assert.deepEqual(notesOf(JSON.stringify({ ports: [], notes })), ['w-ebpf: goes by tc', 'no tracepoints']);
  });
});
