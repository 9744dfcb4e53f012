/** What a path's eBPF bridge says of itself: frames on its ports, addresses, counters, and what was lost behind it. */
import { getSystemErrorName } from 'node:util';
import { z } from 'zod';
import type { CapturedFrame, FdbEntry, HopCapture, XdpLoss } from '../../model/diagnosis.ts';
import type { BackendPlan } from '../../model/plan.ts';
import type { AttachContext, BackendEvidence } from '../backend.ts';
import { askBridge, BRIDGE_HOPS, bridgeOf } from './bridge.ts';
import { isPartial } from './partial.ts';

export async function observeBridge(
  { look }: Pick<AttachContext, 'look'>,
  plan: BackendPlan,
): Promise<BackendEvidence> {
  const watching = plan.services.some(({ argv }) => argv.includes('watch on'));
  const captures = watching ? readCaptures(await look(askBridge(plan, 'frames')), plan) : [];
  const bridge = bridgeOf(plan);
  const fdb = readFdb(await look(askBridge(plan, 'fdb')), bridge);
  return { captures, fdb, ...readStats(await look(askBridge(plan, 'stats')), bridge) };
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
    place: 'host2',
    device,
    // A dropped frame was told of as it came in; the counters say which rule ended it.
    frames: frames.filter(({ port, way }) => port === device && !way.startsWith('drop:')).map(toFrame),
    lost,
  }));
}

type SeenFrame = z.infer<typeof framesSchema>['frames'][number];

/** Of an sk_buff the kernel holds the mark of an unfinished checksum; a frame under native XDP has nothing but its bytes. */
function toFrame({ time_ns, way, skb, gso_size, length, hex }: SeenFrame): CapturedFrame {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  return {
    timeNs: BigInt(time_ns),
    outgoing: way === 'out',
    length,
    bytes,
    offload: skb ? { needsChecksum: isPartial(bytes), dataValid: false, gsoBytes: gso_size } : null,
  };
}

const fdbSchema = z.object({
  fdb: z.array(z.object({ mac: z.string(), vlan: z.number(), port: z.string(), static: z.boolean() })),
});

export function readFdb(reply: string, bridge: string): FdbEntry[] {
  return fdbSchema
    .parse(JSON.parse(reply))
    .fdb.map(({ mac, vlan, port, static: fixed }) => ({ place: 'host2', bridge, port, mac, vlan, fixed }));
}

const statsSchema = z.object({
  ports: z.array(
    z.object({
      port: z.string(),
      counters: z.record(z.string(), z.object({ packets: z.number(), bytes: z.number() })),
    }),
  ),
  fdb: z.record(z.string(), z.number()),
  losses: z.array(z.object({ port: z.string(), error: z.number(), reason: z.string(), frames: z.number() })),
});

export function readStats(reply: string, bridge: string): Pick<BackendEvidence, 'counters' | 'xdp' | 'fdbFill'> {
  const { ports, fdb, losses } = statsSchema.parse(JSON.parse(reply));
  const moved = ports.flatMap(({ port, counters }) =>
    Object.entries(counters)
      .filter(([, { packets }]) => packets > 0)
      .map(([name, { packets }]): [string, number] => [`bridge ${bridge} ${port} ${name}`, packets]),
  );
  const fill = Object.entries(fdb).map(([name, n]): [string, number] => [`bridge ${bridge} fdb ${name}`, n]);
  return {
    counters: Object.fromEntries([...moved, ...fill]),
    fdbFill: [{ bridge, entries: fdb.entries ?? 0, size: fdb.size ?? 0, evicted: fdb.evicted ?? 0 }],
    xdp: losses.map(({ port, error, reason, frames }) => ({
      place: 'host2',
      device: port,
      tracepoint: tracepointOf(error),
      reason: error === 0 ? reason : getSystemErrorName(error),
      frames,
    })),
  };
}

/** Which of the two tracepoints has this error: what the kernel checks before it queues a frame, or the driver's answer. */
function tracepointOf(error: number): XdpLoss['tracepoint'] {
  const early = error !== 0 && BEFORE_QUEUEING.includes(getSystemErrorName(error));
  return early ? 'xdp_redirect_map_err' : 'xdp_devmap_xmit';
}

/** __xdp_enqueue() and xdp_ok_fwd_dev() of Linux. */
const BEFORE_QUEUEING = ['EOPNOTSUPP', 'ENOTSUP', 'ENETDOWN', 'EMSGSIZE'];
