// SPDX-License-Identifier: GPL-2.0-only
/** What runs and diagnoses say of a path: works, failed, not tested, under investigation, and why. */
import type { Diagnosis, PathDiagnosis, Verdict } from '../model/diagnosis.ts';
import type { Report } from '../model/result.ts';
import { plainText } from '../words/plain-text.ts';
import type { DiagnosisFact, RunFact } from './facts.ts';
import { oneLine } from './mail-line.ts';
import type { StateClass } from './state.ts';

export interface PathState {
  readonly path: string;
  /** When it was seen: the last word counts. */
  readonly at: string;
  readonly state: StateClass;
  readonly reason: string;
  /** "run 20261125-211243-6f89". */
  readonly source: string;
  /** Round trips were measured, or every protocol passed a diagnosis, which measures none. */
  readonly seen: 'measured' | 'passes' | null;
}

const MOST_REASON = 240;

export function statesOfRun(run: RunFact): PathState[] {
  const { report } = run;
  const paths = new Set([
    ...report.probes.flatMap(({ cells }) => cells.filter(({ twinOf }) => twinOf === null).map(({ path }) => path)),
    ...report.failed.flatMap(({ path }) => path ?? []),
    ...report.unavailable.map(({ path }) => path),
  ]);
  return [...paths].flatMap((path) => {
    const outcome = outcomeOf(report, path);
    return outcome === null ? [] : [{ path, at: run.startedAt, ...outcome, source: `run ${run.id}` }];
  });
}

export function statesOfDiagnosis({ id, startedAt, diagnosis }: DiagnosisFact): PathState[] {
  return diagnosis.paths.map((path) => ({
    path: path.path,
    at: startedAt,
    ...diagnosed(path, diagnosis),
    source: `diagnosis ${id}`,
  }));
}

/** The oldest first. That every protocol passes says nothing against what was measured before. */
export function inTurn(states: readonly PathState[]): PathState[] {
  const last = new Map<string, PathState>();
  const measured = new Set<string>();
  const told: PathState[] = [];
  for (const state of [...states].sort((a, b) => (a.at < b.at ? -1 : 1))) {
    if (state.seen === 'measured') measured.add(state.path);
    const isKnown = state.seen === 'passes' && measured.has(state.path);
    if (isKnown && last.get(state.path)?.seen === 'measured') continue;
    const one = isKnown ? { ...state, reason: 'every protocol passes' } : state;
    last.set(one.path, one);
    told.push(one);
  }
  return told;
}

type Outcome = Pick<PathState, 'state' | 'reason' | 'seen'>;

/** A path works where it was measured under every probe and its counters show that packets went that way. */
function outcomeOf(report: Report, path: string): Outcome | null {
  const failed = report.failed.find((cell) => cell.path === path || cell.draw?.pair.includes(path));
  if (failed !== undefined) return { state: 'failed', reason: short(`${failed.reason} (${failed.code})`), seen: null };
  const missing = report.unavailable.find((each) => each.path === path);
  if (missing !== undefined) return { state: 'not tested', reason: short(missing.reason), seen: null };
  const cells = report.probes.flatMap((probe) => probe.cells.filter((cell) => cell.path === path));
  if (cells.length === 0) return null;
  if (cells.some((cell) => !cell.proven))
    return {
      state: 'under investigation',
      reason: 'measured, and the counters along the path do not show its packets',
      seen: 'measured',
    };
  return { state: 'ok', reason: '', seen: 'measured' };
}

function diagnosed(path: PathDiagnosis, diagnosis: Diagnosis): Outcome {
  if (path.failed !== null)
    return { state: 'failed', reason: short(`${path.failed.message} (${path.failed.code})`), seen: null };
  const [verdict] = path.verdicts.filter(({ severity }) => severity === 'broken');
  if (verdict !== undefined) return judged(verdict, path, diagnosis);
  const failing = path.ladders.flatMap(({ rungs }) => rungs.filter(({ outcome }) => outcome === 'fail'));
  const rungs = [...new Set(failing.map(({ rung }) => rung))].join(', ');
  if (rungs === '') return { state: 'ok', reason: 'every protocol passes; not measured', seen: 'passes' };
  return {
    state: 'under investigation',
    reason: short(`${rungs} fail, and nothing that was seen says why`),
    seen: null,
  };
}

function judged({ text, confidence }: Verdict, { path }: PathDiagnosis, { applied }: Diagnosis): Outcome {
  const healed = applied.find((cure) => cure.path === path && cure.healed);
  const reason = healed === undefined ? text : `${text}; healed by: ${healed.cure.what}`;
  if (confidence === 'certain') return { state: 'failed', reason: short(reason), seen: null };
  return { state: 'under investigation', reason: short(`${confidence}: ${reason}`), seen: null };
}

/** One sentence in one line. */
function short(text: string): string {
  return plainText(oneLine(text), MOST_REASON);
}
