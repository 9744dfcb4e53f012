/** Every rule of the diagnosis, against the fault that it knows, produced for real in a lab with a guest. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { rules } from '../../src/diagnose/rules/index.ts';
import type { Diagnosis, PathDiagnosis } from '../../src/model/diagnosis.ts';
import type { Direction } from '../../src/model/probe-spec.ts';
import { killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';

interface Fault {
  /** The path's name in the lab; its number there is its place in the list. */
  readonly path: string;
  /** As the lab file has it, in one line of YAML; `I` stands for the path's number, `D` for its name. */
  readonly yaml: string;
  readonly rule: string;
  /** Where the verdict puts it. */
  readonly at?: RegExp | null;
  readonly confidence?: string;
  /** Lines that must be among the evidence. */
  readonly evidence: readonly RegExp[];
  /** What the first cure does. */
  readonly cure?: RegExp;
}

const run = (on: 'host1' | 'host2', words: string) =>
  `{on: ${on}, run: [${words
    .split(' ')
    .map((word) => JSON.stringify(word))
    .join(', ')}]}`;
const argv = (on: 'host1' | 'host2', ...words: readonly string[]) => `{on: ${on}, run: ${JSON.stringify(words)}}`;
const tap = (...commands: readonly string[]) => `{backend: tap, commands: [${commands.join(', ')}]}`;

/** More stations than the FDB has room for: each says who it is when its link comes up. */
const STATIONS = Array.from({ length: 24 }, (_, i) => [
  run('host1', `ip link add s${i} link w-D type macvlan`),
  run('host1', `ip addr add 10.99.I.${100 + i}/32 dev s${i}`),
  run('host1', `ip link set s${i} up`),
]).flat();

const OUTWARD: readonly Fault[] = [
  {
    path: 'partial',
    yaml: '{backend: ovs, cure: false}',
    rule: 'partial-checksum-lost',
    at: /^wire, /,
    confidence: 'certain',
    evidence: [
      /guest NIC .*partial and marked/,
      /PARTIAL AND NOT MARKED/,
      /contents carry one checksum/,
      /TCP_CSUM/,
      /UDP_CSUM/,
    ],
    cure: /userspace-tso-enable/,
  },
  {
    path: 'mtu',
    yaml: tap(run('host2', 'ip link set dev w-D mtu 1300')),
    rule: 'mtu-mismatch',
    at: /^[wb]-mtu$/,
    confidence: 'certain',
    evidence: [/host2 w-mtu: MTU 1300/, /largest that passes has 1300/],
    cure: /MTU 1500/,
  },
  {
    path: 'neigh',
    yaml: tap(run('host1', 'ip neigh replace 10.99.I.3 lladdr 02:00:00:00:be:ef dev w-D nud permanent')),
    rule: 'wrong-neighbour',
    at: /^w-neigh$/,
    confidence: 'certain',
    evidence: [/02:00:00:00:be:ef dev w-neigh PERMANENT/],
    cure: /remove the entry/,
  },
  {
    path: 'deaf',
    yaml: tap(run('host1', 'sysctl -qw net.ipv4.conf.w-D.arp_ignore=8')),
    rule: 'no-neighbour',
    confidence: 'certain',
    evidence: [/arp: none of \d+ answered/, /w-deaf\.arp_ignore = 8/],
    cure: /answer ARP/,
  },
  {
    path: 'port',
    yaml: tap(run('host2', 'bridge link set dev w-D state 0')),
    rule: 'bridge-port-blocked',
    at: /^w-port$/,
    confidence: 'certain',
    evidence: [/host2 w-port is a port of b-port in state disabled/],
    cure: /let it forward/,
  },
  {
    path: 'rp',
    yaml: tap(
      run('host1', 'sysctl -qw net.ipv4.conf.w-D.rp_filter=1'),
      run('host1', 'ip link add away-a type veth peer name away-b'),
      run('host1', 'ip link set away-a up'),
      run('host1', 'ip link set away-b up'),
      run('host1', 'ip route add 10.99.I.3/32 dev away-a'),
    ),
    rule: 'rp-filter',
    at: /^w-rp$/,
    confidence: 'certain',
    evidence: [/IP_RPFILTER/, /IPReversePathFilter \+\d/, /w-rp\.rp_filter = 1/, /10\.99\.\d+\.3 dev away-a/],
    cure: /loosen/,
  },
  {
    path: 'nf',
    yaml: tap(
      run('host2', 'sysctl -qw net.bridge.bridge-nf-call-iptables=1'),
      run('host2', 'iptables-legacy -A FORWARD -s 10.99.I.3 -j DROP'),
    ),
    rule: 'bridge-nf-call-iptables',
    at: /^bridge$/,
    confidence: 'certain',
    evidence: [/NETFILTER_DROP/, /bridge-nf-call-iptables = 1/, /-A FORWARD -s 10\.99\.\d+\.3\/32 -j DROP/],
    cure: /keep bridged frames out of iptables/,
  },
  {
    path: 'fw',
    yaml: tap(
      argv('host1', 'nft', 'add', 'table', 'inet', 't'),
      argv('host1', 'nft', 'add', 'chain', 'inet', 't', 'c', '{ type filter hook input priority 0; }'),
      argv('host1', 'nft', 'add', 'rule', 'inet', 't', 'c', 'ip saddr 10.99.I.3 meta l4proto udp drop'),
    ),
    rule: 'firewall-drop',
    confidence: 'certain',
    evidence: [/NETFILTER_DROP/, /host1 inet t c: ip saddr 10\.99\.\d+\.3 .*drop/],
    cure: /remove the rule/,
  },
  {
    path: 'dup',
    yaml: tap(
      run('host2', 'ip link add dup-a type veth peer name dup-b'),
      run('host2', 'ip link set dup-a master b-D'),
      run('host2', 'ip link set dup-a up'),
      run('host2', 'ip addr add 10.99.I.1/32 dev dup-b'),
      run('host2', 'ip link set dup-b up'),
    ),
    rule: 'duplicate-address',
    confidence: 'certain',
    evidence: [/duplicate address: [0-9a-f:]{17} answers/],
    cure: /from one of them/,
  },
  {
    path: 'refuse',
    yaml: tap(
      argv('host1', 'nft', 'add', 'table', 'ip', 'n'),
      argv('host1', 'nft', 'add', 'chain', 'ip', 'n', 'p', '{ type nat hook prerouting priority -100; }'),
      argv('host1', 'nft', 'add', 'rule', 'ip', 'n', 'p', 'ip saddr 10.99.I.3 tcp dport 1024-65535 redirect to :1'),
    ),
    rule: 'not-listening',
    at: /^host1$/,
    confidence: 'certain',
    evidence: [/tcp-connect: ECONNREFUSED/],
    cure: /start the server/,
  },
  {
    path: 'spoof',
    yaml: "{backend: ebpf, antiSpoof: ['02:00:00:00:be:ef']}",
    rule: 'anti-spoof',
    confidence: 'certain',
    evidence: [/drop_spoofed \+\d/],
    cure: /every source address/,
  },
  {
    path: 'vlan',
    yaml: "{backend: ebpf, vlan: 'access:10', wireVlan: 'access:20'}",
    rule: 'vlan-mismatch',
    confidence: 'certain',
    evidence: [/\b(drop_vlan|filtered) \+\d/],
    cure: /into the VLANs of the guest/,
  },
  {
    path: 'fdb',
    yaml: `{backend: ebpf, fdbSize: 16, commands: [${[run('host1', 'sysctl -qw net.ipv4.conf.all.arp_notify=1'), run('host1', 'sysctl -qw net.ipv4.conf.all.arp_ignore=1'), ...STATIONS].join(', ')}]}`,
    rule: 'full-fdb',
    at: /^b-fdb$/,
    evidence: [/of 16 addresses, [1-9]\d* evicted/],
    cure: /more addresses/,
  },
  {
    path: 'slow',
    yaml: '{backend: tap, vhost: off}',
    rule: 'vhost-missing',
    at: /^VMM$/,
    confidence: 'certain',
    evidence: [/vhost=false/],
  },
];

const INWARD: readonly Fault[] = [
  {
    path: 'veth',
    yaml: '{backend: ovs, cure: false}',
    rule: 'veth-checksum-offload',
    confidence: 'certain',
    evidence: [/wire, far end .*partial and marked/, /guest .*dropped, (TCP|UDP)_CSUM/],
    cure: /Open vSwitch/,
  },
  {
    path: 'nat',
    yaml: '{backend: user, forward: false}',
    rule: 'nat-without-forwarding',
    confidence: 'certain',
    evidence: [/ECONNREFUSED/],
    cure: /forward the port/,
  },
  {
    path: 'route',
    yaml: tap(run('host1', 'ip route del 10.99.I.0/24 dev w-D')),
    rule: 'no-route',
    at: /^host1$/,
    confidence: 'certain',
    evidence: [/ENETUNREACH/],
    cure: /add a route/,
  },
  {
    path: 'mcast',
    yaml: `{backend: macvtap, commands: [${run('host2', 'ip link set dev m-D allmulticast off')}]}`,
    rule: 'macvtap-multicast',
    at: /^m-mcast$/,
    confidence: 'certain',
    evidence: [/nd: none of/, /allmulticast off/],
    cure: /all multicast/,
  },
];

const TO_HOST2: readonly Fault[] = [
  {
    path: 'mv',
    yaml: '{backend: macvtap, sibling: false}',
    rule: 'macvtap-isolation',
    at: /^m-mv$/,
    confidence: 'certain',
    evidence: [/host2 m-mv is a macvtap/, /host2 10\.99\.\d+\.2\/24 on w-mv/],
    cure: /macvlan beside/,
  },
];

const ALONE: readonly Fault[] = [
  {
    path: 'ping',
    yaml: tap(run('host1', 'sysctl -qw net.ipv4.icmp_echo_ignore_all=1')),
    rule: 'icmp-ignored',
    at: /^host1$/,
    confidence: 'certain',
    evidence: [/icmp_echo_ignore_all = 1/],
    cure: /let it answer/,
  },
];

/** What the faults need of the ladder: a rung that fails is waited for. */
const RUNGS = ['link', 'arp', 'icmp', 'udp-small', 'tcp-connect', 'mtu', 'nd'];

/** Produced by tests of their own, because a lab file cannot: see diagnose-redirect.test.ts. */
const ELSEWHERE = ['redirect-refused'];

describe('hoplab diagnose', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  /** Diagnoses a lab whose paths are the faults, in one direction. */
  async function diagnose(name: string, faults: readonly Fault[], direction: Direction): Promise<Diagnosis> {
    const paths = faults.map(
      ({ path, yaml }, i) => `  ${path}: ${yaml.replaceAll('.I.', `.${i}.`).replaceAll('-D', `-${path}`)}`,
    );
    const file = join(root, `${name}.yaml`);
    await writeFile(file, `guest: {accel: tcg}\npaths:\n${paths.join('\n')}\n`);
    const runs = join(root, name);
    const what = ['--direction', direction, '--rungs', RUNGS.join(','), '--runs', runs];
    const running = startHoplab(['diagnose', file, '--json', ...what]);
    const { code, stdout, stderr } = await running.done;
    assert.equal(code, 3, stderr);
    await assertAllGone(running.mark, 500);
    await assertMachineClean(join(runs, 'diagnoses'));
    return JSON.parse(stdout);
  }

  function judge(diagnosis: Diagnosis, fault: Fault): void {
    const path = diagnosis.paths.find((each) => each.path === fault.path);
    assert.ok(path, `${fault.path} was not looked at`);
    assert.equal(path.failed, null);
    const verdict = path.verdicts.find(({ rule }) => rule === fault.rule);
    assert.ok(verdict, `no ${fault.rule}; ${sayVerdicts(path)}`);
    if (verdict.severity === 'broken') assert.equal(path.verdicts[0]?.rule, fault.rule, sayVerdicts(path));
    if (fault.at !== undefined && fault.at !== null) assert.match(verdict.at ?? '', fault.at);
    if (fault.confidence !== undefined) assert.equal(verdict.confidence, fault.confidence);
    for (const line of fault.evidence)
      assert.ok(
        verdict.evidence.some((each) => line.test(each)),
        `no evidence like ${line}: ${verdict.evidence.join('\n')}`,
      );
    if (fault.cure !== undefined) assert.match(verdict.cures[0]?.what ?? '', fault.cure);
  }

  for (const [name, faults, direction] of [
    ['outward', OUTWARD.slice(0, 7), 'guest-to-host1'],
    ['further', OUTWARD.slice(7), 'guest-to-host1'],
    ['inward', INWARD, 'host1-to-guest'],
    ['to-host2', TO_HOST2, 'guest-to-host2'],
    ['alone', ALONE, 'guest-to-host1'],
  ] as const) {
    describe(direction === 'guest-to-host1' ? `from the guest, ${name}` : direction, () => {
      let diagnosis: Diagnosis;

      before(async () => {
        diagnosis = await diagnose(name, faults, direction);
      });

      for (const fault of faults) it(`names ${fault.rule} for ${fault.path}`, () => judge(diagnosis, fault));

      it('keeps the frames of every path that fails, and nothing of those that pass', async () => {
        const [id = ''] = await readdir(join(root, name, 'diagnoses'));
        const kept = (await readdir(join(root, name, 'diagnoses', id))).filter((file) => file.endsWith('.pcapng'));
        const failing = diagnosis.paths.filter(({ ladders }) =>
          ladders.some(({ rungs }) => rungs.some(({ outcome }) => outcome === 'fail')),
        );
        assert.deepEqual(kept.sort(), failing.map(({ path }) => `${path}-${direction}.pcapng`).sort());
      });
    });
  }

  it('has a fault for every rule', () => {
    const produced = [...OUTWARD, ...INWARD, ...TO_HOST2, ...ALONE].map(({ rule }) => rule);
    assert.deepEqual(rules.map(({ name }) => name).sort(), [...new Set([...produced, ...ELSEWHERE])].sort());
  });
});

function sayVerdicts({ verdicts, ladders }: PathDiagnosis): string {
  const failing = ladders.flatMap(({ rungs }) =>
    rungs.filter(({ outcome }) => outcome === 'fail').map(({ rung }) => rung),
  );
  return `verdicts ${verdicts.map(({ rule, text }) => `${rule}: ${text}`).join(' | ') || '(none)'}; failing ${failing.join(', ')}`;
}
