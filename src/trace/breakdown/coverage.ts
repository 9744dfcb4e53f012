// SPDX-License-Identifier: GPL-2.0-only
/** Which of the expected points were seen, and in which share of the transactions. */
import type { Coverage, ExpectedStep } from '../../model/trace-breakdown.ts';
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';

export interface CoverageSource {
  readonly expected?: readonly ExpectedStep[];
  readonly asked?: Coverage['asked'];
  readonly refused?: Coverage['refused'];
}

export function coverageOf(
  timelines: Timelines,
  { expected = [], asked = [], refused = [] }: CoverageSource,
): Omit<Coverage, 'gaps'> {
  const seen = expected.map((one) => ({ ...one, share: shareOf(timelines, one) }));
  return {
    asked,
    refused,
    expected: seen,
    missing: expected.filter((_, index) => seen[index]?.share === 0),
  };
}

function shareOf({ length, steps, first, step }: Timelines, expected: ExpectedStep): number {
  if (length === 0) return 0;
  const fits = Uint8Array.from(steps, (one) => (isExpected(one, expected) ? 1 : 0));
  let count = 0;
  for (let t = 0; t < length; t++) {
    let k = first[t] ?? 0;
    const end = first[t + 1] ?? 0;
    while (k < end && fits[step[k] ?? 0] === 0) k++;
    if (k < end) count++;
  }
  return count / length;
}

export function isExpected(step: TraceStep, { point, machine, place, device, side }: ExpectedStep): boolean {
  return (
    step.point === point &&
    step.machine === machine &&
    (place === undefined || step.place === place) &&
    (device === undefined || step.device === device) &&
    (side === undefined || step.side === side)
  );
}
