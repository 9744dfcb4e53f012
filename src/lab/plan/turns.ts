// SPDX-License-Identifier: GPL-2.0-only
/** Which paths cannot be attached at one time, because their wires borrow the same interface. Pure. */
import type { PathPlan, Plan } from '../../model/plan.ts';
import { wireOf } from '../../wires/index.ts';

type Wired = Pick<PathPlan, 'name' | 'wire'>;

/** "host1 eth1": what a path borrows. */
function borrowedBy({ wire }: Wired): string[] {
  return (wireOf(wire.kind).borrows?.(wire) ?? []).map(({ place, device }) => `${place} ${device}`);
}

/** Whether of these two only one can be attached. */
export function takeTurns(one: Wired, other: Wired): boolean {
  const theirs = borrowedBy(other);
  return one.name !== other.name && borrowedBy(one).some((device) => theirs.includes(device));
}

/** Those that wait for others of the list. */
export function turnTakers<T extends Wired>(paths: readonly T[]): T[] {
  return paths.filter((path) => paths.some((other) => takeTurns(path, other)));
}

/** What the reader of a run must know of paths that took turns; null where none did. */
export function turnWarning({ paths }: Pick<Plan, 'paths'>): string | null {
  const takers = turnTakers(paths);
  if (takers.length === 0) return null;
  const devices = [...new Set(takers.flatMap(borrowedBy))];
  return (
    `${takers.map(({ name }) => name).join(', ')} take turns on ${devices.join(' and ')}: each block has one of them, attached anew, in the ` +
    'order A B B A over the rounds; no draws are made of two of them, so that their difference has no interval'
  );
}
