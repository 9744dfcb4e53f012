// SPDX-License-Identifier: GPL-2.0-only
/** A plain table of words: columns as wide as their widest entry, the last one as long as it is. */
import { padEnd, widthOf } from '../words/text-width.ts';
import { wrap } from '../words/wrap.ts';

/** Where a line would be wider than the terminal, each row becomes a paragraph that says the same. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : padEnd(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const lines = all.map(line);
  const fits = lines.every((text) => widthOf(text) <= width);
  return `${(fits ? lines : rows.flatMap((row) => paragraph(heading, row, width))).join('\n')}\n`;
}

/** "t0: mode native, driver veth, MTU 1500". */
function paragraph([, ...heads]: readonly string[], [name = '', ...cells]: readonly string[], width: number): string[] {
  const said = cells.map((cell, column) => `${heads[column] ?? ''} ${cell}`.trim()).join(', ');
  return wrap(`${name}: ${said}`, { width, first: '', rest: '  ' });
}
