// SPDX-License-Identifier: GPL-2.0-only
/** The table of a difference: what lies between two steps that both paths have, in A, in B, and what is between the two. */
import type { SegmentDiff } from '../../model/trace-diff.ts';
import type { TracedDiff } from '../../model/trace-report.ts';
import type { TraceStep } from '../../model/trace-timelines.ts';
import { formatCounted, formatUs } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { describeDifference, describeStep } from '../../words/segment.ts';
import { indented, wrap } from '../../words/wrap.ts';
import { paint, type TextOptions } from './style.ts';
import { type Column, layOut } from './table.ts';

interface Row {
  readonly what: string;
  readonly where: string;
  readonly meanANs: number;
  readonly meanBNs: number;
  readonly differenceNs: number;
  readonly interval: { readonly lowNs: number; readonly highNs: number } | null;
  readonly pValue: number | null;
  readonly share: number | null;
}

/** Nothing that is smaller than this, and no interval that holds 0, is a difference worth a word. */
const SIGNIFICANT = 0.05;

/** A tenth of a microsecond would show nothing of it. */
const HUNDREDTHS_BELOW_NS = 50;

export function diffLines({ a, b, diff }: TracedDiff, options: TextOptions): string[] {
  const heading = `${plainText(b)} against ${plainText(a)}: where the difference is made, mean us over draws`;
  if (diff === null) return [paint(heading, 'heading', options), '  no block of both can be used'];
  const rows: Row[] = [...diff.segments.map(rowOf), { ...diff.total, what: 'all of it', where: '', share: null }];
  const table = layOut(columnsOf(plainText(a, 12), plainText(b, 12)), rows, options.width);
  const only = (name: string, of: (segment: SegmentDiff) => readonly TraceStep[]) => {
    const steps = diff.segments.flatMap(of);
    return steps.length === 0 ? [] : indented(`only ${name} has ${steps.map(describeStep).join(', ')}`, options.width);
  };
  return [
    ...wrap(heading, { width: options.width, first: '', rest: '  ' }).map((line) => paint(line, 'heading', options)),
    table.head,
    ...table.rows,
    ...indented(diffVerdict(diff.draws), options.width),
    ...only(plainText(a), ({ onlyA }) => onlyA),
    ...only(plainText(b), ({ onlyB }) => onlyB),
  ];
}

export function diffVerdict(draws: number): string {
  if (draws < 2) return 'one draw has no interval: add --pairs 4';
  return `95 % intervals over ${formatCounted(draws, 'draw')}, one plugging each; * = excludes 0 after Holm's correction for all segments`;
}

function rowOf(segment: SegmentDiff): Row {
  return { ...segment, ...describeDifference(segment) };
}

function columnsOf(a: string, b: string): Column<Row>[] {
  return [
    { head: 'segment', align: 'left', keep: 99, cell: ({ what }) => what },
    { head: 'where', align: 'left', keep: 5, cell: ({ where }) => (where === '' ? null : where) },
    { head: a, align: 'right', keep: 7, cell: ({ meanANs }) => formatUs(meanANs) },
    { head: b, align: 'right', keep: 7, cell: ({ meanBNs }) => formatUs(meanBNs) },
    { head: `${b} - ${a}`, align: 'right', keep: 98, cell: ({ differenceNs }) => signedUs(differenceNs) },
    {
      head: '95 %',
      align: 'right',
      keep: 6,
      cell: ({ interval, pValue }) =>
        interval === null
          ? null
          : `[${signedUs(interval.lowNs)}, ${signedUs(interval.highNs)}]${pValue !== null && pValue < SIGNIFICANT ? ' *' : '  '}`,
    },
  ];
}

export function signedUs(ns: number): string {
  return `${ns < 0 ? '' : '+'}${Math.abs(ns) < HUNDREDTHS_BELOW_NS ? (ns / 1000).toFixed(2) : formatUs(ns)}`;
}
