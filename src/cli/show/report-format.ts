// SPDX-License-Identifier: GPL-2.0-only
/** The formats of `hoplab report` by their names, and by the names of files. */
import { didYouMean } from '../../schema/nearest-word.ts';
import { usageError } from '../usage.ts';

export const REPORT_FORMATS = ['text', 'json', 'markdown', 'csv', 'prometheus', 'openmetrics', 'hdr', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What people also call them. */
const OTHER_NAMES: ReadonlyMap<string, ReportFormat> = new Map([
  ['txt', 'text'],
  ['md', 'markdown'],
  ['prom', 'prometheus'],
  ['hlog', 'hdr'],
  ['hdrhistogram', 'hdr'],
]);

export function parseFormat(text: string): ReportFormat {
  const word = text.toLowerCase();
  const found = REPORT_FORMATS.find((format) => format === word) ?? OTHER_NAMES.get(word);
  if (found !== undefined) return found;
  throw usageError(
    `--format: no format "${text}"${didYouMean(word, REPORT_FORMATS)}; there are ${REPORT_FORMATS.join(', ')}`,
  );
}

/** The format that the ending of a file's name asks for; null = it asks for none. */
export function formatOfFile(file: string): ReportFormat | null {
  const endings: readonly (readonly [string, ReportFormat])[] = [
    ['.txt', 'text'],
    ['.json', 'json'],
    ['.md', 'markdown'],
    ['.csv', 'csv'],
    ['.prom', 'prometheus'],
    ['.openmetrics', 'openmetrics'],
    ['.om', 'openmetrics'],
    ['.hlog', 'hdr'],
    ['.html', 'html'],
  ];
  return endings.find(([ending]) => file.toLowerCase().endsWith(ending))?.[1] ?? null;
}
