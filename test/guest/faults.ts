// SPDX-License-Identifier: GPL-2.0-only
/** The fault of every rule of the diagnosis, as a path of a lab file that has it, and what its verdict must say. */

import type { Rung } from '../../src/model/ladder.ts';
import type { Direction } from '../../src/model/place.ts';

export interface Fault {
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
    cure: /keep bridged frames out of the rules for IP/,
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
  {
    path: 'mac',
    yaml: `{backend: macvtap, commands: [${run('host2', 'ip link set dev m-D address 02:68:6c:00:00:77')}]}`,
    rule: 'macvtap-mac',
    at: /^m-mac$/,
    confidence: 'certain',
    evidence: [/host2 m-mac: link\/ether 02:68:6c:00:00:77/, /guest .*: link\/ether 02:68:6c:/],
    cure: /the MAC of the guest/,
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
export const RUNGS: readonly Rung[] = ['link', 'arp', 'icmp', 'udp-small', 'tcp-connect', 'mtu', 'nd'];

export const FAULT_LABS: readonly (readonly [string, readonly Fault[], Direction])[] = [
  ['outward', OUTWARD.slice(0, 7), 'guest-to-host1'],
  ['further', OUTWARD.slice(7), 'guest-to-host1'],
  ['inward', INWARD, 'host1-to-guest'],
  ['to-host2', TO_HOST2, 'guest-to-host2'],
  ['alone', ALONE, 'guest-to-host1'],
];

/** A lab file whose paths are the faults. */
export function faultLab(faults: readonly Fault[]): string {
  const paths = faults.map(
    ({ path, yaml }, i) => `  ${path}: ${yaml.replaceAll('.I.', `.${i}.`).replaceAll('-D', `-${path}`)}`,
  );
  return `guest: {accel: tcg}\npaths:\n${paths.join('\n')}\n`;
}
