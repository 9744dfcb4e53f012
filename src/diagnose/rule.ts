/** A rule: a predicate over the evidence of one path in one direction, and what follows from it. */
import type { Evidence, Rung, RungResult, Verdict } from '../model/diagnosis.ts';

export interface Rule {
  /** kebab-case: the word in the report and the name of the rule's file. */
  readonly name: string;
  /** One line for the documentation: the symptom and its cause. */
  readonly summary: string;
  /** null: nothing of this kind was seen. Pure. */
  check(evidence: Evidence): Omit<Verdict, 'rule'> | null;
}

/** The rung's result; a rung that was not climbed is not-tried. */
export function rungOf({ ladder }: Pick<Evidence, 'ladder'>, rung: Rung): RungResult {
  const found = ladder.find((result) => result.rung === rung);
  return found ?? { rung, outcome: 'not-tried', detail: 'not climbed', sent: 0, answered: 0, errno: null, ms: 0 };
}

export function fails(evidence: Pick<Evidence, 'ladder'>, ...rungs: readonly Rung[]): boolean {
  return rungs.some((rung) => rungOf(evidence, rung).outcome === 'fail');
}

export function passes(evidence: Pick<Evidence, 'ladder'>, ...rungs: readonly Rung[]): boolean {
  return rungs.every((rung) => rungOf(evidence, rung).outcome === 'pass');
}

/** Sum of the counters whose name matches. */
export function moved({ deltas }: Pick<Evidence, 'deltas'>, name: RegExp): number {
  return Object.entries(deltas).reduce((sum, [key, value]) => sum + (name.test(key) ? value : 0), 0);
}

/** "host1 TcpInCsumErrors +5", a line a counter that matches. */
export function movedLines({ deltas }: Pick<Evidence, 'deltas'>, name: RegExp): string[] {
  return Object.entries(deltas)
    .filter(([key]) => name.test(key))
    .map(([key, value]) => `${key} ${value > 0 ? '+' : ''}${value}`);
}
