// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a transaction that is kept whole. */
import { z } from 'zod';
import type { Shape } from './shape.ts';
import { tracedMachineSchema } from './traced-machine.ts';

const count = z.number().int().nonnegative();
const time = z.number().nonnegative().describe('ns');
const text = z.string();
const machine = tracedMachineSchema;

/** One record of a timeline with all that is known of it. */
const eventSchema = z.object({
  machine,
  /** ns, host clock; may be below 0 for what began before it. */
  atNs: z.number().describe("After the transaction's start."),
  point: text,
  place: text,
  device: text,
  cpu: count,
  tid: count,
  task: text,
  /** Text in JSON alone. */
  aux: text
    .describe('64 bits, decimal: what the point has beside its packet.')
    .refine((digits) => /^\d{1,20}$/.test(digits), 'not a whole number')
    .transform((digits) => BigInt(digits)),
  /** own: of the transaction; beside: what else ran on a CPU that it used. */
  kind: z.enum(['own', 'beside']),
});
export type SlowEvent = Shape<typeof eventSchema>;

/** A transaction kept whole. */
export const slowSchema = z.object({
  number: count,
  startNs: z.number().describe('ns after the origin of its block.'),
  totalNs: time,
  /** Longest gap between two of its own steps, which is where to look. */
  longest: z.object({ from: text, to: text, ns: time }),
  events: z.array(eventSchema),
  beside: z
    .array(z.object({ what: text, cpu: count, ns: time }))
    .describe('What had its CPUs in the longest gap, longest first.'),
});
export type SlowTransaction = Shape<typeof slowSchema>;
