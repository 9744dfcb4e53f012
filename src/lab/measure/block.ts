/** Measures one block: servers, counters, the client, and what they prove. */
import type { ClockRate } from '../../guest/clock-rate.ts';
import type { GuestClock } from '../../guest/guest-clock.ts';
import type { PathPlan, PlannedBlock, Reach } from '../../model/plan.ts';
import type { Block, GuestClockError } from '../../model/result.ts';
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import { type ClientHeader, parseClientHeader, parseServerHeader } from '../../probe/prober-header.ts';
import { clientPlanText, type ProcessPlacement, serverPlanText } from '../../probe/prober-plan.ts';
import { decodeSamplesFile, encodeSamplesFile } from '../../probe/samples-file.ts';
import { splitResult } from '../../probe/sent-stamps.ts';
import { decodeServerDump, mergeServerTimes } from '../../probe/server-times.ts';
import { readLoad } from '../../system/facts.ts';
import { type Counters, proveBlock } from '../live/counters.ts';
import { GROUP_SIZE } from '../plan/schedule.ts';
import type { ProberPlace } from './prober-place.ts';

/** Upper bound of a transaction's time in a sane block, beside its pace: a slow emulated guest under load. */
const TRANSACTION_LIMIT_NS = 20e6;
const BLOCK_SLACK_MS = 30_000;

export interface BlockContext {
  readonly planned: PlannedBlock;
  /** The paths in rotation, in the order of the samples' path index. */
  readonly paths: readonly PathPlan[];
  /** All paths of the lab: those outside the block must stay silent. */
  readonly allPaths: readonly PathPlan[];
  readonly place: (where: 'host1' | 'host2' | 'guest') => ProberPlace;
  /** CPU and class of a prober in this place. */
  readonly placement: (where: 'host1' | 'host2' | 'guest', role: 'client' | 'server') => ProcessPlacement;
  readonly readCounters: () => Promise<Counters>;
  /** Starts what watches the block, once both probers are there and before either has sent anything; absent = nothing. */
  readonly watch?: (probers: Probers) => Promise<BlockWatch>;
  /** The guest's, where one is on the paths; absent = not watched. */
  readonly guestClock?: GuestClock;
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
}

/** Throws GUEST_CLOCK where the guest's clock turns out to be wrong, by a reading before and one after the block. */
export async function measureBlock(context: BlockContext): Promise<MeasuredBlock> {
  const { planned, paths, guestClock, signal } = context;
  const { probe } = planned;
  const ways = paths.map((path) => wayOf(path, probe.direction));
  const first = ways[0];
  if (first === undefined) throw new Error(`block ${planned.id} has no path`);
  await guestClock?.read(signal);
  const server = await context.place(first.server).startServer(serverText(context, ways, first.server), signal);
  const startedAt = new Date();
  const outcome = await (async () => {
    await using client = await context.place(first.client).holdClient(signal);
    const watch = await context.watch?.({
      client: { where: first.client, pid: client.pid },
      server: { where: first.server, pid: server.pid },
    });
    const before = await context.readCounters();
    const loadBefore = await readLoad();
    const during = { signal, timeoutMs: blockTimeoutMs(planned, paths.length) };
    const text = clientText(context, ways, first.client, watch?.keepSent !== undefined);
    const result = await client.run(text, during).finally(() => watch?.stop());
    const { samples: bytes, sent } = splitResult(result);
    if (sent !== null) await watch?.keepSent?.(sent);
    const loadAfter = await readLoad();
    return { bytes, before, after: await context.readCounters(), steal: stealShare(loadBefore, loadAfter) };
  })().catch(async (error: unknown) => {
    // The client's error is the one that tells; an interrupted lab ends its servers by ending itself.
    if (!signal.aborted) await server.stop().catch(() => undefined);
    throw error;
  });
  const dump = decodeServerDump(await server.stop(), `${planned.id}: the server's dump`);
  const rate = await guestClock?.check(signal);
  const { header, samples: raw } = decodeSamplesFile(outcome.bytes, planned.id);
  const client = parseClientHeader(header, planned.id);
  const { protocol, requestBytes } = probe;
  const samples = mergeServerTimes(raw, dump.times, { protocol, requestBytes, connection: null });
  const { badResponses: _, ...counts } = client.counts;
  const block: Block = {
    id: planned.id,
    part: planned.part,
    probe: probe.name,
    paths: paths.map(({ name }) => name),
    draw: planned.draw,
    seed: planned.seed,
    startedAt: startedAt.toISOString(),
    warmupPerPath: planned.warmup,
    groupSize: GROUP_SIZE,
    client: client.granted,
    server: parseServerHeader(dump.header, planned.id).granted,
    counts,
    proofs: proveBlock({
      direction: probe.direction,
      transactions: transactionsOf(samples, paths),
      before: outcome.before,
      after: outcome.after,
      paths: context.allPaths,
    }),
    steal: outcome.steal,
    ...(rate === undefined || rate === null ? {} : { guestClock: clockErrorOf(rate) }),
    ...(planned.trace === undefined ? {} : { trace: planned.trace }),
  };
  return { block, bytes: encodeSamplesFile(samples, { ...client, block }), lostPaths: lostPaths(client, paths) };
}

type Way = Extract<Reach, { kind: 'reachable' }>;

function wayOf(path: PathPlan, direction: PlannedBlock['probe']['direction']): Way {
  const reach = path.backendPlan.reach[direction];
  if (reach.kind === 'unreachable') throw new Error(`path ${path.name} is not reachable ${direction}`);
  return reach;
}

function serverText(context: BlockContext, ways: readonly Way[], where: Way['server']): string {
  const { probe, count, warmup } = context.planned;
  return serverPlanText({
    listeners: context.paths.map(({ port }, index) => ({
      index,
      protocol: probe.protocol,
      address: ways[index]?.listen ?? '',
      port,
      device: null,
    })),
    requestBytes: probe.requestBytes,
    responseBytes: probe.responseBytes,
    records: count === 0 ? null : count + warmup + GROUP_SIZE,
    wait: probe.wait,
    placement: context.placement(where, 'server'),
  });
}

function clientText(context: BlockContext, ways: readonly Way[], where: Way['client'], sent: boolean): string {
  const { planned, paths } = context;
  const { probe } = planned;
  return clientPlanText({
    protocol: probe.protocol,
    paths: paths.map(({ port }, index) => ({
      index,
      address: ways[index]?.connect ?? '',
      port,
      local: null,
      device: null,
    })),
    requestBytes: probe.requestBytes,
    responseBytes: probe.responseBytes,
    count: planned.count,
    durationNs: probe.durationNs,
    warmup: planned.warmup,
    paceNs: probe.paceNs,
    groupSize: GROUP_SIZE,
    seed: planned.seed,
    timeoutNs: null,
    connectTimeoutNs: null,
    wait: probe.wait,
    // A guest's timers are late by more than it could spin away.
    spinNs: where === 'guest' ? 0 : null,
    lateNs: where === 'guest' ? GUEST_LATE_NS : null,
    stamps: sent ? 'sent' : true,
    placement: context.placement(where, 'client'),
  });
}

/** A guest's timer fires late by 0.2 to 2.3 ms at the median: only what is beyond is remarkable. */
const GUEST_LATE_NS = 5_000_000;

function blockTimeoutMs({ count, warmup, probe }: PlannedBlock, paths: number): number {
  const transactions = (count + warmup) * paths;
  return Math.ceil((transactions * (probe.paceNs + TRANSACTION_LIMIT_NS)) / 1e6) + BLOCK_SLACK_MS;
}

/** Transactions that were answered, warm-up included: what the counters must show. */
function transactionsOf(samples: Samples, paths: readonly PathPlan[]): Map<string, number> {
  const answered = paths.map(() => 0);
  for (let i = 0; i < samples.length; i++) {
    const path = samples.path[i] ?? 0;
    if (((samples.flags[i] ?? 0) & SAMPLE_FLAGS.lost) === 0) answered[path] = (answered[path] ?? 0) + 1;
  }
  return new Map(paths.map(({ name }, index) => [name, answered[index] ?? 0]));
}

/** To a tenth of a millionth: three digits more than a reading of 0.3 ms gives in ten minutes. */
function clockErrorOf({ low, high }: ClockRate): GuestClockError {
  const ppm = (rate: number) => Math.round((rate - 1) * 1e7) / 10;
  return { lowPpm: ppm(low), highPpm: ppm(high) };
}

function lostPaths(client: ClientHeader, paths: readonly PathPlan[]): { path: string; reason: string }[] {
  return client.paths.flatMap(({ index, error }) => {
    const path = paths[index];
    return error === null || path === undefined ? [] : [{ path: path.name, reason: error }];
  });
}

function stealShare(before: Awaited<ReturnType<typeof readLoad>>, after: typeof before): number {
  const total = after.totalTicks - before.totalTicks;
  return total > 0 ? (after.stealTicks - before.stealTicks) / total : 0;
}
