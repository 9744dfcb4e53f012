/** Judges the effects of a report together: the control first, then Holm's correction over the rest. */
import type { ComparedCell, Effect, Unlikeness } from '../model/compare.ts';
import { holm } from '../stats/holm.ts';

const ALPHA = 0.05;

/**
 * The cells with their final verdicts, in the same order.
 *
 * 1. A twin's ratio to the path that it doubles should be the same on both sides. Where it is claimed to differ, every relative
 *    effect of its probe is invalid, as in `judgeComparisons`.
 * 2. Where other work used the CPUs on one side alone, what is not a ratio within one rotation is that work's, and not the
 *    path's: invalid, unless the runs themselves are the unit or `load` was allowed.
 * 3. A claim must survive Holm's correction over the primary effects of all cells that are no controls.
 */
export function judgeCells(cells: readonly ComparedCell[], unlike: readonly Unlikeness[]): readonly ComparedCell[] {
  const controlled = cells.map((cell) => ({
    ...cell,
    effects: cell.effects.map((effect) => overLoad(afterControl(effect, cell, cells), cell, unlike)),
  }));
  const tested = controlled.flatMap((cell) => (cell.twinOf === null ? cell.effects.filter(isTested) : []));
  const adjusted = new Map(holm(tested.map(({ pValue }) => pValue ?? 1)).map((p, i) => [tested[i], p]));
  return controlled.map((cell) => ({
    ...cell,
    effects: cell.effects.map((effect) => corrected(effect, adjusted.get(effect) ?? null, tested.length)),
  }));
}

function isTested({ primary, pValue, verdict }: Effect): boolean {
  return primary && pValue !== null && verdict !== 'invalid';
}

/** Whether a difference is claimed. */
export function isClaimed({ verdict }: Pick<Effect, 'verdict'>): boolean {
  return verdict === 'slower' || verdict === 'faster';
}

function afterControl(effect: Effect, cell: ComparedCell, cells: readonly ComparedCell[]): Effect {
  if (effect.basis.kind === 'absolute' || cell.twinOf !== null) return effect;
  const failed = cells.find(
    (other) =>
      other.twinOf !== null &&
      other.candidate === cell.candidate &&
      other.probe === cell.probe &&
      other.effects.some(
        (one) => one.primary && one.statistic === 'p50' && one.basis.kind !== 'absolute' && isClaimed(one),
      ),
  );
  if (failed === undefined) return effect;
  const because = `the A/A control ${failed.path} came out different, although it is ${failed.twinOf ?? 'the same'} twice`;
  return { ...effect, verdict: 'invalid', because };
}

function overLoad(effect: Effect, cell: ComparedCell, unlike: readonly Unlikeness[]): Effect {
  const shared = effect.basis.kind !== 'absolute' && effect.basis.within !== 'rounds';
  if (shared || effect.unit === 'runs' || effect.verdict === 'invalid') return effect;
  const load = unlike.find((one) => one.key === 'load' && one.candidate === cell.candidate && !one.allowed);
  if (load === undefined) return effect;
  return {
    ...effect,
    verdict: 'invalid',
    because: 'the CPUs were busy with other work on one side alone; --allow load takes it as it is',
  };
}

function corrected(effect: Effect, holmPValue: number | null, tested: number): Effect {
  if (holmPValue === null) return effect;
  if (!isClaimed(effect) || holmPValue < ALPHA) return { ...effect, holmPValue };
  const because = `the interval excludes 0, but not after Holm's correction for ${tested} effects (p = ${holmPValue.toFixed(3)})`;
  return { ...effect, holmPValue, verdict: 'unresolved', because };
}
