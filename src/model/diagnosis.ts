// SPDX-License-Identifier: GPL-2.0-only
/** What a diagnosis says: which protocol passes a path, what was seen at every hop, and what follows from it. */
import { z } from 'zod';
import { cureSchema } from './cure.ts';
import { keptEvidenceSchema } from './evidence.ts';
import { ladderSchema } from './ladder.ts';
import { DIRECTIONS, PLACES } from './place.ts';
import { cellSchema, comparisonSchema, unavailableSchema } from './result.ts';
import type { Shape } from './shape.ts';
import { sourceSchema } from './source.ts';

const text = z.string();
const directions = z.array(z.enum(DIRECTIONS));

/** What a rule concludes. */
const verdictSchema = z.object({
  /** The rule's name: "partial-checksum-lost". */
  rule: text,
  /** One sentence: what is wrong, at which hop. */
  text,
  /** likely: nothing says so itself. */
  confidence: z
    .enum(['certain', 'likely', 'possible'])
    .describe('certain: the kernel or the frames say so; likely: all that was seen agrees; possible: it may be.'),
  /** broken: packets do not arrive; slow: they do, and could be faster. */
  severity: z.enum(['broken', 'slow']),
  /** null where it is none. */
  at: text.nullable().describe('The hop or device where it happens.'),
  /** What supports it, a line each. */
  evidence: z.array(text),
  cures: z.array(cureSchema).describe('That which touches the least first.'),
});
export type Verdict = Shape<typeof verdictSchema>;

/** A rule that could not tell whether its fault is there: the machine refused what it rests on. */
const blindSchema = z.object({ rule: text, refused: z.array(sourceSchema) });
export type BlindRule = Shape<typeof blindSchema>;

/** Why a part of a diagnosis is missing. */
const failureSchema = z.object({ code: text, message: text, hint: text.nullable() });
export type Failure = Shape<typeof failureSchema>;

const framesSchema = z.object({ hop: text, place: z.enum(PLACES), frames: z.number().int().nonnegative() });
export type KeptFrames = Shape<typeof framesSchema>;

export const evidenceSchema = keptEvidenceSchema.extend({
  frames: z.array(framesSchema).describe('How many frames were kept at each hop.'),
  /** Behind a NAT packets cannot be followed. */
  traced: z.array(text).describe('Where packets ended or changed on their way, the most first.'),
  capture: text.nullable().describe('The pcapng file beside this one; null where nothing was captured.'),
});
export type EvidenceSummary = Shape<typeof evidenceSchema>;

/** What came of one path. */
export const pathSchema = z.object({
  path: text,
  backend: text,
  ladders: z.array(ladderSchema),
  /** Those of all directions; the same conclusion in two directions stands once. */
  verdicts: z
    .array(verdictSchema.extend({ directions }))
    .describe('What is broken before what is slow, the most certain first.'),
  couldNotLook: z
    .array(blindSchema.extend({ directions }))
    .nullable()
    .describe('Rules to which a source was refused that they need: they said neither yes nor no. Null: schema 1.'),
  /** What the verdicts rest on, without the frames: those are in the pcapng files. */
  evidence: z.array(evidenceSchema),
  /** It was not attached, or not plugged. */
  failed: failureSchema.nullable().describe('Why the path could not be looked at; null where it was.'),
});
export type PathDiagnosis = Shape<typeof pathSchema>;

const appliedSchema = z.object({
  path: text,
  /** From 1. */
  number: z.number().int().positive().describe('As the cure stands in the list of its verdict.'),
  rule: text,
  cure: cureSchema,
  ladders: z.array(ladderSchema).describe('Of the cured path.'),
  healed: z.boolean().describe('Every rung passes, and what failed before still fails on the path without the cure.'),
  uncured: z
    .enum(['fails', 'passes'])
    .exactOptional()
    .describe(
      'The path as it was, right after the cured one. Absent: that did not pass, or an older hoplab did not ask.',
    ),
  failed: failureSchema.nullable().describe('Why it could not be applied; null where it was.'),
});
export type AppliedCure = Shape<typeof appliedSchema>;

/** What a cure costs: the cured path against what it can be compared with, from a run of its own. */
export const priceSchema = z.object({
  path: text,
  /** uncured: against the path as it was. */
  against: z
    .enum(['uncured', 'cures'])
    .describe('cures: against the first cure, because the path as it was carries no probe.'),
  names: z.record(text, text).describe('The paths of the run, and what they stand for.'),
  /** "TCP_RR 1 B / 1 B, back to back, ... · emulated guest". */
  heading: text.describe('What was sent, at what pace, how it was compared.'),
  run: text.nullable().describe('Its id: hoplab report ID shows all of it; null where nothing was measured.'),
  cells: z.array(cellSchema),
  /** Empty where there is one cure alone, and nothing that it could be compared with. */
  comparisons: z.array(comparisonSchema),
  failed: failureSchema.nullable().describe('Why nothing was measured; null where something was.'),
});
export type Price = Shape<typeof priceSchema>;

/** Everything that the renderers show; written as diagnosis.json. */
export const diagnosisSchema = z.object({
  schema: z.literal(3),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  id: text,
  startedAt: z.iso.datetime(),
  argv: z.array(text),
  lab: text,
  kernel: text,
  guest: text.nullable().describe("The guest's kernel; null without a guest."),
  paths: z.array(pathSchema),
  unavailable: z.array(unavailableSchema),
  sources: z.array(sourceSchema).describe('Every source of evidence once, over all paths.'),
  applied: z.array(appliedSchema),
  prices: z.array(priceSchema),
});
export type Diagnosis = Shape<typeof diagnosisSchema>;
