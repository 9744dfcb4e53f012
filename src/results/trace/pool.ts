// SPDX-License-Identifier: GPL-2.0-only
/** The timelines of one path in several blocks as one: steps are told apart by their names, not by their numbers. */
import type { Timelines, TraceStep } from '../../model/trace-timelines.ts';
import { stepLabel } from '../../trace/join/step-table.ts';
import { timelineColumns } from '../../trace/join/timeline-columns.ts';
import { onTheWay } from './on-the-way.ts';

export interface BlockTimelines {
  readonly timelines: Timelines;
  /** Transactions of lower numbers are warm-up, and left out. */
  readonly warmup: number;
  /** Added to its numbers, so that no two transactions of the pool share one. */
  readonly firstNumber: number;
}

/** `towardsGuest` is the side of the packets that the guest receives. */
export function poolTimelines(blocks: readonly BlockTimelines[], towardsGuest: 'request' | 'response'): Timelines {
  const steps: TraceStep[] = [];
  const known = new Map<string, number>();
  const numberOf = (step: TraceStep): number => {
    const label = stepLabel(step);
    const found = known.get(label);
    if (found !== undefined) return found;
    known.set(label, steps.length);
    return steps.push(step) - 1;
  };
  const originNs = blocks[0]?.timelines.originNs ?? 0n;
  const kept = blocks.map((block) => keptOf(block, towardsGuest));
  const length = kept.reduce((sum, { indices }) => sum + indices.length, 0);
  const events = kept.reduce((sum, block) => sum + block.events, 0);
  const pooled = {
    length,
    steps,
    originNs,
    ...timelineColumns(length, events),
  } satisfies Timelines;
  let [at, event] = [0, 0];
  for (const [b, { timelines, firstNumber }] of blocks.entries()) {
    const renumbered = Uint16Array.from(timelines.steps, numberOf);
    const later = Number(timelines.originNs - originNs);
    for (const i of kept[b]?.indices ?? []) {
      pooled.number[at] = (timelines.number[i] ?? 0) + firstNumber;
      pooled.startNs[at] = (timelines.startNs[i] ?? 0) + later;
      pooled.flags[at] = timelines.flags[i] ?? 0;
      pooled.first[at] = event;
      at += 1;
      for (const e of kept[b]?.eventsOf(i) ?? []) {
        pooled.step[event] = renumbered[timelines.step[e] ?? 0] ?? 0;
        pooled.atNs[event] = timelines.atNs[e] ?? 0;
        event += 1;
      }
    }
  }
  pooled.first[length] = events;
  return pooled;
}

interface Kept {
  readonly indices: readonly number[];
  readonly events: number;
  eventsOf(transaction: number): readonly number[];
}

function keptOf({ timelines, warmup }: BlockTimelines, towardsGuest: 'request' | 'response'): Kept {
  const eventsOf = onTheWay(timelines, towardsGuest);
  const indices = Array.from({ length: timelines.length }, (_, i) => i).filter(
    (i) => (timelines.number[i] ?? 0) >= warmup,
  );
  return { indices, events: indices.reduce((sum, i) => sum + eventsOf(i).length, 0), eventsOf };
}
