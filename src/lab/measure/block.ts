// SPDX-License-Identifier: GPL-2.0-only
/** Measures one block: servers, counters, the client, and what they prove. */

import type { ClockRate } from '../../machines/clock-rate.ts';
import type { MachineClock } from '../../machines/machine-clock.ts';
import type { Block, GuestClockError } from '../../model/block.ts';
import type { LoadState } from '../../model/environment.ts';
import type { Measure } from '../../model/measure.ts';
import { GUEST, isHost, type Place } from '../../model/place.ts';
import type { PathPlan, PlannedBlock, Reach } from '../../model/plan.ts';
import type { Samples } from '../../model/samples.ts';
import { probeOf } from '../../probes/index.ts';
import type { BlockOrder } from '../../probes/probe.ts';
import type { ProcessPlacement } from '../../probes/prober/prober-plan.ts';
import { splitResult } from '../../probes/prober/sent-stamps.ts';
import { median } from '../../stats/quantile.ts';
import { sortedCopy } from '../../stats/sorted.ts';
import { pick, selectUsable } from '../../stats/usable.ts';
import { deadlineFactor } from '../../system/deadline.ts';
import { type Counters, proveBlock } from '../live/counters.ts';
import { blockTimeoutMs } from '../plan/real-time.ts';
import type { ProberPlace } from './prober-place.ts';

export interface BlockContext {
  readonly planned: PlannedBlock;
  /** The paths in rotation, in the order of the samples' path index. */
  readonly paths: readonly PathPlan[];
  /** All paths of the lab: those outside the block must stay silent. */
  readonly allPaths: readonly PathPlan[];
  readonly place: (where: Place) => ProberPlace;
  /** CPU and class of a prober in this place. */
  readonly placement: (where: Place, role: 'client' | 'server') => ProcessPlacement;
  readonly readCounters: () => Promise<Counters>;
  /** Of the machine that runs the guests. */
  readonly readLoad: () => Promise<LoadState>;
  /** Starts what watches the block, once both probers are there and before either has sent anything; absent = nothing. */
  readonly watch?: (probers: Probers) => Promise<BlockWatch>;
  /** Of the guests on the paths. */
  readonly guestClocks: ReadonlyMap<Place, MachineClock>;
  readonly signal: AbortSignal;
}

/** Where client and server of a block run, and as which processes there. */
export interface Probers {
  readonly client: { readonly where: Way['client']; readonly pid: number };
  readonly server: { readonly where: Way['server']; readonly pid: number };
}

export interface BlockWatch {
  /** Ends the watching; called once, also after a failure of the block. */
  stop(): Promise<void>;
  /** Takes what the kernel stamped of the client's requests, which is asked for where this is here. */
  keepSent?(stamps: Buffer): Promise<void>;
}

export interface MeasuredBlock {
  readonly block: Block;
  readonly bytes: Buffer;
  /** Paths that left the rotation, or never joined it, and why. */
  readonly lostPaths: readonly { readonly path: string; readonly reason: string }[];
  /** Of the paths that answered. */
  readonly medians: readonly PathMedian[];
}

export interface PathMedian {
  readonly path: string;
  readonly value: number;
  readonly unit: Measure['unit'];
}

/** Throws GUEST_CLOCK where a guest's clock turns out to be wrong, by a reading before and one after the block. */
export async function measureBlock(context: BlockContext): Promise<MeasuredBlock> {
  const { planned, paths, guestClocks, signal } = context;
  const { probe } = planned;
  const ways = paths.map((path) => wayOf(path, probe.direction));
  const first = ways[0];
  if (first === undefined) throw new Error(`block ${planned.id} has no path`);
  for (const clock of guestClocks.values()) await clock.read(signal);
  const kind = probeOf(probe.protocol);
  const order: BlockOrder = {
    ...{ probe, count: planned.count, warmup: planned.warmup, groupSize: planned.groupSize, seed: planned.seed },
    paths: paths.map(({ port }, index) => ({
      port,
      listen: ways[index]?.listen ?? '',
      connect: ways[index]?.connect ?? '',
    })),
  };
  const serving = kind.orders.server({ ...order, placement: context.placement(first.server, 'server') });
  const server = await context.place(first.server).startServer(serving, signal);
  const startedAt = new Date();
  const outcome = await (async () => {
    await using client = await context.place(first.client).holdClient(signal);
    const watch = await context.watch?.({
      client: { where: first.client, pid: client.pid },
      server: { where: first.server, pid: server.pid },
    });
    const [before, loadBefore] = await Promise.all([context.readCounters(), context.readLoad()]);
    const during = { signal, timeoutMs: blockTimeoutMs(planned, paths.length) };
    const text = kind.orders.client({
      ...order,
      placement: context.placement(first.client, 'client'),
      inGuest: !isHost(first.client),
      stampsSent: watch?.keepSent !== undefined,
      patience: deadlineFactor(),
    });
    const result = await client.run(text, during).finally(() => watch?.stop());
    const { samples: bytes, sent } = splitResult(result);
    if (sent !== null) await watch?.keepSent?.(sent);
    const [after, loadAfter] = await Promise.all([context.readCounters(), context.readLoad()]);
    return { bytes, before, after, steal: stealShare(loadBefore, loadAfter) };
  })().catch(async (error: unknown) => {
    // The client's error tells more than the server's. The servers of an interrupted lab end with it.
    if (!signal.aborted) await server.stop().catch(() => undefined);
    throw error;
  });
  const dump = await server.stop();
  const clocks = await checkClocks(guestClocks, signal);
  const decoded = kind.decode({
    name: `${probe.name} of ${paths.map(({ name }) => name).join(', ')}`,
    probe,
    client: outcome.bytes,
    server: dump,
  });
  const block: Block = {
    id: planned.id,
    part: planned.part,
    probe: probe.name,
    paths: paths.map(({ name }) => name),
    draw: planned.draw,
    seed: planned.seed,
    startedAt: startedAt.toISOString(),
    warmupPerPath: planned.warmup,
    groupSize: planned.groupSize,
    client: decoded.client,
    server: decoded.server,
    counts: decoded.counts,
    proofs: proveBlock({
      direction: probe.direction,
      transactions: new Map(paths.map(({ name }, index) => [name, decoded.answered[index] ?? 0])),
      before: outcome.before,
      after: outcome.after,
      paths: context.allPaths,
    }),
    steal: outcome.steal,
    ...clocks,
    ...(planned.trace === undefined ? {} : { trace: planned.trace }),
  };
  const lostPaths = decoded.lost.flatMap(({ index, reason }) => {
    const path = paths[index];
    return path === undefined ? [] : [{ path: path.name, reason }];
  });
  return {
    block,
    bytes: decoded.encode(block),
    lostPaths,
    medians: mediansOf(kind.measure(probe), decoded.samples, paths),
  };
}

function mediansOf(measure: Measure, samples: Samples, paths: readonly PathPlan[]): PathMedian[] {
  const observed = measure.observe(samples);
  return paths.flatMap(({ name }, index) => {
    const usable = sortedCopy(pick(observed.value, selectUsable(observed, index).indices));
    return usable.length === 0 ? [] : [{ path: name, value: median(usable), unit: measure.unit }];
  });
}

type Way = Extract<Reach, { kind: 'reachable' }>;

function wayOf(path: PathPlan, direction: PlannedBlock['probe']['direction']): Way {
  const reach = path.backendPlan.reach[direction];
  if (reach.kind === 'unreachable') throw new Error(`path ${path.name} is not reachable ${direction}`);
  return reach;
}

/** The first guest's error has a key of its own, as in runs of one guest. */
async function checkClocks(
  clocks: BlockContext['guestClocks'],
  signal: AbortSignal,
): Promise<Pick<Block, 'guestClock' | 'guestClocks'>> {
  const errors: [Place, GuestClockError][] = [];
  for (const [place, clock] of clocks) {
    const rate = await clock.check(signal);
    if (rate !== null) errors.push([place, clockErrorOf(rate)]);
  }
  const first = errors.find(([place]) => place === GUEST);
  const further = errors.filter(([place]) => place !== GUEST);
  return {
    ...(first === undefined ? {} : { guestClock: first[1] }),
    ...(further.length === 0 ? {} : { guestClocks: Object.fromEntries(further) }),
  };
}

/** To a tenth of a millionth: three digits more than a reading of 0.3 ms gives in ten minutes. */
function clockErrorOf({ low, high }: ClockRate): GuestClockError {
  const ppm = (rate: number) => Math.round((rate - 1) * 1e7) / 10;
  return { lowPpm: ppm(low), highPpm: ppm(high) };
}

function stealShare(before: LoadState, after: LoadState): number {
  const total = after.totalTicks - before.totalTicks;
  return total > 0 ? (after.stealTicks - before.stealTicks) / total : 0;
}
