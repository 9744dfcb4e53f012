// SPDX-License-Identifier: GPL-2.0-only
/**
 * The guest's clock through the CPU's counter, which KVM gives its guest as a linear function of the host's own. Each
 * machine says what its counter read at two moments of its clock; where the host's counter stood at the guest's two
 * moments follows from KVM's offset and ratio, and when that was from the host's line. Pure.
 * Source: Linux, arch/x86/kvm/x86.c, kvm_scale_tsc and kvm_compute_l1_tsc_offset; arch/x86/kvm/debugfs.c.
 */
import { HoplabError } from '../../model/errors.ts';
import type { ClockAlignment, TscPair, TscPairs, TscScale } from '../../model/trace-clock.ts';
import { ClockBrackets, MOST_BEND } from './align-clocks.ts';

/** What one traced block has of both counters. */
export interface TscSource {
  readonly scale: TscScale;
  readonly host: TscPairs;
  readonly guest: TscPairs;
}

/** The guest's clock and the host's at one moment; their difference is right within `withinNs` either way. */
export interface TscMoment {
  readonly guestNs: bigint;
  readonly hostNs: bigint;
  readonly withinNs: number;
}

/** Two counters of a few GHz and their rounding differ by this at most. */
const ROUNDING_NS = 1;

/** Throws TRACE_IMPOSSIBLE where a counter stood still or ran backwards. */
export function tscMoments({ scale, host, guest }: TscSource): readonly [TscMoment, TscMoment] {
  const ticks = host.end.tsc - host.start.tsc;
  if (ticks <= 0n || guest.end.tsc <= guest.start.tsc) throw stoodStill(ticks <= 0n ? 'host' : 'guest');
  const passedNs = Number(middleNs(host.end) - middleNs(host.start)) / 2;
  // What lies outside of the host's two moments is as much less certain as it is further away.
  const moment = (pair: TscPair): TscMoment => {
    const part = Number(hostTsc(pair.tsc, scale) - host.start.tsc) / Number(ticks);
    const hostWithin = (Math.abs(1 - part) * host.start.widthNs + Math.abs(part) * host.end.widthNs) / 2;
    return {
      guestNs: middleNs(pair) / 2n,
      hostNs: middleNs(host.start) / 2n + BigInt(Math.round(part * passedNs)),
      withinNs: hostWithin + pair.widthNs / 2 + ROUNDING_NS,
    };
  };
  return [moment(guest.start), moment(guest.end)];
}

/** Twice the middle, which may be half a nanosecond. */
function middleNs({ monotonicNs, widthNs }: TscPair): bigint {
  return 2n * monotonicNs + BigInt(widthNs);
}

function hostTsc(guestTsc: bigint, { offset, ratio, fractionBits }: TscScale): bigint {
  return ((guestTsc - BigInt(offset)) << BigInt(fractionBits)) / BigInt(ratio);
}

/** The two moments as brackets of a region, and how far between them the clocks may be from a straight line. */
export function addTscBrackets(
  brackets: ClockBrackets,
  source: TscSource,
  { referenceNs, baseNs }: Pick<ClockAlignment, 'referenceNs' | 'baseNs'>,
): { readonly bendNs: number } {
  const moments = tscMoments(source);
  const ends = moments.map(({ guestNs, hostNs, withinNs }) => ({
    guestNs: Number(guestNs - referenceNs),
    valueNs: Number(hostNs - guestNs - baseNs),
    withinNs,
  }));
  ends.forEach(({ guestNs, valueNs, withinNs }, number) => {
    const what = `tsc-offset at the ${number === 0 ? 'start' : 'end'}`;
    brackets.add('upper', { guestNs, valueNs: valueNs + withinNs, what, number });
    brackets.add('lower', { guestNs, valueNs: valueNs - withinNs, what, number });
  });
  const [from, to] = ends;
  if (from === undefined || to === undefined) return { bendNs: 0 };
  // One counter, two clocks: only their kernels' corrections part them. One that is made in the second half alone, twice
  // as strong, has the same ends and is half of the drift off in the middle.
  const driftedNs = Math.abs(to.valueNs - from.valueNs);
  return { bendNs: Math.min(driftedNs / 2, MOST_BEND * (to.guestNs - from.guestNs)) };
}

/** The region of the counter alone. Its lines are chords of the two moments: the bend comes on top, and is in no corner. */
export function alignByTsc(source: TscSource, at: Pick<ClockAlignment, 'referenceNs' | 'baseNs'>): ClockAlignment {
  const brackets = new ClockBrackets();
  const { bendNs } = addTscBrackets(brackets, source, at);
  const straight = brackets.align({ ...at, method: 'tsc-offset' });
  return bendNs === 0 ? straight : { ...straight, bendNs, boundNs: straight.boundNs + bendNs };
}

function stoodStill(machine: string): HoplabError {
  return new HoplabError({
    code: 'TRACE_IMPOSSIBLE',
    message: `align the guest's clock by tsc-offset: the counter of the ${machine} did not run forward between the begin and the end of the trace`,
    hint: 'the machine slept, or its counters are not in step: hoplab trace again',
  });
}
