// SPDX-License-Identifier: GPL-2.0-only
/** Finds samples that contradict themselves: a bug of a clock or of the prober, never a statistic. */
import { HoplabError } from '../../model/errors.ts';
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';

export interface CheckOptions {
  /** The file's or block's name, for the error. */
  readonly name?: string;
  /** Transactions in a group; without it only the groups' order is checked. */
  readonly groupSize?: number;
}

/** What is known of a path when its next sample comes. */
interface PathState {
  measured: number;
  group: number;
}

/** Throws SAMPLES_IMPOSSIBLE at the first impossible sample of a block, or of one path of it. */
export function checkSamples(samples: Samples, options: CheckOptions = {}): void {
  const paths = new Map<number, PathState>();
  for (let i = 0; i < samples.length; i++) {
    const path = samples.path[i] ?? 0;
    let state = paths.get(path);
    if (state === undefined) {
      state = { measured: 0, group: 0 };
      paths.set(path, state);
    }
    const problem = brokenOrder(samples, i) ?? brokenGroup(samples, i, state, options) ?? impossibleTime(samples, i);
    if (problem !== null) throw impossible(options.name ?? 'samples', i, problem);
  }
}

function brokenOrder(samples: Samples, i: number): string | null {
  if (i === 0) return null;
  const [seq, before] = [samples.seq[i] ?? 0, samples.seq[i - 1] ?? 0];
  if (seq <= before) return `number ${seq} follows number ${before}`;
  const [schedNs, beforeNs] = [samples.schedNs[i] ?? 0n, samples.schedNs[i - 1] ?? 0n];
  if (schedNs < beforeNs) return `its start was intended at ${schedNs} ns, before its predecessor's at ${beforeNs} ns`;
  return null;
}

/** Advances the path's state. */
function brokenGroup(samples: Samples, i: number, state: PathState, options: CheckOptions): string | null {
  const group = samples.group[i] ?? 0;
  if (((samples.flags[i] ?? 0) & SAMPLE_FLAGS.warmup) !== 0) {
    if (state.measured > 0) return `it is marked as warm-up after ${state.measured} measured ones of its path`;
    return group === 0 ? null : `it is marked as warm-up and in group ${group}`;
  }
  const expected = options.groupSize === undefined ? null : Math.floor(state.measured / options.groupSize);
  if (expected !== null && group !== expected) return `its group is ${group} instead of ${expected}`;
  if (group < state.group || group > state.group + 1) return `its group ${group} follows group ${state.group}`;
  state.measured += 1;
  state.group = group;
  return null;
}

function impossibleTime(samples: Samples, i: number): string | null {
  const flags = samples.flags[i] ?? 0;
  const rttNs = samples.rttNs[i] ?? 0;
  if (rttNs === 0) return 'its service time is 0';
  const kernel = flags & SAMPLE_FLAGS.kernelStamp;
  return (
    outside('kernelReceiveNs', samples.kernelReceiveNs[i] ?? 0, { marked: kernel !== 0, rttNs }) ??
    outside('serverNs', samples.serverNs[i] ?? 0, { marked: (flags & SAMPLE_FLAGS.serverStamp) !== 0, rttNs })
  );
}

/** A time within the transaction cannot exceed it. */
function outside(what: string, ns: number, { marked, rttNs }: { marked: boolean; rttNs: number }): string | null {
  if (!marked) return ns === 0 ? null : `${what} is ${ns} and not marked as valid`;
  return ns <= rttNs ? null : `${what} is ${ns}, more than its service time of ${rttNs}`;
}

function impossible(name: string, index: number, problem: string): HoplabError {
  return new HoplabError({
    code: 'SAMPLES_IMPOSSIBLE',
    message: `check ${name}: record ${index} cannot be: ${problem}`,
    hint: 'measure again; if it comes back, report it with the run folder',
  });
}
