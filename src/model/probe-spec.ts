// SPDX-License-Identifier: GPL-2.0-only
/** What is sent and how often: the part of a result's key that does not name the path. */
import { z } from 'zod';
import { DIRECTIONS } from './place.ts';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();

export const WAIT_MODES = ['block', 'spin', 'busy-poll'] as const;
export type WaitMode = (typeof WAIT_MODES)[number];

export const probeSpecSchema = z.object({
  /** Unique within a lab; file names are made from it: [a-z0-9-]+. */
  name: z.string(),
  protocol: z.string(),
  direction: z.enum(DIRECTIONS),
  requestBytes: count.describe('What the client sends in a transaction.'),
  responseBytes: count.describe('What the server sends back.'),
  paceNs: count.describe("Gap between the starts of the client's transactions; 0 = back to back."),
  wait: z.enum(WAIT_MODES),
  /** Transactions per path in the overview, warm-up not counted. */
  count,
  /** Upper limit in time for one block of the overview, which then ends with fewer transactions. null = none. */
  durationNs: count.nullable(),
  /** False: this probe is shown in the overview alone. */
  compare: z.boolean(),
  own: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('What else the kind of probe was told, by its own keys and in words; absent = nothing.'),
});
export type ProbeSpec = Shape<typeof probeSpecSchema>;
/** A word that a kind of probe brings: "tcp_rr". */
export type Protocol = ProbeSpec['protocol'];
