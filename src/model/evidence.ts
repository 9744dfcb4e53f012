// SPDX-License-Identifier: GPL-2.0-only
/** All that is gathered about one path in one direction: what the rules of a diagnosis are asked about. */

import type { HopCapture } from './capture.ts';
import type { ClimbedLadder, RungResult } from './ladder.ts';
import type { NetworkState } from './network-state.ts';
import type { Direction, Place } from './place.ts';
import type { MachineFacts, PathPlan } from './plan.ts';
import type { EvidenceSource } from './source.ts';

/** Frames that a kernel dropped, by its own reason (skb:kfree_skb). */
export interface DropCount {
  readonly place: Place;
  /** The kernel's word without its prefix: "TCP_CSUM". */
  readonly reason: string;
  /** The device of the frame when it was dropped; "" where it had none. */
  readonly device: string;
  /** "TCP", "UDP", "ICMP", "ARP", "IPv6/TCP", ... */
  readonly protocol: string;
  /** Destination port of TCP and UDP; absent or 0 = none. */
  readonly port?: number;
  readonly frames: number;
  /** The first of them in a line, as far as its first 128 bytes tell; absent or "" = not kept. */
  readonly example?: string;
}

/** A frame that XDP meant to send and did not, or a verdict that ended it (xdp:* tracepoints). */
export interface XdpLoss {
  readonly place: Place;
  readonly device: string;
  /** xdp_exception, xdp_redirect_err, xdp_redirect_map_err, xdp_devmap_xmit, xdp_bulk_tx. */
  readonly tracepoint: string;
  /** "ENXIO", "ABORTED", ...: the error or the verdict. */
  readonly reason: string;
  readonly frames: number;
}

/** What a counter says, or by how much it moved. */
export interface Counter {
  readonly place: Place;
  /** Who counts: the kernel of the place, hoplab's own bridge, or Open vSwitch. */
  readonly by: 'kernel' | 'bridge' | 'switch';
  /** The bridge that counts; null where it is none, or all of them. */
  readonly bridge: string | null;
  /** The device, or the bridge's port; null where the stack or the bridge as a whole counts. */
  readonly device: string | null;
  /** "TcpInCsumErrors", "rx_dropped", "drop_spoofed". */
  readonly key: string;
  readonly value: number;
}

/** All that was gathered about one path in one direction. */
export interface Evidence {
  readonly plan: PathPlan;
  readonly facts: MachineFacts;
  readonly direction: Direction;
  readonly ladder: readonly RungResult[];
  /** What the far side saw of the requests. */
  readonly seen: ClimbedLadder['seen'];
  /** In the order of the way of a request. */
  readonly captures: readonly HopCapture[];
  readonly drops: readonly DropCount[];
  readonly xdp: readonly XdpLoss[];
  /** Counters that moved while the failing rungs were climbed again. */
  readonly deltas: readonly Counter[];
  readonly state: NetworkState;
  readonly sources: readonly EvidenceSource[];
}
