// SPDX-License-Identifier: GPL-2.0-only
/** What `trace --explain` found, as text. */
import type { ExplainedPath } from '../../lab/explain.ts';
import { HARMFUL } from '../../words/plain-text.ts';
import { widthOf } from '../../words/text-width.ts';
import { wrap } from '../../words/wrap.ts';

/** The kernel's own lines as it laid them out; those that are too wide are moved left or broken, and it is said. */
export function explainText(
  { path, machine, kernel, how, refused, lines, count }: ExplainedPath,
  width: number,
): string {
  const what = how === 'tracepoints' ? `${count} events` : `${count} functions`;
  const times = how === 'tracepoints' ? 'from its send call' : 'those of the tracer, which slows each of them down';
  const plain = lines.map(plainLine);
  const widest = Math.max(0, ...plain.map(widthOf));
  const said = [
    `${path}: one transaction in the ${machine} (Linux ${kernel}), ${what} by ${how}; times are ${times}`,
    ...refused.map((why) => `refused: ${why}`),
    ...(widest > width ? [`laid out anew where a line was too wide; --width ${widest} shows all as it was`] : []),
  ];
  const all = [
    ...said.flatMap((line) => wrap(plainLine(line), { width, first: '', rest: '  ' })),
    ...plain.flatMap((line) => fitted(line, width)),
  ];
  return `${all.join('\n')}\n`;
}

/** A call of function_graph is indented by its depth: where that is too deep, it is moved left. */
function fitted(line: string, width: number): string[] {
  const [, head = '', call = ''] = /^([^|]*\|) +(\S.*)$/.exec(line) ?? [];
  if (widthOf(line) <= width || head === '') return broken(line, width);
  return broken(`${head}${' '.repeat(Math.max(1, width - widthOf(head) - widthOf(call)))}${call}`, width);
}

/** Between two words, all of the spacing kept; what is continued stands four columns further right. */
function broken(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  const before = line.lastIndexOf(' ', width);
  const at = before > indent ? before : line.indexOf(' ', indent);
  if (widthOf(line) <= width || at === -1) return [line];
  const rest = `${' '.repeat(Math.min(indent + 4, Math.floor(width / 3)))}${line.slice(at).trimStart()}`;
  return [line.slice(0, at).trimEnd(), ...(rest.length < line.length ? broken(rest, width) : [rest])];
}

/** Without what a terminal might obey. */
function plainLine(line: string): string {
  return line.replaceAll('\t', ' ').replace(HARMFUL, ' ');
}
