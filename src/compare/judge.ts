// SPDX-License-Identifier: GPL-2.0-only
/** Judges the effects of a report together: the control first, then Holm's correction over the rest. */

import { isDifferent } from '../model/result.ts';
import { holm } from '../stats/holm.ts';
import type { ComparedCell, ComparedSide, Effect, Unlikeness } from './compare-schema.ts';

const ALPHA = 0.05;

export interface JudgeContext {
  readonly unlike: readonly Unlikeness[];
  /** The baseline, then the candidates. */
  readonly sides: readonly ComparedSide[];
  /** --allow load. */
  readonly loadAllowed: boolean;
}

/**
 * The cells with their final outcomes, in the same order.
 *
 * 1. A twin's ratio to the path that it doubles should be the same on both sides. Where it is claimed to differ, every relative
 *    effect of its probe is invalid, as in `judgeComparisons`. Where it is not shown to be the same, or there is none, they are
 *    not controlled; unless the runs themselves are the unit, whose spread needs no control.
 * 2. Where other work used all CPUs, what is not a ratio within one rotation is that work's, and not the path's: invalid, unless
 *    the runs themselves are the unit or `load` was allowed. Of 105 pairs of runs of one set-up, made while the load was between
 *    1 and 8 on 2 CPUs, 31 % "differed" in the median of tap, and 1 % in its ratio to another path in the same rotation.
 * 3. What a ratio is divided by may itself be another thing: said beside the outcome.
 * 4. A claim must survive Holm's correction over the primary effects of all cells that are no controls.
 */
export function judgeCells(cells: readonly ComparedCell[], context: JudgeContext): readonly ComparedCell[] {
  const controlled = cells.map((cell) => ({
    ...cell,
    effects: cell.effects.map((effect) =>
      overOther(overLoad(afterControl(effect, cell, cells), cell, context), cell, context.unlike),
    ),
  }));
  const tested = controlled.flatMap((cell) => (cell.twinOf === null ? cell.effects.filter(isTested) : []));
  const adjusted = new Map(holm(tested.map(({ pValue }) => pValue ?? 1)).map((p, i) => [tested[i], p]));
  return controlled.map((cell) => ({
    ...cell,
    effects: cell.effects.map((effect) => corrected(effect, adjusted.get(effect) ?? null, tested.length)),
  }));
}

function isTested({ primary, pValue, validity }: Effect): boolean {
  return primary && pValue !== null && validity !== 'invalid';
}

const VOID = { outcome: 'inconclusive', direction: null, validity: 'invalid', moreRuns: null } as const;

function afterControl(effect: Effect, cell: ComparedCell, cells: readonly ComparedCell[]): Effect {
  if (effect.basis.kind === 'absolute' || cell.twinOf !== null) return effect;
  const controls = cells.filter((other) => isControl(other, cell));
  const failed = controls.find(({ effects }) => effects.some((one) => isOfControl(one) && isDifferent(one)));
  if (failed !== undefined) {
    const because = `the A/A control ${failed.path} came out different, although it is ${failed.twinOf ?? 'the same'} twice`;
    return { ...effect, ...VOID, because };
  }
  const holds = controls.some(({ effects }) => effects.some((one) => isOfControl(one) && one.holds === true));
  // Where the runs are the unit, their own spread is in the interval.
  if (effect.unit === 'runs' || holds) return effect;
  const why = controls.length === 0 ? 'no twin is among what is compared' : 'the A/A control is inconclusive';
  return { ...effect, validity: 'not-controlled', because: joined(effect.because, `not controlled: ${why}`) };
}

function isControl(other: ComparedCell, cell: ComparedCell): boolean {
  return other.twinOf !== null && other.candidate === cell.candidate && other.probe === cell.probe;
}

function isOfControl({ primary, statistic, basis }: Effect): boolean {
  return primary && statistic === 'p50' && basis.kind !== 'absolute';
}

function overLoad(effect: Effect, cell: ComparedCell, { sides, loadAllowed }: JudgeContext): Effect {
  const shared = effect.basis.kind !== 'absolute' && effect.basis.within !== 'rounds';
  if (shared || loadAllowed || effect.unit === 'runs' || effect.validity === 'invalid') return effect;
  const busy = [sides[0], sides[cell.candidate + 1]].flatMap((side) =>
    side === undefined || side.runs.every((run) => run.busy !== true) ? [] : [side.name],
  );
  if (busy.length === 0) return effect;
  const where = busy.length === 2 ? 'on both sides' : `before ${busy[0]}`;
  return {
    ...effect,
    ...VOID,
    because: `other work had all CPUs ${where}: --allow load takes it as it is`,
  };
}

/** A ratio moves as well when what it is divided by is another thing. */
function overOther(effect: Effect, cell: ComparedCell, unlike: readonly Unlikeness[]): Effect {
  const { basis } = effect;
  if (basis.kind !== 'relative') return effect;
  const keys = unlike.filter((one) => one.path === basis.to && one.candidate === cell.candidate).map(({ key }) => key);
  if (keys.length === 0) return effect;
  const because = `${basis.to}, which it is divided by, differs itself in ${keys.join(' and ')}`;
  return { ...effect, because: joined(effect.because, because) };
}

function corrected(effect: Effect, holmPValue: number | null, tested: number): Effect {
  if (holmPValue === null) return effect;
  if (!isDifferent(effect) || holmPValue < ALPHA) return { ...effect, holmPValue };
  const why = `the interval excludes 0, but not after Holm's correction for ${tested} effects (p = ${holmPValue.toFixed(3)})`;
  return { ...effect, holmPValue, outcome: 'inconclusive', direction: null, because: joined(why, effect.because) };
}

function joined(...reasons: readonly string[]): string {
  return reasons.filter((reason) => reason !== '').join('; ');
}
