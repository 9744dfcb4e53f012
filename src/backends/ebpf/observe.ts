// SPDX-License-Identifier: GPL-2.0-only
/** What a path's eBPF bridge says of itself: frames on its ports, addresses, counters, and what was lost behind it. */

import { getSystemErrorName } from 'node:util';
import { z } from 'zod';
import { isPartial } from '../../frame/checksum.ts';
import type { CapturedFrame, HopCapture } from '../../model/capture.ts';
import type { Counter, XdpLoss } from '../../model/evidence.ts';
import type { FdbEntry } from '../../model/network-state.ts';
import { HOST2 } from '../../model/place.ts';
import type { BackendPlan } from '../../model/plan.ts';
import type { AttachContext, BackendEvidence } from '../backend.ts';
import { askBridge, BRIDGE_HOPS, bridgeOf } from './bridge.ts';

export async function observeBridge(
  { look }: Pick<AttachContext, 'look'>,
  plan: BackendPlan,
): Promise<BackendEvidence> {
  const watching = plan.services.some(({ argv }) => argv.includes('watch on'));
  const captures = watching ? readCaptures(await look(askBridge(plan, 'frames')), plan) : [];
  const bridge = bridgeOf(plan);
  const fdb = readFdb(await look(askBridge(plan, 'fdb')), bridge);
  const { xdp, ...stats } = readStats(await look(askBridge(plan, 'stats')), bridge);
  return { captures, fdb, ...stats, xdp: sinceLastTime(plan, xdp) };
}

/** The loader counts losses from its start; what was told of each plan's bridge so far. */
const told = new WeakMap<BackendPlan, ReadonlyMap<string, number>>();

function sinceLastTime(plan: BackendPlan, losses: readonly XdpLoss[]): XdpLoss[] {
  const before = told.get(plan);
  const keyOf = ({ device, tracepoint, reason }: XdpLoss) => `${device} ${tracepoint} ${reason}`;
  told.set(plan, new Map(losses.map((loss) => [keyOf(loss), loss.frames])));
  return losses
    .map((loss) => ({ ...loss, frames: loss.frames - (before?.get(keyOf(loss)) ?? 0) }))
    .filter(({ frames }) => frames > 0);
}

const framesSchema = z.object({
  lost: z.number(),
  frames: z.array(
    z.object({
      time_ns: z.string().regex(/^\d+$/),
      port: z.string(),
      /** in, out, or drop:RULE for one that came in before. */
      way: z.string(),
      skb: z.boolean(),
      gso_size: z.number(),
      length: z.number(),
      hex: z.string(),
    }),
  ),
});

/** The ports of the way between guest and host1 under the names of their hops; host2's under one of its own. */
export function readCaptures(reply: string, { hops }: Pick<BackendPlan, 'hops'>): HopCapture[] {
  const { frames, lost } = framesSchema.parse(JSON.parse(reply));
  const inside = new Set<string>(Object.values(BRIDGE_HOPS));
  const known = new Map(hops.filter(({ name }) => inside.has(name)).map(({ name, device }) => [device, name]));
  const devices = new Set([...known.keys(), ...frames.map(({ port }) => port)]);
  return [...devices].map((device) => ({
    hop: known.get(device) ?? BRIDGE_HOPS.host2,
    place: HOST2,
    device,
    // A dropped frame was told of as it came in; the counters say which rule ended it.
    frames: frames.filter(({ port, way }) => port === device && !way.startsWith('drop:')).map(toFrame),
    lost,
  }));
}

type SeenFrame = z.infer<typeof framesSchema>['frames'][number];

/**
 * As a frame comes in, the mark of an unfinished checksum is still beside it: in the sk_buff, or in the driver's hands
 * (virtio_net_hdr, the sender's sk_buff). What leaves under native XDP has nothing but its bytes.
 */
function toFrame({ time_ns, way, skb, gso_size, length, hex }: SeenFrame): CapturedFrame {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  return {
    timeNs: BigInt(time_ns),
    outgoing: way === 'out',
    length,
    bytes,
    offload:
      skb || way === 'in' ? { needsChecksum: isPartial(bytes, length), dataValid: false, gsoBytes: gso_size } : null,
  };
}

const fdbSchema = z.object({
  fdb: z.array(z.object({ mac: z.string(), vlan: z.number(), port: z.string(), static: z.boolean() })),
});

export function readFdb(reply: string, bridge: string): FdbEntry[] {
  return fdbSchema
    .parse(JSON.parse(reply))
    .fdb.map(({ mac, vlan, port, static: fixed }) => ({ place: HOST2, bridge, port, mac, vlan, fixed }));
}

const statsSchema = z.object({
  ports: z.array(
    z.object({
      port: z.string(),
      counters: z.record(z.string(), z.object({ packets: z.number(), bytes: z.number() })),
    }),
  ),
  fdb: z.object({ entries: z.number(), size: z.number(), learned: z.number(), evicted: z.number() }),
  losses: z.array(z.object({ port: z.string(), error: z.number(), reason: z.string(), frames: z.number() })),
});

export function readStats(reply: string, bridge: string): Pick<BackendEvidence, 'counters' | 'fdbFill' | 'xdp'> {
  const { ports, fdb, losses } = statsSchema.parse(JSON.parse(reply));
  const counted = (device: string | null, key: string, value: number): Counter => ({
    ...{ place: HOST2, by: 'bridge', bridge, device, key, value },
  });
  const moved = ports.flatMap(({ port, counters }) =>
    Object.entries(counters)
      .filter(([, { packets }]) => packets > 0)
      .map(([key, { packets }]) => counted(port, key, packets)),
  );
  const { learned, evicted, ...fill } = fdb;
  return {
    counters: [...moved, counted(null, 'fdb learned', learned), counted(null, 'fdb evicted', evicted)],
    fdbFill: [{ place: HOST2, bridge, ...fill, evicted }],
    xdp: losses.map(({ port, error, reason, frames }) => ({
      place: HOST2,
      device: port,
      tracepoint: tracepointOf(error),
      reason: error === 0 ? reason : errorName(error),
      frames,
    })),
  };
}

/** Which of the two tracepoints has this error: what the kernel checks before it queues a frame, or the driver's answer. */
function tracepointOf(error: number): XdpLoss['tracepoint'] {
  const early = error !== 0 && BEFORE_QUEUEING.includes(errorName(error));
  return early ? 'xdp_redirect_err' : 'xdp_devmap_xmit';
}

/** ENOTSUP and EOPNOTSUPP are one number on Linux, and the kernel's word is the second. */
function errorName(error: number): string {
  const name = getSystemErrorName(error);
  return name === 'ENOTSUP' ? 'EOPNOTSUPP' : name;
}

/** __xdp_enqueue() and xdp_ok_fwd_dev() of Linux. */
const BEFORE_QUEUEING = ['EOPNOTSUPP', 'ENETDOWN', 'EMSGSIZE'];
