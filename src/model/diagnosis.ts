// SPDX-License-Identifier: GPL-2.0-only
/** What a diagnosis says: which protocol passes a path, what was seen at every hop, and what follows from it. */

import type { Cure } from './cure.ts';
import type { Evidence } from './evidence.ts';
import type { Ladder } from './ladder.ts';
import type { Direction, Place } from './place.ts';
import type { CellSummary, Comparison, UnavailablePath } from './result.ts';
import type { EvidenceSource } from './source.ts';

/** What a rule concludes. */
export interface Verdict {
  /** The rule's name: "partial-checksum-lost". */
  readonly rule: string;
  /** One sentence: what is wrong, at which hop. */
  readonly text: string;
  /** certain: the kernel or the frames say so themselves; likely: all that was seen agrees, and nothing says so itself; possible. */
  readonly confidence: 'certain' | 'likely' | 'possible';
  /** broken: packets do not arrive; slow: they do, and could be faster. */
  readonly severity: 'broken' | 'slow';
  /** The hop or device where it happens; null where it is none. */
  readonly at: string | null;
  /** What supports it, a line each. */
  readonly evidence: readonly string[];
  /** Cheapest first. */
  readonly cures: readonly Cure[];
}

/** A rule that could not tell whether its fault is there: the machine refused what it rests on. */
export interface BlindRule {
  readonly rule: string;
  readonly refused: readonly EvidenceSource[];
}

/** What came of one path. */
export interface PathDiagnosis {
  readonly path: string;
  readonly backend: string;
  readonly ladders: readonly Ladder[];
  /** Those of all directions, the most certain first; the same conclusion in two directions stands once. */
  readonly verdicts: readonly (Verdict & { readonly directions: readonly Direction[] })[];
  /** Rules that said neither yes nor no; null: a diagnosis of schema 1, which did not tell. */
  readonly couldNotLook: readonly (BlindRule & { readonly directions: readonly Direction[] })[] | null;
  /** What the verdicts rest on, without the frames: those are in the pcapng files. */
  readonly evidence: readonly EvidenceSummary[];
  /** Why it could not be looked at: it was not attached, or not plugged; null otherwise. */
  readonly failed: Failure | null;
}

/** Why a part of a diagnosis is missing. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface KeptFrames {
  readonly hop: string;
  readonly place: Place;
  readonly frames: number;
}

export interface EvidenceSummary extends Omit<Evidence, 'plan' | 'facts' | 'captures' | 'ladder'> {
  /** How many were kept at each hop. */
  readonly frames: readonly KeptFrames[];
  /** Where packets ended or changed on their way, the most first; behind a NAT packets cannot be followed. */
  readonly traced: readonly string[];
  /** The pcapng file beside the report; null where nothing was captured. */
  readonly capture: string | null;
}

/** What a cure costs: the cured path against what it can be compared with, from a run of its own. */
export interface Price {
  readonly path: string;
  /** uncured: against the path as it was; cures: against the first cure, because the path as it was carries no probe. */
  readonly against: 'uncured' | 'cures';
  /** The paths of the run -> what they stand for. */
  readonly names: Readonly<Record<string, string>>;
  /** The run's id: `hoplab report ID` shows all of it; null where there is none. */
  readonly run: string | null;
  /** What was sent, at what pace, how it was compared: "TCP_RR 1 B / 1 B, back to back, ... · emulated guest". */
  readonly heading: string;
  readonly cells: readonly CellSummary[];
  /** Empty where there is one cure alone, and nothing that it could be compared with. */
  readonly comparisons: readonly Comparison[];
  /** Why nothing was measured; null otherwise. */
  readonly failed: Failure | null;
}

export interface AppliedCure {
  readonly path: string;
  /** As it stands in the list of its verdict, from 1. */
  readonly number: number;
  readonly rule: string;
  readonly cure: Cure;
  /** The ladders of the cured path. */
  readonly ladders: readonly Ladder[];
  readonly healed: boolean;
  /** Why it could not be applied; null otherwise. */
  readonly failed: Failure | null;
}

/** Everything that the renderers show; written as diagnosis.json. */
export interface Diagnosis {
  readonly schema: 2;
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  readonly id: string;
  readonly startedAt: string;
  readonly argv: readonly string[];
  readonly lab: string;
  readonly kernel: string;
  readonly guest: string | null;
  readonly paths: readonly PathDiagnosis[];
  readonly unavailable: readonly UnavailablePath[];
  /** One line a source, over all paths. */
  readonly sources: readonly EvidenceSource[];
  readonly applied: readonly AppliedCure[];
  readonly prices: readonly Price[];
}
