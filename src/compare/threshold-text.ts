// SPDX-License-Identifier: GPL-2.0-only
/** The thresholds of --fail-if as lines. */

import { paint, type TextOptions, type Tone } from '../render/text/style.ts';
import { plainText } from '../words/plain-text.ts';
import { indented } from '../words/wrap.ts';
import { sideName } from './compare-names.ts';
import type { CheckedThreshold, ComparisonReport, ThresholdCell } from './compare-schema.ts';

export const OUTCOME_WORDS: Readonly<Record<CheckedThreshold['outcome'], string>> = {
  held: 'held',
  exceeded: 'EXCEEDED',
  'not-checked': 'NOT CHECKED',
};

const TONES: Readonly<Record<CheckedThreshold['outcome'], Tone>> = {
  held: 'good',
  exceeded: 'error',
  'not-checked': 'error',
};

export function thresholdLines(report: ComparisonReport, options: TextOptions): string[] {
  if (report.thresholds.length === 0) return [];
  return [
    paint('thresholds', 'heading', options),
    ...report.thresholds.flatMap(({ expression, cells, outcome }) => {
      const none = cells.length === 0 ? [`${expression}: ${OUTCOME_WORDS[outcome]}: there is nothing to check`] : [];
      const lines = cells.map((cell) => ({ tone: TONES[cell.outcome], text: thresholdText(report, expression, cell) }));
      return [...none.map((text) => ({ tone: TONES[outcome], text })), ...lines].flatMap(({ tone, text }) =>
        indented(plainText(text), options.width).map((line) => paint(line, tone, options)),
      );
    }),
  ];
}

/** "p99 > 1.05x: macvtap, tcp-rr: EXCEEDED: p99 +7.2 % ...". */
export function thresholdText(report: ComparisonReport, expression: string, cell: ThresholdCell): string {
  const side = report.candidates[cell.candidate];
  const name = report.candidates.length > 1 && side !== undefined ? `${sideName(side)}, ` : '';
  const path = cell.path === '*' ? '' : `${cell.path}, `;
  return `${expression}: ${name}${path}${cell.probe}: ${OUTCOME_WORDS[cell.outcome]}: ${cell.text}`;
}
