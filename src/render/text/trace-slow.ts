// SPDX-License-Identifier: GPL-2.0-only
/** The slowest transactions of a path: where each waited longest, who had the CPUs meanwhile, and its timeline. */
import type { SlowEvent, SlowTransaction } from '../../model/trace-slow.ts';
import { formatCounted, formatUs } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { widthOf } from '../../words/text-width.ts';
import { indented } from '../../words/wrap.ts';
import { paint, type TextOptions } from './style.ts';

const MOST_BESIDE = 4;

export function slowLines(path: string, slow: readonly SlowTransaction[], options: TextOptions): string[] {
  if (slow.length === 0) return [];
  return [
    paint(`${plainText(path)}: the ${formatCounted(slow.length, 'slowest transaction')}`, 'heading', options),
    ...slow.flatMap((one) => transactionLines(one, options)),
  ];
}

function transactionLines(
  { number, totalNs, longest, events, beside }: SlowTransaction,
  options: TextOptions,
): string[] {
  const meanwhile = beside.slice(0, MOST_BESIDE).map(({ what, cpu, ns }) => `${what} on CPU ${cpu} ${formatUs(ns)} us`);
  const head = `transaction ${number}: ${formatUs(totalNs)} us, of which ${formatUs(longest.ns)} us from ${longest.from} to ${longest.to}; meanwhile ${meanwhile.join(', ') || 'nothing else was recorded on its CPUs'}`;
  const own = events.filter(({ kind }) => kind === 'own');
  return [
    ...indented(plainText(head), options.width),
    ...own.flatMap((event, index) =>
      eventLines(event, own[index - 1], options).map((line) => paint(line, 'faint', options)),
    ),
  ];
}

/** Where a line has no room for it, the task has one of its own. */
function eventLines(
  { atNs, machine, place, device, point, task, cpu }: SlowEvent,
  before: SlowEvent | undefined,
  { width }: TextOptions,
): string[] {
  const where = [place === '' ? machine : place, device].filter((word) => word !== '').join(' ');
  const since = `+${formatUs(atNs - (before?.atNs ?? atNs))}`;
  const what = `    ${formatUs(atNs).padStart(9)} ${since.padStart(9)}  ${where.padEnd(14)} ${point.padEnd(14)}`;
  const line = `${what} ${task} (CPU ${cpu})`;
  const lines = widthOf(line) <= width ? [line] : [what.trimEnd(), `${' '.repeat(25)}${task} (CPU ${cpu})`];
  return lines.map(plainLine);
}

/** Names of tasks and devices come from disk; the blanks before them are ours. */
function plainLine(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${plainText(line)}`;
}
