// SPDX-License-Identifier: GPL-2.0-only
/** The hops of a path over the eBPF bridge, and what a tracer sees at each. */
import { HOST2 } from '../../model/place.ts';
import type { Hop, HopPoints, Wire } from '../../model/plan.ts';
import { guestNicHop, tapHop, vmmHop, wireHops } from '../common.ts';
import { BRIDGE_HOPS } from './bridge.ts';
import type { Options } from './options.ts';

const none: HopPoints = { toHost1: [], toGuest: [] };

export interface HopParts {
  readonly guestMac: string;
  readonly wire: Wire;
  readonly tap: string;
  readonly vmm: string;
  readonly vhost: boolean;
  readonly mode: Options['mode'];
}

/** Native XDP has no sk_buff between the tap and host1's end: what the skb's tracepoints see there is nothing. */
export function hopsOf({ guestMac, wire, tap, vmm, vhost, mode }: HopParts): Hop[] {
  const inside = (name: string, device: string, points: HopPoints): Hop => ({ name, where: HOST2, device, points });
  // Generic XDP hands a frame to the next driver itself, past the queue's tracepoints.
  const queued = (points: readonly string[]) => (mode === 'generic' && points.includes('dev_queue') ? [] : points);
  const received = (hop: Hop): Hop => {
    const { toHost1, toGuest } = hop.points ?? none;
    return { ...hop, points: { toHost1: queued(toHost1), toGuest: queued(toGuest) } };
  };
  const bare = mode === 'auto' || mode === 'native';
  const [near, far] = wireHops(wire);
  const entered: HopPoints = { toHost1: ['xdp_in'], toGuest: ['xdp_out'] };
  const left: HopPoints = { toHost1: ['xdp_out'], toGuest: ['xdp_in'] };
  return [
    guestNicHop(guestMac),
    vmmHop({ vmm }, vhost),
    bare ? { ...tapHop(tap), points: none } : received(tapHop(tap)),
    inside(BRIDGE_HOPS.guest, tap, bare ? entered : none),
    inside(BRIDGE_HOPS.host1, wire.host2.device, bare ? left : none),
    bare ? { ...near, points: none } : received(near),
    bare ? { ...far, points: { toHost1: ['netif_receive'], toGuest: ['dev_queue', 'dev_xmit'] } } : far,
  ];
}
