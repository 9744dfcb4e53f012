// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compares the prober with netperf and sockperf on one veth path: both ends pinned, SCHED_FIFO 10, blocks interleaved
 * in random order, ratios taken within each round. Usage: node prober.js [rounds]
 */
import { bootstrapInterval } from '../src/stats/bootstrap.ts';
import { quantile } from '../src/stats/quantile.ts';
import { createRandom, shuffled } from '../src/stats/random.ts';
import { sortedCopy } from '../src/stats/sorted.ts';
import { run } from '../src/system/exec.ts';
import { startService } from '../src/system/service.ts';
import {
  type Contestant,
  FAR_ADDRESS,
  type Figures,
  LIMITS,
  netperf,
  ownProber,
  sockperf,
} from './prober-contestants.ts';

const SECONDS = 1;
const DURATION_NS = 500_000_000;
const PROTOCOLS = ['tcp_rr', 'udp_rr'] as const;
const BASE = 'hoplab';
const NEAR = `bench-near-${process.pid}`;
const FAR = `bench-far-${process.pid}`;

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
process.once('SIGTERM', () => interruption.abort(new Error('terminated')));
const { signal } = interruption;

async function buildWire(): Promise<void> {
  const commands = [
    `netns add ${NEAR}`,
    `netns add ${FAR}`,
    `link add near netns ${NEAR} type veth peer name far netns ${FAR}`,
    `-n ${NEAR} addr add 198.18.0.1/24 dev near`,
    `-n ${FAR} addr add ${FAR_ADDRESS}/24 dev far`,
    `-n ${NEAR} link set near up`,
    `-n ${FAR} link set far up`,
    // netperf's and sockperf's ends of one host talk over its loopback.
    `-n ${NEAR} link set lo up`,
    `-n ${FAR} link set lo up`,
  ];
  for (const command of commands) await run(['ip', ...command.split(' ')], { signal });
}

/** Also after an interruption, so with a signal of its own. */
async function removeWire(): Promise<void> {
  for (const netns of [NEAR, FAR])
    await run(['ip', 'netns', 'del', netns], { signal: AbortSignal.timeout(5000), allowFailure: true });
}

const within = (netns: string, argv: readonly string[]): string[] => ['ip', 'netns', 'exec', netns, ...argv];

/** Waits until something listens in the far end on the bench's port, TCP or UDP. */
async function awaitPort(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { stdout } = await run(within(FAR, ['ss', '-Htuln', 'sport', '=', ':7000']), { signal });
    if (stdout.trim() !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the server did not listen within 2 s');
}

async function runBlock(contestant: Contestant): Promise<Figures> {
  const { server, client, ready, name } = contestant;
  await using serving = await startService(within(FAR, server.argv), {
    name: `${name} server`,
    signal,
    logFile: null,
    stdin: server.stdin,
    ...(ready === null ? {} : { ready: (line: string) => line === ready }),
  });
  if (ready === null) await awaitPort();
  await using probing = await startService(within(NEAR, client.argv), {
    name: `${name} client`,
    signal,
    logFile: null,
    stdin: client.stdin,
    maxOutputBytes: 256 << 20,
  });
  probing.stdin.end();
  const { code } = await probing.exited;
  signal.throwIfAborted();
  if (code !== 0)
    throw new Error(`${name}: status ${code}: ${probing.lastLines(3).join(' | ')} ${serving.lastLines(3).join(' | ')}`);
  return contestant.parse(probing.output());
}

function contestants(): Contestant[] {
  const own = { durationNs: DURATION_NS, spinning: false, stamps: true };
  return PROTOCOLS.flatMap((protocol) => [
    ownProber({ ...own, name: BASE, protocol }),
    ownProber({ ...own, name: 'hoplab again (A/A)', protocol }),
    ownProber({ ...own, name: 'hoplab without stamps', protocol, stamps: false }),
    netperf(protocol, SECONDS),
    sockperf(protocol, SECONDS),
    // Spinners run in the default class: under SCHED_FIFO they would starve both CPUs.
    ownProber({ ...own, name: 'hoplab spinning', protocol, spinning: true }),
  ]);
}

interface Row {
  readonly ratio: number;
  readonly interval: string;
  readonly range: string;
}

/** The median over rounds of own / other, its bootstrap interval over rounds, and the range. */
function compare(own: readonly number[], other: readonly number[]): Row {
  const ratios = own.map((value, i) => value / (other[i] ?? Number.NaN));
  const sorted = sortedCopy(ratios);
  const interval = bootstrapInterval({
    groups: ratios.length,
    statistic: (rounds) => quantile(sortedCopy(Array.from(rounds, (round) => ratios[round] ?? Number.NaN)), 0.5),
    random: createRandom(1),
  });
  return {
    ratio: quantile(sorted, 0.5),
    interval: `[${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`,
    range: `${quantile(sorted, 0).toFixed(3)} to ${quantile(sorted, 1).toFixed(3)}`,
  };
}

function printTable(results: ReadonlyMap<string, readonly Figures[]>): void {
  const median = (values: readonly number[]): number => quantile(sortedCopy(values), 0.5);
  for (const protocol of PROTOCOLS) {
    const of = (name: string): readonly Figures[] => results.get(`${protocol} ${name}`) ?? [];
    const base = of(BASE);
    console.log(`\n${protocol}, 1 byte; ${base.length} rounds; median over rounds, us`);
    console.log(
      'contestant               n/block      p50     mean   p50 ratio  95 %             range            mean ratio',
    );
    for (const { name } of contestants().filter((contestant) => contestant.protocol === protocol)) {
      const figures = of(name);
      const p50s = figures.map(({ p50Us }) => p50Us);
      const means = figures.map(({ meanUs }) => meanUs);
      const spinning = name === 'hoplab spinning';
      const [top, bottom] = spinning ? [p50s, base.map(({ p50Us }) => p50Us)] : [base.map(({ p50Us }) => p50Us), p50s];
      const row = compare(top, bottom);
      const meanRatio = median(base.map(({ meanUs }, i) => meanUs / (means[i] ?? Number.NaN)));
      console.log(
        [
          name.padEnd(24),
          String(Math.round(median(figures.map(({ transactions }) => transactions)))).padStart(7),
          median(p50s).toFixed(2).padStart(8),
          median(means).toFixed(2).padStart(8),
          (name === BASE ? '' : row.ratio.toFixed(3)).padStart(11),
          (name === BASE ? '' : row.interval).padStart(16),
          (name === BASE ? '' : row.range).padStart(16),
          (name === BASE || spinning ? '' : meanRatio.toFixed(3)).padStart(11),
          spinning ? '  spinning / blocking' : `  ${LIMITS[name] ?? ''}`,
        ]
          .join(' ')
          .trimEnd(),
      );
    }
  }
  console.log(
    '\nratio = hoplab / contestant within each round. Goals: at most 1.05 to netperf and sockperf, 0.40 when spinning.',
  );
}

const rounds = Number(process.argv[2] ?? 12);
if (!Number.isInteger(rounds) || rounds < 2) throw new Error('usage: node prober.js [rounds], at least 2');
const random = createRandom(process.pid);
const results = new Map<string, Figures[]>();
try {
  await buildWire();
  for (let round = 0; round < rounds; round++) {
    for (const contestant of shuffled(contestants(), random)) {
      const key = `${contestant.protocol} ${contestant.name}`;
      results.set(key, [...(results.get(key) ?? []), await runBlock(contestant)]);
    }
  }
  printTable(results);
} catch (error) {
  if (!signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await removeWire();
}
