// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder: which protocol passes a path, the simplest first. */
import { z } from 'zod';
import { DIRECTIONS, type Place } from './place.ts';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();
const text = z.string();

/** The rungs of the protocol ladder, the simplest first: the first that fails is the smallest case that fails. */
export const RUNGS = [
  'link',
  'arp',
  'icmp',
  'udp-small',
  'udp-large',
  'tcp-connect',
  'tcp-small',
  'tcp-bulk',
  'mtu',
  'vlan',
  'nd',
  'ipv6',
  'ipv6-udp',
  'ipv6-tcp',
  'broadcast',
  'multicast',
] as const;
export type Rung = (typeof RUNGS)[number];

const rungSchema = z.object({
  rung: z.enum(RUNGS),
  /** A NAT does not promise VLANs. */
  outcome: z
    .enum(['pass', 'fail', 'not-applicable', 'not-tried'])
    .describe('not-applicable: the path does not promise it; not-tried: a simpler one already failed.'),
  /** "5 of 5 answered", "SYN unanswered for 1500 ms". */
  detail: text.describe('What was sent and what came back, or why it was not tried.'),
  sent: count,
  answered: count,
  /** null where none failed. */
  errno: text.nullable().describe('The word of the kernel where a call failed: ECONNREFUSED.'),
  ms: z.number().nonnegative(),
  /**
   * What rules read; absent = nothing. arp and nd: mac (mac2, ... of a duplicate), neighbourMac (the kernel's own
   * entry), ownAddressAt. mtu: mtu, largest. vlan: vlan, tag (where it was lost). vlan, broadcast, multicast: bareFrame
   * ("passes", "lost"). udp-large, tcp-bulk: bytes, bytesOut, bytesBack. All: icmpError, icmpFrom, icmpMtu, refusedBy ("reset"),
   * failedAtFirst (1: it passed only when it was climbed again).
   */
  data: z
    .record(text, z.union([text, z.number()]))
    .exactOptional()
    .describe('Figures of that rung, by name.'),
});
export type RungResult = Shape<typeof rungSchema>;

export const ladderSchema = z
  .object({ path: text, direction: z.enum(DIRECTIONS), rungs: z.array(rungSchema) })
  .describe('One path climbed in one direction, the simplest rung first.');
export type Ladder = Shape<typeof ladderSchema>;

const seenRequestsSchema = z.object({
  /** Given to who answers: an application, or the kernel's own answer to ARP, ND and echo. */
  requests: count,
  /** Heard on the device, before the stack there judged them: more than `requests` = the stack dropped them. */
  frames: count,
});

/** Rungs of which nothing was seen are left out. */
export const seenSchema = z
  .partialRecord(z.enum(RUNGS), seenRequestsSchema)
  .describe("What the answering side saw of each rung's requests: given to who answers, and heard on the device.");

/** A ladder with what its far side saw. */
export interface ClimbedLadder extends Ladder {
  /** The server's place: where `seen` was counted. */
  readonly far: Place;
  readonly seen: Shape<typeof seenSchema>;
}
