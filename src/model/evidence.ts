// SPDX-License-Identifier: GPL-2.0-only
/** All that is gathered about one path in one direction: what the rules of a diagnosis are asked about. */

import { z } from 'zod';
import type { HopCapture } from './capture.ts';
import { type RungResult, seenSchema } from './ladder.ts';
import { stateSchema } from './network-state.ts';
import { DIRECTIONS, PLACES } from './place.ts';
import type { MachineFacts, PathPlan } from './plan.ts';
import type { Shape } from './shape.ts';
import { sourceSchema } from './source.ts';

const count = z.number().int().nonnegative();
const place = z.enum(PLACES);
const text = z.string();

const dropSchema = z
  .object({
    place,
    reason: text.describe("The kernel's word without its prefix: TCP_CSUM."),
    /** Of the frame when it was dropped; "" where it had none. */
    device: text,
    /** "TCP", "UDP", "ICMP", "ARP", "IPv6/TCP", ... */
    protocol: text,
    /** Destination port of TCP and UDP; absent or 0 = none. */
    port: count.exactOptional(),
    frames: count,
    /** The first of them in a line, as far as its first 128 bytes tell; absent or "" = not kept. */
    example: text.exactOptional(),
  })
  .describe('Frames that a kernel dropped, by its own reason (skb:kfree_skb).');
export type DropCount = Shape<typeof dropSchema>;

const xdpSchema = z
  .object({
    place,
    device: text,
    /** xdp_exception, xdp_redirect_err, xdp_redirect_map_err, xdp_devmap_xmit, xdp_bulk_tx. */
    tracepoint: text,
    /** "ENXIO", "ABORTED", ...: the error or the verdict. */
    reason: text,
    frames: count,
  })
  .describe('A frame that XDP meant to send and did not, or a verdict that ended it (xdp:* tracepoints).');
export type XdpLoss = Shape<typeof xdpSchema>;

/** What a counter says, or by how much it moved. */
const counterSchema = z.object({
  place,
  /** Who counts; kernel: that of the place. */
  by: z.enum(['kernel', 'bridge', 'switch']).describe("bridge: hoplab's own; switch: Open vSwitch."),
  bridge: text.nullable().describe('The bridge that counts; null where it is none, or all of them.'),
  /** Or the bridge's port. */
  device: text.nullable().describe('Null where the stack or the bridge as a whole counts.'),
  /** "TcpInCsumErrors", "rx_dropped", "drop_spoofed". */
  key: text,
  value: z.number(),
});
export type Counter = Shape<typeof counterSchema>;

/** What a diagnosis keeps as it was gathered. */
export const keptEvidenceSchema = z.object({
  direction: z.enum(DIRECTIONS),
  seen: seenSchema,
  drops: z.array(dropSchema),
  xdp: z.array(xdpSchema),
  deltas: z.array(counterSchema).describe('Counters that moved while the failing rungs were climbed again.'),
  state: stateSchema,
  sources: z.array(sourceSchema),
});

/** All that was gathered about one path in one direction. */
export interface Evidence extends Shape<typeof keptEvidenceSchema> {
  readonly plan: PathPlan;
  readonly facts: MachineFacts;
  readonly ladder: readonly RungResult[];
  /** In the order of the way of a request. */
  readonly captures: readonly HopCapture[];
}
