// SPDX-License-Identifier: GPL-2.0-only
/** A run in Markdown: its tables, its comparisons, and what limits them. */
import type { ProbeReport, Report } from '../../model/result.ts';
import { footMarkdown, limitsMarkdown } from '../../render/formats/markdown.ts';
import { markdownList, markdownTable, markdownText } from '../../render/formats/markdown-text.ts';
import { columnsOf } from '../../render/text/cell-columns.ts';
import { countText, UNPROVEN } from '../../render/text/cells.ts';
import { basis, orderComparisons } from '../../render/text/comparisons.ts';
import { notes } from '../../render/text/notes.ts';
import { type RunWords, runWords } from '../../render/text/run-words.ts';
import { answerLines } from '../../words/answer.ts';
import { unitWords } from '../../words/figure.ts';
import { formatHeading } from '../../words/format.ts';
import { quoteNote } from '../../words/pair-medians.ts';
import { sentence } from '../../words/sentence.ts';

export function runParts(report: Report): string[] {
  const words = runWords(report);
  return [
    markdownList('In short', answerLines(report)),
    ...report.probes.map((probe) => cellTable(probe, words)),
    ...report.probes.map((probe) => comparisonList(probe, words)),
    quoteParagraph(report, words),
    ...limitsMarkdown(report, words.label),
    markdownList('Notes', notes(report, words.tables, words.context)),
    footMarkdown(report),
  ];
}

function cellTable({ probe, k, cells }: ProbeReport, { context, label }: RunWords): string {
  const rotation = k > 1 ? `K = ${k} paths in rotation` : 'K = 1, each path on its own';
  const heading = `### ${markdownText(probe.name)}: ${markdownText(formatHeading(probe, rotation, context.emulated))}\n`;
  if (cells.length === 0) return `${heading}\nNo row: no overview block can be used.\n`;
  const unit = cells[0]?.unit ?? 'ns';
  const columns = columnsOf(unit).filter(({ exact }) => cells.some((cell) => exact(cell) !== null));
  const rows = cells.map((cell) => [
    `${markdownText(label(cell.path))}${cell.proven ? '' : `\\${UNPROVEN}`}`,
    ...columns.map((column) => markdownText(column.cell(cell) ?? '-').replace(/^\\-/, '-')),
  ]);
  const heads = columns.map(({ head }) => ({ head: markdownText(head), align: 'right' }) as const);
  const counts = countText(cells, { label });
  const table = markdownTable([{ head: unitWords(unit).head, align: 'left' }, ...heads], rows);
  return `${heading}\n${table}${counts === '' ? '' : `\n${markdownText(counts)}\n`}`;
}

function quoteParagraph(report: Report, { label }: RunWords): string {
  const note = quoteNote(report, label);
  return note === null ? '' : `${markdownText(note)}\n`;
}

function comparisonList({ probe, comparisons }: ProbeReport, { context, label }: RunWords): string {
  if (comparisons.length === 0) return '';
  const { controlFailed, ordered } = orderComparisons(comparisons);
  const title = `Comparisons, ${markdownText(formatHeading(probe, basis(comparisons), context.emulated))}`;
  return markdownList(
    title,
    ordered.map((one) => sentence(one, { label, controlFailed })),
  );
}
