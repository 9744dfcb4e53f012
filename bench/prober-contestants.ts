// SPDX-License-Identifier: GPL-2.0-only
/** The probers that the bench compares: how each is started on the two ends, and how its figures are read. */
import type { Protocol } from '../src/model/probe-spec.ts';
import { SAMPLE_FLAGS } from '../src/model/samples.ts';
import { clientPlanText, type ProcessPlacement, serverPlanText } from '../src/probes/prober/prober-plan.ts';
import { decodeSamplesFile } from '../src/probes/prober/samples-file.ts';
import { quantile } from '../src/stats/quantile.ts';
import { sortedCopy } from '../src/stats/sorted.ts';
import { nativeBinary } from '../src/system/paths.ts';
import { BOUNDED } from './support/bounded.ts';

export const FAR_ADDRESS = '198.18.0.2';
const PORT = 7000;
const PRIORITY = 10;
export const NEAR_CPU = 0;
export const FAR_CPU = 1;

export interface Figures {
  readonly p50Us: number;
  readonly meanUs: number;
  readonly transactions: number;
}

export interface Side {
  readonly argv: readonly string[];
  readonly stdin: string;
}

export interface Contestant {
  readonly name: string;
  readonly protocol: Protocol;
  readonly server: Side;
  /** The line that says the server listens; null = it says nothing, wait for its port. */
  readonly ready: string | null;
  readonly client: Side;
  parse(stdout: Buffer): Figures;
}

/** What limits the comparison, printed beside the ratio. */
export const LIMITS: Readonly<Record<string, string>> = {
  netperf: 'netperf times in whole us',
  sockperf: '14 bytes, its least',
};

const pinned = (cpu: number): string[] => [...BOUNDED, 'taskset', '-c', String(cpu), 'chrt', '-f', String(PRIORITY)];

function ownPlacement(cpu: number, spinning: boolean): ProcessPlacement {
  return { cpu, fifo: spinning ? null : PRIORITY, lockMemory: true, forceSpin: false };
}

export interface OwnOptions {
  readonly name: string;
  readonly protocol: Protocol;
  readonly durationNs: number;
  readonly spinning: boolean;
  readonly stamps: boolean;
}

export function ownProber({ name, protocol, durationNs, spinning, stamps }: OwnOptions): Contestant {
  const binary = nativeBinary('prober');
  const common = { requestBytes: 1, responseBytes: 1, wait: spinning ? 'spin' : 'block' } as const;
  const serverText = serverPlanText({
    ...common,
    listeners: [{ index: 0, protocol, address: FAR_ADDRESS, port: PORT, device: null }],
    records: null,
    placement: ownPlacement(FAR_CPU, spinning),
  });
  const clientText = clientPlanText({
    ...common,
    protocol,
    paths: [{ index: 0, address: FAR_ADDRESS, port: PORT, local: null, device: null }],
    count: null,
    durationNs,
    warmup: 200,
    paceNs: 0,
    groupSize: 50,
    seed: 1,
    timeoutNs: null,
    connectTimeoutNs: null,
    spinNs: null,
    lateNs: null,
    stamps,
    placement: ownPlacement(NEAR_CPU, spinning),
  });
  return {
    name,
    protocol,
    server: { argv: [...BOUNDED, binary, 'server'], stdin: serverText },
    ready: 'ready',
    client: { argv: [...BOUNDED, binary, 'client'], stdin: clientText },
    parse: (stdout) => {
      const { samples } = decodeSamplesFile(stdout, name);
      const used = samples.rttNs.filter(
        (_, i) => ((samples.flags[i] ?? 0) & (SAMPLE_FLAGS.warmup | SAMPLE_FLAGS.lost)) === 0,
      );
      return {
        p50Us: quantile(sortedCopy(used), 0.5) / 1000,
        meanUs: used.reduce((sum, ns) => sum + ns, 0) / used.length / 1000,
        transactions: used.length,
      };
    },
  };
}

export function netperf(protocol: 'tcp_rr' | 'udp_rr', seconds: number): Contestant {
  return {
    name: 'netperf',
    protocol,
    server: { argv: [...pinned(FAR_CPU), 'netserver', '-D', '-4', '-L', FAR_ADDRESS, '-p', String(PORT)], stdin: '' },
    ready: null,
    client: {
      argv: [
        ...[...pinned(NEAR_CPU), 'netperf', '-4', '-H', FAR_ADDRESS, '-p', String(PORT), '-P', '0'],
        ...['-t', protocol.toUpperCase(), '-l', String(seconds), '--', '-r', '1,1'],
        ...['-O', 'p50_latency,mean_latency,transaction_rate'],
      ],
      stdin: '',
    },
    parse: (stdout) => {
      const [p50Us, meanUs, rate] = stdout.toString().trim().split(/\s+/).map(Number);
      if (p50Us === undefined || meanUs === undefined || !rate) throw new Error(`netperf said ${stdout}`);
      return { p50Us, meanUs, transactions: Math.round(rate * seconds) };
    },
  };
}

export function sockperf(protocol: 'tcp_rr' | 'udp_rr', seconds: number): Contestant {
  const tcp = protocol === 'tcp_rr' ? ['--tcp'] : [];
  const common = ['-i', FAR_ADDRESS, '-p', String(PORT), ...tcp];
  return {
    name: 'sockperf',
    protocol,
    server: { argv: [...pinned(FAR_CPU), 'sockperf', 'server', ...common], stdin: '' },
    ready: null,
    client: {
      argv: [...pinned(NEAR_CPU), 'sockperf', 'ping-pong', ...common, '-t', String(seconds), '-m', '14', '--full-rtt'],
      stdin: '',
    },
    parse: (stdout) => {
      const text = stdout.toString();
      const number = (pattern: RegExp): number => {
        const found = pattern.exec(text)?.[1];
        if (found === undefined) throw new Error(`sockperf said ${text}`);
        return Number(found);
      };
      return {
        p50Us: number(/percentile 50\.000 =\s*([\d.]+)/),
        meanUs: number(/avg-rtt=([\d.]+)/),
        transactions: number(/Total (\d+) observations/),
      };
    },
  };
}
