// SPDX-License-Identifier: GPL-2.0-only
/** Renders a report as JSON: what results.json holds and `hoplab report --json` prints. */
import { HARMFUL } from '../words/plain-text.ts';

/** Of the shape of its schema in schema/, with a newline at its end; safe to print. */
export function renderJson(report: object): string {
  // JSON escapes C0 alone; DEL, C1 and direction marks would reach the terminal as they are.
  return `${JSON.stringify(report, plain, 2).replace(HARMFUL, (sign) => (sign === '\n' ? sign : escaped(sign)))}\n`;
}

/** 64 bits as decimal text: JSON's numbers do not hold them. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function escaped(sign: string): string {
  return Array.from({ length: sign.length }, (_, i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
