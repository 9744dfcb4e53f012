// SPDX-License-Identifier: GPL-2.0-only
/** What a bridge adds to the latency of a direct wire: the prober rotates over all of them, a wire each. */

import { GROUP_SIZE } from '../../src/lab/plan/schedule.ts';
import type { DrawRatio, LatencyLevels } from '../../src/model/result.ts';
import type { Samples } from '../../src/model/samples.ts';
import { parseClientHeader } from '../../src/probes/prober/prober-header.ts';
import { clientPlanText, type ProcessPlacement, serverPlanText } from '../../src/probes/prober/prober-plan.ts';
import { decodeSamplesFile } from '../../src/probes/prober/samples-file.ts';
import { roundTrip } from '../../src/probes/rr/round-trip.ts';
import { drawEffect } from '../../src/stats/draw-effect.ts';
import type { Random } from '../../src/stats/random.ts';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { startService } from '../../src/system/service.ts';
import type { BenchContext } from './bench-process.ts';
import { BOUNDED } from './bounded.ts';
import { BridgeLab, type Join, type WireSpec } from './bridge-lab.ts';
import { renderGoals } from './goal-table.ts';
import { median } from './numbers.ts';
import { meanOverRounds, type OverRounds, renderColumns, show } from './ratios.ts';

const PRIORITY = 10;
const PORT = 7000;
const WARM_UP = 200;
const PROTOCOLS = ['tcp_rr', 'udp_rr'] as const;
type RoundTrip = (typeof PROTOCOLS)[number];

/** The first is what the others are compared to. */
const CONTESTANTS: readonly (WireSpec & { readonly title: string })[] = [
  { name: 'direct', join: 'direct', title: 'direct veth' },
  { name: 'again', join: 'direct', title: 'direct veth again (A/A)' },
  { name: 'bridge', join: 'bridge', title: 'Linux bridge' },
  { name: 'ovs', join: 'ovs', title: 'Open vSwitch netdev' },
  { name: 'tc', join: 'tc', title: 'hopbridge tc' },
  { name: 'native', join: 'native', title: 'hopbridge native' },
];

export interface LatencyOptions {
  readonly rounds: number;
  readonly transactions: number;
  readonly clientCpu: number;
  readonly serverCpu: number;
  readonly random: Random;
  readonly without: readonly Join[];
}

export async function benchLatency(context: BenchContext, options: LatencyOptions): Promise<void> {
  const { signal, folder, print } = context;
  const { rounds, serverCpu } = options;
  const wires = CONTESTANTS.filter(({ join }) => !options.without.includes(join));
  await using lab = await BridgeLab.open({
    ...{ wires, fdbSize: 4096, xdpFrames: false, cpu: serverCpu, priority: PRIORITY + 1, folder, signal },
  });
  await lab.join();
  for (const [i, { name }] of wires.entries())
    for (const [netns, device, host] of [
      [lab.src, `s-${name}`, 1],
      [lab.dst, `d-${name}`, 2],
    ] as const)
      await run(['ip', '-n', netns, 'address', 'add', `198.18.${i}.${host}/24`, 'dev', device], { signal });
  const measured = new Map<RoundTrip, Samples[]>(PROTOCOLS.map((protocol) => [protocol, []]));
  const granted = new Set<string>();
  for (let round = 0; round < rounds; round++)
    for (const protocol of PROTOCOLS) {
      const { samples, fifo } = await measure({ lab, wires: wires.length, protocol, options, signal });
      measured.get(protocol)?.push(samples);
      granted.add(fifo ? `SCHED_FIFO ${PRIORITY}` : 'SCHED_FIFO refused: best effort');
    }
  print(title(options, wires.length, [...granted].join(', ')));
  for (const [protocol, blocks] of measured) print(report(protocol, blocks, wires));
}

interface Block {
  readonly lab: BridgeLab;
  readonly wires: number;
  readonly protocol: RoundTrip;
  readonly options: LatencyOptions;
  readonly signal: AbortSignal;
}

/** One new server and one new client that rotates over all wires. */
async function measure({ lab, wires, protocol, options, signal }: Block): Promise<{ samples: Samples; fifo: boolean }> {
  const indices = Array.from({ length: wires }, (_, index) => index);
  const common = { requestBytes: 1, responseBytes: 1, wait: 'block' } as const;
  const at = (cpu: number): ProcessPlacement => ({ cpu, fifo: PRIORITY, lockMemory: true, forceSpin: false });
  const prober = (netns: string, role: string) => [
    'ip',
    'netns',
    'exec',
    netns,
    ...BOUNDED,
    nativeBinary('prober'),
    role,
  ];
  await using server = await startService(prober(lab.dst, 'server'), {
    name: 'server',
    signal,
    logFile: null,
    stdin: serverPlanText({
      ...common,
      listeners: indices.map((index) => ({ index, protocol, address: `198.18.${index}.2`, port: PORT, device: null })),
      records: null,
      placement: at(options.serverCpu),
    }),
    ready: (line) => line === 'ready',
  });
  await using client = await startService(prober(lab.src, 'client'), {
    name: 'client',
    signal,
    logFile: null,
    stdin: clientPlanText({
      ...common,
      protocol,
      paths: indices.map((index) => ({ index, address: `198.18.${index}.2`, port: PORT, local: null, device: null })),
      ...{ count: options.transactions, durationNs: null, warmup: WARM_UP, paceNs: 0, groupSize: GROUP_SIZE },
      seed: options.random.below(2 ** 31),
      ...{ timeoutNs: null, connectTimeoutNs: null, spinNs: null, lateNs: null, stamps: false },
      placement: at(options.clientCpu),
    }),
    maxOutputBytes: 256 << 20,
  });
  client.stdin.end();
  const { code } = await client.exited;
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${protocol}: ${client.lastLines(2).join(' | ')} ${server.lastLines(2).join(' | ')}`);
  const { header, samples } = decodeSamplesFile(client.output(), protocol);
  return { samples, fifo: parseClientHeader(header, protocol).granted.scheduling.startsWith('fifo') };
}

function title({ rounds, transactions, clientCpu, serverCpu }: LatencyOptions, wires: number, fifo: string): string {
  return [
    '\nRound trips of 1 byte from src to dst beside those over the direct veth',
    `  ${rounds} rounds, each with a new client and server: ${transactions} transactions a wire after ${WARM_UP}, at random over K = ${wires} wires`,
    `  client on CPU ${clientCpu}, server on CPU ${serverCpu} (${fifo}), Open vSwitch on CPU ${serverCpu} one priority higher; veths as they come, no GRO`,
    '  added: Hodges-Lehmann of the paired groups of 50, mean over rounds with its 95 % interval',
  ].join('\n');
}

function report(protocol: RoundTrip, blocks: readonly Samples[], wires: typeof CONTESTANTS): string {
  const index = (name: string) => wires.findIndex((wire) => wire.name === name);
  const against = (candidate: number, reference: number) =>
    blocks.map((samples, round) => effect({ samples, candidate, reference, round }));
  const rows = wires.map(({ name, title: what }, candidate) => {
    if (candidate === 0)
      return [what, median(against(1, 0).map(({ referenceP50Ns }) => referenceP50Ns / 1000)).toFixed(1), ''];
    const effects = against(candidate, 0);
    const level = median(effects.map(({ candidateP50Ns }) => candidateP50Ns / 1000)).toFixed(1);
    return [what, level, show(added(effects), 2, true), name === 'again' ? 'holds 0 if the method is right' : ''];
  });
  const goals = ['tc', 'native'].map((name) => {
    const less = added(against(index(name), index('bridge')));
    return {
      what: `hopbridge ${name} less the Linux bridge`,
      measured: `${show(less, 2, true)} us`,
      goal: 'below 0',
      met: less.high < 0,
    };
  });
  return `${renderColumns([[protocol, 'p50, us', 'added, us'], ...rows])}\n${renderGoals(`goals, ${protocol}`, goals)}`;
}

interface Pair {
  readonly samples: Samples;
  readonly candidate: number;
  readonly reference: number;
  readonly round: number;
}

function effect({ samples, candidate, reference, round }: Pair): DrawRatio & LatencyLevels {
  const key = { draw: round, guest: 0, reversed: false };
  const outcome = drawEffect({ measure: roundTrip, samples, candidate, reference, groupSize: GROUP_SIZE, key });
  if (outcome.kind !== 'effect') throw new Error(outcome.reason);
  if (outcome.lost > 0) throw new Error(`round ${round}: ${outcome.lost} transactions were lost`);
  return outcome.effect;
}

/** In us of the reference's p50 of the same round. */
function added(effects: readonly (DrawRatio & LatencyLevels)[]): OverRounds {
  return meanOverRounds(effects.map(({ logRatio, referenceP50Ns }) => (Math.expm1(logRatio) * referenceP50Ns) / 1000));
}
