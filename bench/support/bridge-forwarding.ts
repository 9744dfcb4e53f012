// SPDX-License-Identifier: GPL-2.0-only
/** Small frames forwarded on one core: packets a second, CPU time a packet, and what a full FDB changes. */
import { type Random, shuffled } from '../../src/stats/random.ts';
import type { BenchContext } from './bench-process.ts';
import { BridgeLab, type Join, netnsPath, type WireSpec } from './bridge-lab.ts';
import { type GoalRow, renderGoals } from './goal-table.ts';
import { type FrameKind, Injector, type Sent } from './injector.ts';
import { median } from './numbers.ts';
import { differenceOverRounds, ratioOverRounds, renderColumns, show } from './ratios.ts';

/** SCHED_FIFO: Open vSwitch above the injector, so that a batch has passed before the next one comes. */
const PRIORITY = 10;
const FEW = 64;
const MANY = 65_536;
/** For all: with room left, since an LRU table evicts before it is full. */
const FDB_SIZE = 131_072;
/** Before every run, so that tables and caches are those of a bridge at work. */
const WARM_UP_MS = 100;

interface Contestant extends WireSpec {
  readonly title: string;
  readonly addresses: number;
}

const CONTESTANTS: readonly Contestant[] = [
  { name: 'direct', join: 'direct', title: 'direct veth', addresses: FEW },
  { name: 'bridge', join: 'bridge', title: 'Linux bridge', addresses: FEW },
  { name: 'bridge-64k', join: 'bridge', title: 'Linux bridge, FDB of 65,536', addresses: MANY },
  { name: 'ovs', join: 'ovs', title: 'Open vSwitch netdev', addresses: FEW },
  { name: 'tc', join: 'tc', title: 'hopbridge tc', addresses: FEW },
  { name: 'native', join: 'native', title: 'hopbridge native', addresses: FEW },
  { name: 'native-64k', join: 'native', title: 'hopbridge native, FDB of 65,536', addresses: MANY },
];

export interface ForwardingOptions {
  readonly kind: FrameKind;
  readonly rounds: number;
  readonly ms: number;
  readonly cpu: number;
  readonly random: Random;
  readonly without: readonly Join[];
}

interface Measured {
  readonly perSecond: number[];
  readonly cpuNs: number[];
  sent: number;
  lost: number;
}

export async function benchForwarding(context: BenchContext, options: ForwardingOptions): Promise<void> {
  const { signal, folder, print } = context;
  const { kind, rounds, ms, cpu, random } = options;
  const wires = CONTESTANTS.filter(
    ({ join, addresses }) => !options.without.includes(join) && (kind === 'xdp' || addresses === FEW),
  );
  const measured = new Map(wires.map(({ name }): [string, Measured] => [name, emptyMeasured()]));
  await using injector = await Injector.open({ kind, cpu, priority: PRIORITY, signal });
  await using lab = await BridgeLab.open({
    ...{ wires, fdbSize: FDB_SIZE, xdpFrames: kind === 'xdp', cpu, priority: PRIORITY + 1, folder, signal },
  });
  const end = (netns: string, device: string) => ({ netns: netnsPath(netns), device });
  for (const { name } of wires) await injector.addWire(name, end(lab.src, `s-${name}`), end(lab.dst, `d-${name}`));
  await lab.join();
  if (lab.ovsPid !== null) await injector.account('ovs', lab.ovsPid);
  for (const { name, join, addresses } of wires) if (join !== 'direct') await injector.learn(name, addresses);
  for (let round = 0; round < rounds; round++)
    for (const { name, addresses } of shuffled(wires, random)) {
      await injector.sendFor(name, addresses, WARM_UP_MS);
      record(measured.get(name), await injector.sendFor(name, addresses, ms));
    }
  print(title({ ...options, fifo: injector.fifo }));
  print(table(wires, measured));
  print(renderGoals(`goals, ${kind}`, goals(measured)));
}

function emptyMeasured(): Measured {
  return { perSecond: [], cpuNs: [], sent: 0, lost: 0 };
}

function record(measured: Measured | undefined, sent: Sent): void {
  if (measured === undefined || sent.timedNs === 0) throw new Error(`too few frames passed: ${JSON.stringify(sent)}`);
  measured.perSecond.push((sent.timedFrames * 1e9) / sent.timedNs);
  measured.cpuNs.push((sent.ownNs + sent.otherNs + sent.softirqdNs) / sent.arrived);
  measured.sent += sent.sent;
  measured.lost += sent.sent - sent.arrived;
}

const ORIGINS: Readonly<Record<FrameKind, readonly string[]>> = {
  xdp: [
    'that come as XDP frames, as from a tap or a NIC',
    'injector: live XDP frames of BPF_PROG_TEST_RUN in batches of 32; sink: an XDP program that counts and drops',
    'ports of all but hopbridge native have GRO on, without which a veth takes no XDP frame',
  ],
  skb: [
    'that come as sk_buffs, as from a stack',
    'injector: a packet socket, past the qdisc, one frame at a time; sink: a tc program that counts and drops',
    'veths as they come, no GRO; the far ends of hopbridge native carry the program that it puts there',
  ],
};

function title({ kind, rounds, ms, cpu, fifo }: ForwardingOptions & { readonly fifo: boolean }): string {
  const [origin, ...parts] = ORIGINS[kind];
  return [
    `\nUDP frames of 64 B (with FCS) ${origin}: forwarded on one core, from src through mid to dst`,
    `  ${rounds} rounds of ${ms} ms a contestant after ${WARM_UP_MS} ms, in random order; all are alive at once on wires of their own`,
    ...parts.map((part) => `  ${part}`),
    `  CPU ${cpu} does it all, injector${fifo ? ` (SCHED_FIFO ${PRIORITY})` : ' (SCHED_FIFO refused: best effort)'}, forwarding and sink; Open vSwitch is there one priority higher`,
    `  destinations: ${FEW} learned addresses in scattered order, unless told; tables with room for ${FDB_SIZE}`,
    '  packets/s: between stamps of the sink; CPU: thread clocks of the injector with its softirqs, ovs-vswitchd and',
    "  ksoftirqd, steal excluded, a run's set-up included (0.4 ms). Intervals: 95 % over rounds\n",
  ].join('\n');
}

function table(wires: readonly Contestant[], measured: ReadonlyMap<string, Measured>): string {
  const of = (name: string) => measured.get(name) ?? emptyMeasured();
  const direct = of('direct');
  const bridge = of('bridge');
  return renderColumns([
    ['', 'packets/s', 'x Linux bridge', 'CPU ns/packet', 'of it forwarding, ns', 'x Linux bridge', 'lost'],
    ...wires.map(({ name, title: what }) => {
      const own = of(name);
      const added = own.cpuNs.map((ns, round) => ns - (direct.cpuNs[round] ?? Number.NaN));
      const bridgeAdded = bridge.cpuNs.map((ns, round) => ns - (direct.cpuNs[round] ?? Number.NaN));
      const forwards = name !== 'direct';
      const compared = name !== 'bridge';
      return [
        what,
        `${Math.round(median(own.perSecond) / 1000).toLocaleString('en')} k`,
        compared ? show(ratioOverRounds(own.perSecond, bridge.perSecond), 2) : '1',
        median(own.cpuNs).toFixed(0),
        forwards ? show(differenceOverRounds(own.cpuNs, direct.cpuNs), 0) : '',
        forwards && compared ? show(ratioOverRounds(added, bridgeAdded), 2) : forwards ? '1' : '',
        `${own.lost.toLocaleString('en')} of ${Math.round(own.sent / 1000).toLocaleString('en')} k`,
      ];
    }),
  ]);
}

function goals(measured: ReadonlyMap<string, Measured>): GoalRow[] {
  const perSecond = (name: string) => measured.get(name)?.perSecond ?? [];
  return [
    ...['tc', 'native'].map((name) => {
      const faster = ratioOverRounds(perSecond(name), perSecond('bridge'));
      return {
        what: `hopbridge ${name} over Linux bridge, packets/s`,
        measured: show(faster, 2),
        goal: 'at least 2 x',
        met: faster.value >= 2,
      };
    }),
    ...(measured.has('native-64k') ? fdbGoals(perSecond) : []),
  ];
}

function fdbGoals(perSecond: (name: string) => readonly number[]): GoalRow[] {
  const full = ratioOverRounds(perSecond('native-64k'), perSecond('native'));
  const bridgeFull = ratioOverRounds(perSecond('bridge-64k'), perSecond('bridge'));
  return [
    {
      what: `hopbridge native, FDB of ${MANY} over ${FEW} addresses, packets/s`,
      measured: show(full, 3),
      goal: 'the same: at least 0.95 x',
      met: full.value >= 0.95,
    },
    { what: '  the same of the Linux bridge', measured: show(bridgeFull, 3), goal: '', met: null },
  ];
}
