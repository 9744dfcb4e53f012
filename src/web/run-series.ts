/** The samples of a run over time, thinned out for a chart without losing an extreme or a loss. Pure. */
import { SAMPLE_FLAGS, type Samples } from '../model/samples.ts';
import type { Block } from '../model/result.ts';
import type { Run } from '../run-store/read-run.ts';

/** Of one path under one probe: columns of equal length, in the order of time. */
export interface PathSeries {
  readonly path: string;
  /** Seconds after the start of the run. */
  readonly atS: readonly number[];
  readonly rttUs: readonly number[];
  /** Seconds at which a transaction was lost, at most as many as are drawn. */
  readonly lostAtS: readonly number[];
  /** All of them, thinned out or not. */
  readonly samples: number;
  readonly lost: number;
}

export interface ProbeSeries {
  readonly probe: string;
  readonly part: Block['part'];
  readonly paths: readonly PathSeries[];
}

export interface RunSeries {
  readonly startedAt: string;
  readonly probes: readonly ProbeSeries[];
  /** Blocks whose samples could not be read. */
  readonly unread: readonly string[];
}

/** A path's points a chart: what a screen has room for. */
const POINTS = 1500;
const MOST_LOST = 500;

interface Gathered {
  readonly atS: number[];
  readonly rttUs: number[];
  readonly lostAtS: number[];
}

export function buildSeries(run: Run): RunSeries {
  const started = Date.parse(run.header.startedAt);
  const gathered = new Map<string, Map<string, Gathered>>();
  const unread: string[] = [];
  for (const block of run.blocks) {
    let samples: Samples;
    try {
      samples = run.samples(block);
    } catch {
      unread.push(block.id); // the report beside the chart says what is wrong with it
      continue;
    }
    const key = JSON.stringify([block.probe, block.part]);
    const paths = gathered.get(key) ?? new Map<string, Gathered>();
    gathered.set(key, paths);
    gather(paths, block, samples, (Date.parse(block.startedAt) - started) / 1000);
  }
  const probes = [...gathered].map(([key, paths]): ProbeSeries => {
    const [probe, part] = JSON.parse(key) as [string, Block['part']];
    return { probe, part, paths: [...paths].map(([path, all]) => thinned(path, all)) };
  });
  return { startedAt: run.header.startedAt, probes, unread };
}

function gather(paths: Map<string, Gathered>, block: Block, samples: Samples, blockAtS: number): void {
  for (const path of block.paths) if (!paths.has(path)) paths.set(path, { atS: [], rttUs: [], lostAtS: [] });
  const into = block.paths.map((path) => paths.get(path));
  for (let i = 0; i < samples.length; i++) {
    const flags = samples.flags[i] ?? 0;
    if ((flags & SAMPLE_FLAGS.warmup) !== 0) continue;
    const target = into[samples.path[i] ?? 0];
    if (target === undefined) continue;
    const atS = blockAtS + Number(samples.schedNs[i] ?? 0n) / 1e9;
    if ((flags & SAMPLE_FLAGS.lost) !== 0) target.lostAtS.push(atS);
    else {
      target.atS.push(atS);
      target.rttUs.push((samples.rttNs[i] ?? 0) / 1000);
    }
  }
}

/** Of every stretch of equal count its lowest, its highest and its first sample, in their order. */
function thinned(path: string, { atS, rttUs, lostAtS }: Gathered): PathSeries {
  const kept = rttUs.length <= POINTS ? null : keptIndices(rttUs, Math.floor(POINTS / 3));
  const take = (column: readonly number[]): number[] => (kept === null ? [...column] : kept.map((i) => column[i] ?? 0)).map(rounded);
  const step = Math.max(1, Math.ceil(lostAtS.length / MOST_LOST));
  return {
    path,
    atS: take(atS),
    rttUs: take(rttUs),
    lostAtS: lostAtS.filter((_, i) => i % step === 0).map(rounded),
    samples: rttUs.length,
    lost: lostAtS.length,
  };
}

function keptIndices(values: readonly number[], stretches: number): number[] {
  const kept: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * values.length) / stretches);
    const to = Math.floor(((stretch + 1) * values.length) / stretches);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if ((values[i] ?? 0) < (values[low] ?? 0)) low = i;
      if ((values[i] ?? 0) > (values[high] ?? 0)) high = i;
    }
    kept.push(...[...new Set([from, low, high])].sort((a, b) => a - b));
  }
  return kept;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
