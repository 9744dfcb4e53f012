// SPDX-License-Identifier: GPL-2.0-only
/** Timelines as NDJSON: a line for each packet, and one for the transaction with what its tasks did. Pure. */
import type { NamedTimelines } from './chrome-trace.ts';

/**
 * Lines in the order of their transactions, each ended by a newline. `timeNs` is CLOCK_MONOTONIC of the host as decimal text,
 * since 64 bits do not fit JSON's numbers; `atNs` counts from there.
 */
export function* ndjson(paths: readonly NamedTimelines[]): Generator<string> {
  for (const { name: path, timelines } of paths) {
    const { length, first, step, steps, atNs, number, startNs, originNs, flags } = timelines;
    for (let t = 0; t < length; t++) {
      const timeNs = String(originNs + BigInt(Math.round(startNs[t] ?? 0)));
      const transaction = number[t] ?? 0;
      const events = Array.from(step.subarray(first[t], first[t + 1]), (one, index) => ({
        what: steps[one],
        atNs: atNs[(first[t] ?? 0) + index] ?? 0,
      }));
      let text = '';
      for (const packet of ['request', 'response', 'task'] as const) {
        const hops = events.flatMap(({ what, atNs: at }) =>
          what === undefined || what.side !== packet
            ? []
            : [{ atNs: at, machine: what.machine, place: what.place, device: what.device, point: what.point }],
        );
        if (hops.length === 0) continue;
        text += `${JSON.stringify({ path, transaction, packet, timeNs, flags: flags[t] ?? 0, hops })}\n`;
      }
      yield text;
    }
  }
}
