// SPDX-License-Identifier: GPL-2.0-only
/** A check: what several subjects can do, asked row by row, with what was seen as evidence. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

const text = z.string();

/** refused: the subject said no, in words of its own, where no was right. could-not-look: nothing is known of it. */
export const CHECK_OUTCOMES = ['yes', 'partly', 'no', 'refused', 'could-not-look'] as const;
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

const evidenceSchema = z.object({
  /** Where it was seen: "console", "run-time services"; what names a file of the run folder ends with it. */
  from: text,
  line: text,
  /** Since the subject was started; null = it has no time. */
  atMs: z.number().nullable(),
});
export type CheckEvidence = Shape<typeof evidenceSchema>;

const verdictSchema = z.object({
  row: text,
  column: text,
  outcome: z.enum(CHECK_OUTCOMES),
  /** What is compared between columns beside the outcome, in a word or two: "boot manager"; null = nothing. */
  found: text.nullable(),
  /** Why, in a sentence. */
  words: text,
  evidence: z.array(evidenceSchema),
  durationMs: z.number(),
});
export type CheckVerdict = Shape<typeof verdictSchema>;

const rowSchema = z.object({ id: text, title: text, group: text });
export type CheckRow = Shape<typeof rowSchema>;

const columnSchema = z.object({
  id: text,
  title: text,
  /** What it is: its file, its version, its configuration. */
  facts: z.array(z.object({ name: text, value: text })),
});
export type CheckColumn = Shape<typeof columnSchema>;

/** check.json: what a check has seen so far. Written anew after every verdict. */
export const recordedCheckSchema = z.object({
  schema: z.literal(1),
  /** Name of the check: "firmware". */
  check: text,
  /** What a column is, as a noun: "build". */
  subject: text,
  /** Of the machine that looked. */
  kernel: text,
  columns: z.array(columnSchema),
  rows: z.array(rowSchema),
  verdicts: z.array(verdictSchema),
});
export type RecordedCheck = Shape<typeof recordedCheckSchema>;

const differenceSchema = z.object({ row: text, from: text, to: text });

/** What differs between a column and the next one. */
const columnDifferenceSchema = z.object({ from: text, to: text, rows: z.array(differenceSchema) });
export type ColumnDifference = Shape<typeof columnDifferenceSchema>;

export const checkReportSchema = recordedCheckSchema.extend({
  kind: z.literal('check'),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  run: z.object({
    id: text,
    label: text.nullable(),
    state: text,
    startedAt: text,
    endedAt: text.nullable(),
    argv: z.array(text),
  }),
  differences: z.array(columnDifferenceSchema),
});
export type CheckReport = Shape<typeof checkReportSchema>;
