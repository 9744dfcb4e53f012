// SPDX-License-Identifier: GPL-2.0-only
/** A trace in Markdown: the segments of every path, their difference, and what limits them. */
import type { TracedPath, TraceReport } from '../../model/trace-report.ts';
import { footMarkdown, limitsMarkdown } from '../../render/formats/markdown.ts';
import { markdownList, markdownTable, markdownText } from '../../render/formats/markdown-text.ts';
import { pathFacts, traceNotes } from '../../render/text/trace.ts';
import { diffVerdict, signedUs } from '../../render/text/trace-diff.ts';
import { tracedPathTitle } from '../../render/text/traced-path-title.ts';
import { formatSmallUs, formatUs } from '../../words/format.ts';
import { describeDifference, describeSegment } from '../../words/segment.ts';
import { traceAnswerLines } from '../../words/trace-answer.ts';

export function traceParts(report: TraceReport): string[] {
  const label = (path: string): string => path;
  return [
    markdownList('In short', traceAnswerLines(report)),
    ...report.paths.map((path) => tracedPath(path, report)),
    ...(report.diffs.length === 1 ? report.diffs.map(difference) : []),
    ...limitsMarkdown(report, label),
    markdownList('Notes', traceNotes(report)),
    footMarkdown(report),
  ];
}

function tracedPath(path: TracedPath, report: TraceReport): string {
  const { name, key } = tracedPathTitle(path, report);
  const shown = path.breakdown?.common ?? path.breakdown?.byShape[0] ?? null;
  const heads = ['min', 'mean', 'p50', 'p99', 'share', '± clock'].map((head) => ({ head, align: 'right' }) as const);
  const rows = (shown?.segments ?? []).map((segment) => {
    const { what, where } = describeSegment(segment);
    const { minNs, meanNs, p50Ns, p99Ns, share, boundNs } = segment;
    const times = [minNs, meanNs, p50Ns, p99Ns].map(formatUs);
    return [
      markdownText(what),
      markdownText(where),
      ...times,
      `${(share * 100).toFixed(1)} %`,
      boundNs === null ? '-' : formatSmallUs(boundNs),
    ];
  });
  const total =
    shown === null
      ? []
      : [
          [
            '**first point to last**',
            '',
            ...[shown.total.minNs, shown.total.meanNs, shown.total.p50Ns, shown.total.p99Ns].map(formatUs),
            '100 %',
            '-',
          ],
        ];
  const columns = [{ head: 'segment, us', align: 'left' }, { head: 'where', align: 'left' }, ...heads] as const;
  const facts = pathFacts(path, shown)
    .map((fact) => `- ${markdownText(fact)}\n`)
    .join('');
  return `### ${markdownText(name)}: ${markdownText(key)}\n\n${shown === null ? '' : `${markdownTable(columns, [...rows, ...total])}\n`}${facts}`;
}

function difference({ a, b, diff }: TraceReport['diffs'][number]): string {
  const title = `### ${markdownText(b)} against ${markdownText(a)}\n`;
  if (diff === null) return `${title}\nNo block of both can be used.\n`;
  const rows = [
    ...diff.segments.map((segment) => ({ ...segment, ...describeDifference(segment) })),
    { ...diff.total, what: 'all of it', where: '' },
  ];
  const columns = [
    { head: 'segment', align: 'left' },
    { head: 'where', align: 'left' },
    ...[`${markdownText(a)}, us`, `${markdownText(b)}, us`, 'difference', '95 %'].map(
      (head) => ({ head, align: 'right' }) as const,
    ),
  ] as const;
  const table = rows.map(({ what, where, meanANs, meanBNs, differenceNs, interval, pValue }) => [
    markdownText(what),
    markdownText(where),
    formatUs(meanANs),
    formatUs(meanBNs),
    signedUs(differenceNs),
    interval === null
      ? '-'
      : `\\[${signedUs(interval.lowNs)}, ${signedUs(interval.highNs)}\\]${pValue !== null && pValue < 0.05 ? ' \\*' : ''}`,
  ]);
  return `${title}\n${markdownTable(columns, table)}\n${markdownText(diffVerdict(diff.draws))}\n`;
}
