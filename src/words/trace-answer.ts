// SPDX-License-Identifier: GPL-2.0-only
/** What a trace answers: where the time of each path goes, where the difference of two is made, and what limits both. */
import type { Segment, ShapeBreakdown, TraceCost } from '../model/trace-breakdown.ts';
import type { SegmentDiff, TraceDiff } from '../model/trace-diff.ts';
import type { TracedDiff, TracedPath, TraceReport } from '../model/trace-report.ts';
import { formatCounted, formatShare, formatSmallUs, formatUs, formatUsSize } from './format.ts';
import { plainText } from './plain-text.ts';
import { describeDifference, describeSegment, placeOf, type SegmentWords } from './segment.ts';

/** A sentence names no more segments than can be kept in mind. */
const MOST_SEGMENTS = 5;
/** Of several paths, so that the whole stays short. */
const MOST_SEGMENTS_OF_MANY = 3;
/** With less of the transactions in its table, or less of their time, a path is not resolved. */
const LEAST_RESOLVED = 0.5;
const SIGNIFICANT = 0.05;
/** Intervals between places that are named of a difference. */
const MOST_DIFFERENCES = 2;

/** A sentence a path, one for the difference of a pair, one for what limits them; empty without a path. */
export function traceAnswerLines(report: TraceReport): string[] {
  const { paths, diffs } = report;
  if (paths.length === 0) return [];
  const most = paths.length > 2 ? MOST_SEGMENTS_OF_MANY : MOST_SEGMENTS;
  return [
    ...paths.map((path) => `${path.path}: ${whereItGoes(path, most)}`),
    // What rotates together changes what is measured: a difference is shown for a pair that rotated alone.
    ...(diffs.length === 1 ? diffs.map(whereItDiffers) : []),
    ...limits(report),
  ].map((line) => plainText(line));
}

function whereItGoes(path: TracedPath, most: number): string {
  const why = unresolved(path);
  if (why !== null) return `cannot tell where its round trip goes: ${why}`;
  const table = tableOf(path);
  if (table === null) return 'cannot tell where its round trip goes';
  const { named, share } = largest(table, most);
  const size = formatShare(share);
  const traced = `${formatUs(table.total.meanNs)} us on average`;
  const part =
    share >= LEAST_RESOLVED
      ? `half of the round trip (${size} of ${traced})`
      : `${size} of the round trip (of ${traced})`;
  const count = `${named.length} of ${formatCounted(table.segments.length, 'segment')}`;
  return `${part} is spent in ${count}: ${named.map(segmentText).join('; ')}${coarse(path)}`;
}

/** null = its segments can be believed. */
function unresolved(path: TracedPath): string | null {
  const { breakdown, blocks, serverNs } = path;
  const table = tableOf(path);
  if (breakdown === null || table === null || table.segments.length === 0) {
    const first = blocks.find(({ unused }) => unused !== null)?.unused;
    return first == null ? 'no transaction was seen whole' : `no traced block can be used: ${first}`;
  }
  if (serverNs !== null) return "stamps of the client's own sockets do not say at which hop";
  if (table.share < LEAST_RESOLVED)
    return `only ${formatShare(table.share)} of the transactions went the ways of the table`;
  const { remainder } = breakdown;
  if (remainder !== null && Math.abs(remainder.share) > 1 - LEAST_RESOLVED)
    return `no hop covers ${formatShare(remainder.share)} of it`;
  return null;
}

function tableOf({ breakdown }: TracedPath): ShapeBreakdown | null {
  return breakdown?.common ?? breakdown?.byShape[0] ?? null;
}

/** The largest segments, until they make half of the whole. */
function largest({ segments }: ShapeBreakdown, most: number): { readonly named: Segment[]; readonly share: number } {
  const named: Segment[] = [];
  let share = 0;
  for (const segment of [...segments].sort((a, b) => b.share - a.share)) {
    if (share >= LEAST_RESOLVED || named.length === most) break;
    named.push(segment);
    share += segment.share;
  }
  return { named, share };
}

/** "ring, interrupt, driver (host2 > guest NIC) 18 %, p50 54.6 ± 15.6 us". */
function segmentText(segment: Segment): string {
  const { what, where } = describeSegment(segment);
  const bound = segment.boundNs === null ? '' : ` ± ${formatSmallUs(segment.boundNs)}`;
  return `${what} (${where}) ${formatShare(segment.share)}, p50 ${formatUs(segment.p50Ns)}${bound} us`;
}

/** A point that was refused, or that nothing was seen of, leaves two hops in one segment. */
function coarse({ breakdown, blocks }: TracedPath): string {
  const blind = [...new Set(blocks.flatMap(({ without }) => without.map(({ machine }) => machine)))];
  const unseen = (breakdown?.coverage.refused.length ?? 0) + (breakdown?.coverage.missing.length ?? 0);
  const why = [
    ...(blind.length === 0 ? [] : [`nothing of the ${blind.join(' and the ')} was recorded`]),
    ...(unseen === 0 ? [] : [`${formatCounted(unseen, 'point')} ${unseen === 1 ? 'was' : 'were'} not seen`]),
  ];
  return why.length === 0 ? '' : `; ${why.join(', ')}, so that a segment may hold several hops`;
}

function whereItDiffers({ a, b, diff }: TracedDiff): string {
  const pair = `${b} against ${a}`;
  if (diff === null) return `${pair}: cannot tell where the difference is made: no block of both can be used`;
  if (diff.total.interval === null)
    return `${pair}: cannot tell where the difference is made: one draw has no interval: add --pairs 4`;
  const proven = diff.segments
    .filter(({ pValue }) => pValue !== null && pValue < SIGNIFICANT)
    .sort((x, y) => Math.abs(y.differenceNs) - Math.abs(x.differenceNs));
  if (proven.length === 0)
    return `${pair}: cannot tell where the difference is made: no segment differs after Holm's correction; all of it is ${withInterval(diff.total)}`;
  const named = proven.slice(0, MOST_DIFFERENCES);
  const parts = named.map(
    (segment) =>
      `${segment.differenceNs < 0 ? 'saves' : 'costs'} ${formatUsSize(segment.differenceNs)} ${intervalOf(segment)} ${between(describeDifference(segment), segment)}`,
  );
  return `${b} ${parts.join(', and ')}, mean over ${formatCounted(diff.draws, 'draw')}; ${explained(named, diff)}`;
}

/** "between vmm and host2 tap (tap: frame to sk_buff)", "at vmm (waits for a CPU)". */
function between({ what }: SegmentWords, { from, to }: SegmentDiff): string {
  const [start, end] = [placeOf(from), placeOf(to)];
  return `${start === end ? `at ${start}` : `between ${start} and ${end}`} (${what})`;
}

/** Whether what was named is all that there is. */
function explained(named: readonly SegmentDiff[], { total }: TraceDiff): string {
  const sumNs = named.reduce((sum, { differenceNs }) => sum + differenceNs, 0);
  const { interval } = total;
  const together = named.length === 1 ? '' : `together ${signed(sumNs)}; `;
  const whole = `the whole ${withInterval(total)}`;
  if (interval === null || (interval.lowNs <= 0 && interval.highNs >= 0))
    return `${together}${whole} is not told from 0, so that what the other hops make cannot be told`;
  const share = formatShare(sumNs / total.differenceNs);
  const part = `${together}that is ${share} of ${whole}`;
  return sumNs >= interval.lowNs && sumNs <= interval.highNs
    ? `${part}, and explains it`
    : `${part}, and does not explain all of it`;
}

function withInterval({ differenceNs, interval }: TraceDiff['total']): string {
  return `${signed(differenceNs)}${interval === null ? '' : ` ${intervalOf({ interval })}`}`;
}

function intervalOf({ interval }: Pick<SegmentDiff, 'interval'>): string {
  return interval === null ? '' : `[${signedFigure(interval.lowNs)}, ${signedFigure(interval.highNs)}]`;
}

function signed(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${formatUsSize(ns)}`;
}

function signedFigure(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${formatSmallUs(Math.abs(ns))}`;
}

/** What a reader must know before the figures are quoted; empty where nothing is known. */
function limits({ machine, run, paths, failed }: TraceReport): string[] {
  const costs = paths.flatMap(({ cost }) => (cost === null ? [] : [cost])).sort((a, b) => b.ratio - a.ratio);
  const found = [
    ...(machine.accel === 'tcg' ? ['emulated guest, no figure holds for KVM'] : []),
    ...costs
      .slice(0, 1)
      .map(({ ratio, interval }) => `tracing costs p50 x ${ratio.toFixed(2)}${ratioInterval(interval)}`),
    ...(run.state === 'finished' ? [] : [`the run is ${run.state}`]),
    ...(failed.length === 0 ? [] : [`${formatCounted(failed.length, 'cell')} failed`]),
  ];
  return found.length === 0 ? [] : [`limits: ${found.join('; ')}`];
}

function ratioInterval(interval: TraceCost['interval']): string {
  return interval === null ? '' : ` [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}]`;
}
