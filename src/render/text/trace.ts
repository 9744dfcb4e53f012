// SPDX-License-Identifier: GPL-2.0-only
/** Renders the report of a trace as text for a terminal or a mail. */
import type { Coverage, ExpectedStep, ShapeBreakdown } from '../../model/trace-breakdown.ts';
import type { TracedPath, TraceReport } from '../../model/trace-report.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import { formatCounted, formatPercentSigned, formatShare, formatSmallUs, formatUs } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { placeOf } from '../../words/segment.ts';
import { traceAnswerLines } from '../../words/trace-answer.ts';
import { indented, wrap } from '../../words/wrap.ts';
import { footLines } from './foot.ts';
import { paint, plainSigns, type TextOptions, type Tone } from './style.ts';
import { diffLines } from './trace-diff.ts';
import { slowLines } from './trace-slow.ts';
import { mergedSteps, segmentTable } from './trace-table.ts';
import { tracedPathTitle } from './traced-path-title.ts';

const LEAST_WIDTH = 60;

/** Ends with a newline. Everything that came from disk is free of control characters. */
export function renderTrace(report: TraceReport, asked: TextOptions): string {
  const options = { ...asked, width: Math.max(LEAST_WIDTH, Math.floor(asked.width)) };
  const sections = [
    ...report.paths.map((path) => pathLines(path, report, options)),
    // What rotates together changes what is measured: a difference is shown for a pair that rotated alone.
    ...(report.diffs.length === 1 ? report.diffs.map((diff) => diffLines(diff, options)) : []),
    ...report.paths.map(({ path, slow }) => slowLines(path, slow, options)),
    list('notes', traceNotes(report), 'faint', options),
    list(
      'not traced',
      report.unavailable.map(({ path, reason, hint }) => `${path}: ${reason}: ${hint}`),
      'warning',
      options,
    ),
    list(
      'failed',
      report.failed.map(
        ({ path, code, reason, hint }) => `${path}: ${code}: ${reason}${hint === null ? '' : `: ${hint}`}`,
      ),
      'error',
      options,
    ),
    list(
      'warnings',
      report.warnings.map(({ text }) => text),
      'warning',
      options,
    ),
    footLines(report, options),
    list('in short', traceAnswerLines(report), 'heading', options),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

function pathLines(path: TracedPath, report: TraceReport, options: TextOptions): string[] {
  const { name, key } = tracedPathTitle(path, report);
  const heading = `${name}: ${key}`;
  const { breakdown } = path;
  const shown = breakdown?.common ?? breakdown?.byShape[0] ?? null;
  return [
    ...headingLines(heading, options),
    ...(shown === null ? [] : segmentTable(shown, options)),
    ...pathFacts(path, shown).flatMap((fact) => indented(plainText(fact), options.width)),
  ];
}

function headingLines(text: string, options: TextOptions): string[] {
  const lines = wrap(plainText(text), { width: options.width, first: '', rest: '  ' });
  return lines.map((line) => paint(line, 'heading', options));
}

/** What stands beside the table, a sentence each: how much it covers, what it does not, and how far it holds. */
export function pathFacts(path: TracedPath, shown: ShapeBreakdown | null): string[] {
  return [
    ...blockFacts(path),
    ...(shown === null ? [] : [...shapeFacts(path, shown), ...mergedSteps(shown)]),
    ...remainderFacts(path),
    ...serverFacts(path),
    ...clockFacts(path),
    ...costFacts(path),
    ...coverageFacts(path),
  ];
}

function blockFacts({ blocks }: TracedPath): string[] {
  const used = blocks.filter(({ unused }) => unused === null);
  const lost = blocks.flatMap(({ machines }) => machines).reduce((sum, machine) => sum + machine.lost, 0);
  const records = used.flatMap(({ machines }) => machines).reduce((sum, machine) => sum + machine.records, 0);
  const mechanisms = [
    ...new Set(
      blocks.flatMap(({ machines }) => machines.map(({ machine, mechanism }) => `${mechanism} on the ${machine}`)),
    ),
  ];
  return [
    `${formatCounted(used.length, 'traced block')} of ${blocks.length} used; ${records} records, ${lost} lost; by ${mechanisms.join(', ') || 'nothing'}`,
    ...[
      ...new Set(
        blocks.flatMap(({ without }) => without.map(({ machine, why }) => `no records of the ${machine}: ${why}`)),
      ),
    ],
    ...passedOverFacts(blocks),
    ...blocks.flatMap(({ pair, unused }) =>
      unused === null ? [] : [`the traced block of pair ${pair + 1} is not used: ${unused}`],
    ),
  ];
}

/** Why it was not by a better mechanism, each reason once. */
function passedOverFacts(blocks: TracedPath['blocks']): string[] {
  const said = blocks.flatMap(({ passedOver, without }) =>
    passedOver
      .filter(({ machine }) => without.every((one) => one.machine !== machine))
      .map(({ machine, mechanism, why }) => `not by ${mechanism} on the ${machine}: ${why}`),
  );
  return [...new Set(said)];
}

function serverFacts({ serverNs }: TracedPath): string[] {
  if (serverNs === null) return [];
  return [
    `of the network and the other machine, the server itself takes p50 ${formatUs(serverNs.p50)}, p99 ${formatUs(serverNs.p99)} us; where the rest goes these stamps do not say`,
  ];
}

function shapeFacts({ breakdown }: TracedPath, { transactions, share, shapes }: ShapeBreakdown): string[] {
  if (breakdown === null) return [];
  return [
    `${transactions} of ${formatCounted(breakdown.transactions, 'transaction')} (${formatShare(share)}), in ${formatCounted(shapes, 'path shape')} of ${breakdown.shapes.length}`,
  ];
}

function remainderFacts({ breakdown, serverNs }: TracedPath): string[] {
  const remainder = breakdown?.remainder ?? null;
  // Stamps of the client's own calls leave nothing over: what they do not divide is a row of the table.
  if (remainder === null || serverNs !== null) return [];
  const { p50Ns, p99Ns, share, p50RttNs } = remainder;
  return [
    `remainder that no hop covers: p50 ${formatUs(p50Ns)}, p99 ${formatUs(p99Ns)} us, ${formatShare(share)} of the round trip (p50 ${formatUs(p50RttNs)} us)`,
  ];
}

function clockFacts({ blocks }: TracedPath): string[] {
  const used = blocks.filter(({ unused }) => unused === null);
  const bounds = used.flatMap(({ clockBoundNs }) => (clockBoundNs === null ? [] : [clockBoundNs]));
  if (bounds.length === 0) return [];
  const methods = new Set(used.flatMap(({ clockMethod }) => (clockMethod === null ? [] : [clockMethod])));
  const why = new Set(used.flatMap(({ withoutTsc }) => (withoutTsc === null ? [] : [withoutTsc])));
  return [
    `guest's clock, by ${[...methods].join(' and ')}: every crossing holds within ${formatSmallUs(Math.min(...bounds))} to ${formatSmallUs(Math.max(...bounds))} us, over all clocks that contradict ${methods.has('tsc-offset') ? "neither the CPU's counter nor a packet" : 'no packet'}`,
    ...[...why].map((each) => `guest's clock not by tsc-offset: ${each}`),
  ];
}

function costFacts({ cost, tracedP50Ns, plainP50Ns }: TracedPath): string[] {
  if (cost === null || tracedP50Ns === null || plainP50Ns === null) return [];
  const { ratio, interval, pairs } = cost;
  const range = interval === null ? '' : ` [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}], 95 %`;
  return [
    `cost of tracing: p50 x ${ratio.toFixed(2)}${range} over ${formatCounted(pairs, 'pair')} of blocks (${formatUs(plainP50Ns)} to ${formatUs(tracedP50Ns)} us, ${formatPercentSigned(ratio - 1)})`,
  ];
}

function coverageFacts({ breakdown }: TracedPath): string[] {
  if (breakdown === null) return [];
  const { asked, refused, missing, gaps } = breakdown.coverage;
  const machines = [...new Set(asked.map(({ machine }) => machine))];
  const counted = (machine: TracedMachine) => {
    const all = asked.filter((point) => point.machine === machine).length;
    const no = refused.filter((point) => point.machine === machine).length;
    return all === 0 ? [] : [`${all - no} of ${all} on the ${machine}`];
  };
  const why = new Map<string, string[]>();
  for (const { machine, point, why: reason } of refused)
    why.set(reason, [...(why.get(reason) ?? []), `${point} (${machine})`]);
  return [
    `points attached: ${machines.flatMap(counted).join(', ')}`,
    ...[...why].map(([reason, points]) => `refused: ${points.join(', ')}: ${reason}`),
    ...(missing.length === 0
      ? []
      : [`planned, attached, and seen in no transaction: ${missing.map(expectedAt).join(', ')}`]),
    ...gapFacts(gaps, breakdown.transactions),
  ];
}

/** A gap makes one segment of two; of a task that was woken on its way to sleep it is none, but that cannot be told. */
function gapFacts(gaps: Coverage['gaps'], transactions: number): string[] {
  const said = (some: Coverage['gaps'], what: (gap: Coverage['gaps'][number]) => string) =>
    some.map((gap) => `${gap.transactions} ${gap.transactions === 1 ? 'lacks' : 'lack'} ${what(gap)}`).join(', ');
  const points = gaps.filter(({ after }) => after === null);
  const wakes = gaps.filter(({ after }) => after !== null);
  return [
    ...(points.length === 0
      ? []
      : [
          `of ${formatCounted(transactions, 'transaction')}, ${said(points, (gap) => `${expectedAt(gap)}${gap.side === undefined || gap.side === 'task' ? '' : ` (${gap.side})`}`)}`,
        ]),
    ...(wakes.length === 0
      ? []
      : [
          `of ${formatCounted(transactions, 'transaction')}, ${said(wakes, ({ point, after, place }) => `${point} of ${place ?? 'a task'} after ${after}`)}: it had not gone to sleep yet, or the record is missing`,
        ]),
  ];
}

function expectedAt(step: ExpectedStep): string {
  const { place = '', device = '', side = 'task' } = step;
  const at = placeOf({ ...step, place, device, side });
  return at === '' ? step.point : `${step.point} at ${at}`;
}

export function traceNotes({ paths }: TraceReport): string[] {
  if (paths.every(({ breakdown }) => breakdown === null)) return [];
  return [
    'times are of the segments of the transactions in the table; quantiles do not add: ~p50 and ~p99 are the mean waterfalls of the transactions around those quantiles, which do',
    'share: of the mean from the first point to the last; the bar shows where in it a segment lies, "." is less than half a column',
    '± clock: the most by which a crossing between the clocks of guest and host may be wrong, all transactions alike; what one crossing has too much the way back has too little',
  ];
}

function list(title: string, entries: readonly string[], tone: Tone, options: TextOptions): string[] {
  if (entries.length === 0) return [];
  return [
    paint(title, tone, options),
    ...entries
      .flatMap((entry) => indented(plainText(entry), options.width))
      .map((line) => (tone === 'faint' ? paint(line, tone, options) : line)),
  ];
}
