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
 * 1. Where other work used all CPUs, what is not a ratio within one rotation is that work's, and not the path's: invalid, unless
 *    the runs themselves are the unit or `load` was allowed. Of 105 pairs of runs of one set-up, made while the load was between
 *    1 and 8 on 2 CPUs, 31 % "differed" in the median of tap, and 1 % in its ratio to another path in the same rotation.
 * 2. A claim must survive Holm's correction over all effects of its kind: over the primary ones, those of controls with them, and
 *    over those that are shown beside them. No row says "slower" by a weaker test than another one of its kind.
 * 3. A twin's ratio to the path that it doubles should be none, or the same on both sides. Where it is claimed to differ, every
 *    ratio of its probe is invalid, as in `judgeComparisons`. Where it is not shown to be the same, or there is none, they are
 *    not controlled, itself included; unless the runs themselves are the unit, whose spread needs no control.
 * 4. What a ratio is divided by may itself be another thing: said beside the outcome.
 */
export function judgeCells(cells: readonly ComparedCell[], context: JudgeContext): readonly ComparedCell[] {
  const loaded = withEffects(cells, (effect, cell) => overLoad(effect, cell, context));
  const tested = loaded.flatMap(({ effects }) => effects).filter(isTested);
  const families = [true, false].map((primary) => tested.filter((effect) => effect.primary === primary));
  const adjusted = new Map(families.flatMap((family) => adjust(family)));
  const claimed = withEffects(loaded, (effect) => corrected(effect, adjusted.get(effect)));
  return withEffects(claimed, (effect, cell) => overOther(afterControl(effect, cell, claimed), cell, context.unlike));
}

function withEffects(
  cells: readonly ComparedCell[],
  judge: (effect: Effect, cell: ComparedCell) => Effect,
): readonly ComparedCell[] {
  return cells.map((cell) => ({ ...cell, effects: cell.effects.map((effect) => judge(effect, cell)) }));
}

function isTested({ pValue, validity }: Effect): boolean {
  return pValue !== null && validity !== 'invalid';
}

/** A p value after Holm's correction, and over how many effects. */
interface Adjusted {
  readonly holmPValue: number;
  readonly over: number;
}

function adjust(family: readonly Effect[]): (readonly [Effect, Adjusted])[] {
  const pValues = holm(family.map(({ pValue }) => pValue ?? 1));
  return family.map((effect, i) => [effect, { holmPValue: pValues[i] ?? 1, over: family.length }]);
}

const VOID = { outcome: 'inconclusive', direction: null, validity: 'invalid', moreRuns: null } as const;

function afterControl(effect: Effect, cell: ComparedCell, cells: readonly ComparedCell[]): Effect {
  // Void already, and for a reason of its own.
  if (effect.basis.kind === 'absolute' || effect.validity === 'invalid') return effect;
  const controls = cells.filter((other) => isControl(other, cell));
  const failed = controls.find(({ effects }) => effects.some((one) => isOfControl(one) && isDifferent(one)));
  if (failed !== undefined) {
    // The claim of the control is that the control failed.
    if (cell.twinOf !== null) return effect;
    const because = `the A/A control ${failed.candidatePath} came out different, although it is ${failed.twinOf ?? 'the same'} twice`;
    return { ...effect, ...VOID, because };
  }
  const found = controls.flatMap(({ effects }) => effects.filter(isOfControl));
  // Where the runs are the unit, their own spread is in the interval.
  if (effect.unit === 'runs' || found.some(({ holds }) => holds === true)) return effect;
  const none = effect.basis.kind === 'direct' ? 'no twin was measured' : 'no twin was measured on both sides';
  const why = found.length === 0 ? none : 'the A/A control is inconclusive';
  // The outcome of a control says that already.
  const because = cell.twinOf === null ? joined(effect.because, `not controlled: ${why}`) : effect.because;
  return { ...effect, validity: 'not-controlled', because };
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

function corrected(effect: Effect, adjusted: Adjusted | undefined): Effect {
  if (adjusted === undefined) return effect;
  const { holmPValue, over } = adjusted;
  if (!isDifferent(effect) || holmPValue < ALPHA) return { ...effect, holmPValue };
  const why = `the interval excludes 0, but not after Holm's correction for ${over} effects (p = ${holmPValue.toFixed(3)})`;
  return { ...effect, holmPValue, outcome: 'inconclusive', direction: null, because: joined(why, effect.because) };
}

function joined(...reasons: readonly string[]): string {
  return reasons.filter((reason) => reason !== '').join('; ');
}
