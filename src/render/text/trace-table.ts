// SPDX-License-Identifier: GPL-2.0-only
/** The table of one path of a trace: its segments in order, each with its times, its share, and where it lies in the whole. */
import type { ShapeBreakdown, Waterfall } from '../../model/trace-breakdown.ts';
import { formatSmallUs, formatUs } from '../../words/format.ts';
import { describeSegment, describeStep } from '../../words/segment.ts';
import { indented } from '../../words/wrap.ts';
import type { TextOptions } from './style.ts';
import { type Column, layOut } from './table.ts';

/** Columns of the drawing; a segment of less than one has a mark all the same. */
const BAR_WIDTH = 20;

interface Row {
  readonly where: string;
  readonly what: string;
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly share: number | null;
  readonly bar: string;
  readonly boundNs: number | null;
  readonly nearNs: readonly number[];
}

/** Lines of the table, and of what stands for segments that are not shown alone. */
export function segmentTable(breakdown: ShapeBreakdown, { width }: TextOptions): string[] {
  const rows = [...segmentRows(breakdown), totalRow(breakdown)];
  const table = layOut(columnsOf(breakdown.waterfalls), rows, width);
  const left = table.left.filter((head) => head !== '');
  return [
    table.head,
    ...table.rows,
    ...(left.length === 0
      ? []
      : indented(`not shown at this width: ${left.join(', ')}; --width ${table.fullWidth} shows all`, width)),
  ];
}

/** "dev_xmit at guest eth0, ... : inside a segment above". */
export function mergedSteps({ segments }: ShapeBreakdown): string[] {
  return segments
    .filter(({ merged }) => merged.length > 0)
    .map((segment) => {
      const { what, where } = describeSegment(segment);
      return `"${what}" (${where}) holds ${segment.merged.map(describeStep).join(', ')}: a crossing there is smaller than its clock's bound`;
    });
}

function segmentRows({ segments, total }: ShapeBreakdown): Row[] {
  let beforeNs = 0;
  return segments.map((segment, index): Row => {
    const bar = barOf(beforeNs / total.meanNs, segment.share);
    beforeNs += segment.meanNs;
    return { ...segment, ...describeSegment(segment), bar, nearNs: [index] };
  });
}

function totalRow({ total }: ShapeBreakdown): Row {
  const { minNs, p50Ns, p99Ns } = total;
  return { where: '', what: 'first point to last', minNs, p50Ns, p99Ns, share: 1, bar: '', boundNs: null, nearNs: [] };
}

/** Where a segment of the mean transaction begins and ends. */
function barOf(start: number, share: number): string {
  const from = Math.min(BAR_WIDTH - 1, Math.floor(start * BAR_WIDTH));
  const to = Math.max(from + 1, Math.min(BAR_WIDTH, Math.round((start + share) * BAR_WIDTH)));
  return (' '.repeat(from) + (share * BAR_WIDTH < 0.5 ? '.' : '#'.repeat(to - from))).padEnd(BAR_WIDTH);
}

function columnsOf(waterfalls: readonly Waterfall[]): Column<Row>[] {
  return [
    { head: 'segment, us', align: 'left', keep: 99, cell: (row) => row.what },
    { head: 'where', align: 'left', keep: 8, cell: (row) => (row.where === '' ? null : row.where) },
    { head: 'min', align: 'right', keep: 1, cell: (row) => formatUs(row.minNs) },
    { head: 'p50', align: 'right', keep: 98, cell: (row) => formatUs(row.p50Ns) },
    { head: 'p99', align: 'right', keep: 6, cell: (row) => formatUs(row.p99Ns) },
    { head: 'share', align: 'right', keep: 6, cell: (row) => (row.share === null ? null : shareText(row.share)) },
    { head: '', align: 'left', keep: 4, cell: (row) => row.bar },
    ...waterfalls.map(
      ({ quantile, totalNs, segmentNs }): Column<Row> => ({
        head: `~p${Math.round(quantile * 100)}`,
        align: 'right',
        keep: 2,
        cell: ({ nearNs: [index] }) => formatUs(index === undefined ? totalNs : (segmentNs[index] ?? 0)),
      }),
    ),
    {
      head: '± clock',
      align: 'right',
      keep: 5,
      cell: ({ boundNs }) => (boundNs === null ? null : formatSmallUs(boundNs)),
    },
  ];
}

function shareText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
