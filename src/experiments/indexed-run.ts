// SPDX-License-Identifier: GPL-2.0-only
/** A recorded folder as a list shows it and filters by it, without reading all of it. */
import { z } from 'zod';
import type { Shape } from '../model/shape.ts';
import { otherUnits } from '../model/unit.ts';
import type { ListedState } from '../run-store/list-runs.ts';

export const INDEXED_STATES = [
  'running',
  'finished',
  'interrupted',
  'failed',
  'died',
  'unreadable',
] as const satisfies readonly ListedState[];

const text = z.string();

/** The figure of one path under one probe that measures time. */
const latencyCellSchema = z.object({
  path: text,
  probe: text,
  /** How many paths rotated; a figure means nothing without it. */
  k: z.number(),
  n: z.number(),
  p50Ns: z.number(),
  unit: z.never().exactOptional(),
});
const cellSchema = z.union([
  latencyCellSchema,
  latencyCellSchema.omit({ p50Ns: true }).extend({ p50: z.number(), unit: z.enum(otherUnits()) }),
]);
export type IndexedCell = Shape<typeof cellSchema>;

export const indexedRunSchema = z.object({
  /** Name of its folder. */
  id: text,
  /** Name of its experiment. */
  kind: text,
  label: text.nullable(),
  state: z.enum(INDEXED_STATES),
  /** From its id where its head does not say. */
  startedAt: text,
  endedAt: text.nullable(),
  argv: z.array(text),
  paths: z.array(text),
  probes: z.array(text),
  /** From results.json; empty where there is none. */
  cells: z.array(cellSchema),
  /** Of the hoplab that recorded it; "" where it is not known, as kernel and hostname. */
  version: text,
  kernel: text,
  hostname: text,
  /** What is wrong with its folder, in a sentence; null = nothing that the index saw. */
  problem: text.nullable(),
  /** What came of it where that is no figure: "2 of 3 paths pass"; null otherwise. */
  outcome: text.nullable(),
});
export type IndexedRun = Shape<typeof indexedRunSchema>;
