// SPDX-License-Identifier: GPL-2.0-only
/** The slowest transactions of a path: where each waited longest, who had the CPUs meanwhile, and its timeline. */
import type { SlowEvent, SlowTransaction } from '../../model/trace-slow.ts';
import { formatCounted, formatUs } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
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
    ...own.map((event, index) => paint(eventLine(event, own[index - 1]), 'faint', options)),
  ];
}

function eventLine(
  { atNs, machine, place, device, point, task, cpu }: SlowEvent,
  before: SlowEvent | undefined,
): string {
  const where = [place === '' ? machine : place, device].filter((word) => word !== '').join(' ');
  const since = `+${formatUs(atNs - (before?.atNs ?? atNs))}`;
  return plainLine(
    `    ${formatUs(atNs).padStart(9)} ${since.padStart(9)}  ${where.padEnd(14)} ${point.padEnd(14)} ${task} (CPU ${cpu})`,
  );
}

/** Names of tasks and devices come from disk; the blanks before them are ours. */
function plainLine(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${plainText(line)}`;
}
