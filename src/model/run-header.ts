// SPDX-License-Identifier: GPL-2.0-only
/** run.json: the head of a run folder. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

const text = z.string();

/** The process that writes a run folder: a run that says "running" while this process is gone has died. */
export const ownerSchema = z.object({
  pid: z.number().int().nonnegative(),
  /** Start of the process in clock ticks since boot: tells it from a later process with the same pid. */
  startTicks: z.number().int().nonnegative(),
  bootId: text,
});
export type RunOwner = Shape<typeof ownerSchema>;

export const runHeaderSchema = z.object({
  /** Layout version of the folder, see run-store/format.md. */
  format: z.literal(1),
  id: text,
  label: text.nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  state: z.enum(['running', 'finished', 'interrupted', 'failed']),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  argv: z.array(text),
  /** What was recorded: "trace"; absent in a run that measures alone. */
  kind: text.exactOptional(),
  /** Absent where the machine does not tell (no /proc). */
  owner: ownerSchema.exactOptional(),
});
export type RunHeader = Shape<typeof runHeaderSchema>;
export type RunState = RunHeader['state'];

/** Of the tool, where a head could not be read and was guessed. */
export const GUESSED_VERSION = 'unknown';

/** Whether it was killed: it ended, and never said when. */
export function wasKilled({ state, endedAt }: Pick<RunHeader, 'state' | 'endedAt'>): boolean {
  return state === 'interrupted' && endedAt === null;
}
