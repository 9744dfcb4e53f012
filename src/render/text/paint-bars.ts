// SPDX-License-Identifier: GPL-2.0-only
/** The bars of a ranking in the colours of their backends, in lines that are wrapped already. */
import type { Report } from '../../model/result.ts';
import { barParts } from '../ranked-bars.ts';
import { paintBackend, type TextOptions } from './style.ts';

export function paintBars(lines: readonly string[], report: Report, options: TextOptions): string[] {
  return lines.map((line) =>
    barParts(line, report)
      .map(({ text, cell }) => (cell === null ? text : paintBackend(text, cell.backend, options)))
      .join(''),
  );
}
