// SPDX-License-Identifier: GPL-2.0-only
/** GitHub's Markdown, for an issue, a merge request or a wiki: one document, and what several of its parts have in common. */
import type { Report } from '../../model/result.ts';
import { footTexts } from '../text/foot.ts';
import { failedLines, unavailableLine } from '../text/run.ts';
import type { RunWords } from '../text/run-words.ts';
import { markdownCode, markdownList, markdownText } from './markdown-text.ts';

/** What one folder has of the document. */
export interface MarkdownPart {
  /** What it is: "run", "trace". */
  readonly kind: string;
  readonly id: string;
  /** Each ends with a newline; an empty one is left out. */
  readonly parts: readonly string[];
}

/** Ends with a newline. */
export function renderMarkdown(all: readonly MarkdownPart[]): string {
  return all
    .map(({ kind, id, parts }) =>
      [`## hoplab ${kind} ${markdownCode(id)}\n`, ...parts].filter((part) => part !== '').join('\n'),
    )
    .join('\n');
}

export function limitsMarkdown(
  { warnings, failed, unavailable }: Pick<Report, 'warnings' | 'failed' | 'unavailable'>,
  label: RunWords['label'],
): string[] {
  return [
    markdownList(
      'Warnings',
      warnings.map(({ text }) => text),
    ),
    markdownList('Failed', failedLines(failed, { label })),
    markdownList('Not measured', unavailable.map(unavailableLine)),
  ];
}

export function footMarkdown(report: Pick<Report, 'machine' | 'run' | 'tool'>): string {
  return footTexts(report)
    .map((text) => `${markdownText(text)}\\\n`)
    .join('')
    .replace(/\\\n$/, '\n');
}
