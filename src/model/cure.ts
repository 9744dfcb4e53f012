// SPDX-License-Identifier: GPL-2.0-only
/** What would cure a path. */
import { z } from 'zod';
import { commandSchema } from './lab-spec.ts';
import type { Shape } from './shape.ts';

const text = z.string();

const actionSchema = z.discriminatedUnion('kind', [
  /** The path with other options, or with commands once it is attached. */
  z.object({
    kind: z.literal('path'),
    /** {"nic": {"csum": false}}. */
    options: z.record(text, z.unknown()).exactOptional().describe("Merged into the path's own in the lab file."),
    commands: z
      .array(commandSchema)
      .exactOptional()
      .describe('Run on a host once the path is attached: argv, no shell.'),
  }),
  /** Something that only the user can do: a module to load, a server to start. */
  z.object({ kind: z.literal('advice') }),
]);

/** Whose things a cure changes, the least first: the order in which cures are offered. */
export const TOUCHED = ['own', 'machine', 'others'] as const;
export type Touched = (typeof TOUCHED)[number];

export const cureSchema = z.object({
  /** "let the bridge complete the checksum": what is done, in a few words. */
  what: text,
  /** "the guest computes every checksum". */
  cost: text.describe('What it costs or breaks beside; empty where nothing is known.'),
  touches: z
    .enum(TOUCHED)
    .exactOptional()
    .describe(
      "Whose things it changes. own: the path's; machine: all that the guest's machine carries; others: other machines. Absent: an older hoplab did not say.",
    ),
  action: actionSchema,
});
export type Cure = Shape<typeof cureSchema>;

/** A cure as a rule or a backend offers it: it always says what it touches. */
export type OfferedCure = Cure & { readonly touches: Touched };
