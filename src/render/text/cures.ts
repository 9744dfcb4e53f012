// SPDX-License-Identifier: GPL-2.0-only
/** The cures that were applied, and what they cost. */

import type { AppliedCure, Diagnosis, Failure, Price } from '../../model/diagnosis.ts';
import { middleOf } from '../../model/figure.ts';
import type { CellSummary } from '../../model/result.ts';
import { isDifferent } from '../../model/result.ts';
import { cureText } from '../../words/cure.ts';
import { unitWords } from '../../words/figure.ts';
import { formatDirection } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { sentence } from '../../words/sentence.ts';
import { indented } from '../../words/wrap.ts';
import { paint, type TextOptions } from './style.ts';

export function appliedLines({ applied }: Diagnosis, options: TextOptions): string[] {
  if (applied.length === 0) return [];
  return [
    paint('cures applied', 'heading', options),
    ...applied.flatMap((one) =>
      indented(
        plainText(`${one.path}, cure ${one.number}: ${cureText(one.cure)}: ${cureOutcome(one)}`),
        options.width,
      ).map((line) => paint(line, one.healed ? 'good' : one.uncured === 'passes' ? 'warning' : 'error', options)),
    ),
  ];
}

export function cureOutcome({ healed, uncured, ladders, failed }: AppliedCure): string {
  if (failed !== null) return `could not be applied: ${failureText(failed)}`;
  const passes = `every rung passes in ${ladders.length === 1 ? 'one direction' : `${ladders.length} directions`}`;
  if (uncured === 'passes') return `passed by itself: ${passes}, and so does the path without the cure`;
  if (healed) return `healed, ${passes}${uncured === undefined ? '' : '; without it the path still fails'}`;
  const left = new Map<string, string[]>();
  for (const { direction, rungs } of ladders) {
    const failing = rungs.filter((rung) => rung.outcome === 'fail').map(({ rung }) => rung);
    const key = failing.join(', ');
    if (key !== '') left.set(key, [...(left.get(key) ?? []), formatDirection(direction)]);
  }
  const said = [...left].map(([failing, ways]) => `${ways.join(', ')}: ${failing}`);
  return `NOT healed${said.length === 0 ? '' : `, these still fail: ${said.join('; ')}`}`;
}

/** "COMMAND_FAILED: what happened: the next command to type". */
export function failureText({ code, message, hint }: Failure): string {
  return `${code}: ${message}${hint === null ? '' : `: ${hint}`}`;
}

export function priceLines({ prices }: Diagnosis, options: TextOptions): string[] {
  return prices.flatMap((price) => [
    paint(plainText(`what it costs: ${price.path}`), 'heading', options),
    ...priceStatements(price).flatMap((text) => indented(plainText(text), options.width)),
  ]);
}

export function priceStatements({ against, names, heading, cells, comparisons, run, failed }: Price): string[] {
  if (failed !== null) return [`not measured (${heading}): ${failureText(failed)}`];
  const twins = new Map(
    comparisons.filter(({ isTwin }) => isTwin).map(({ candidate, reference }) => [candidate, reference]),
  );
  const label = (path: string): string => {
    const original = twins.get(path);
    return original === undefined ? (names[path] ?? path) : `the twin of ${label(original)}`;
  };
  const controlFailed = comparisons.some((one) => one.isTwin && isDifferent(one));
  const rows = cells
    .filter(({ twinOf }) => twinOf === null)
    .map((cell) => `${label(cell.path)}: ${figures(cell)} (n = ${cell.n}, K = ${cell.k}, this plugging alone)`);
  const alone =
    comparisons.length > 0
      ? []
      : ['one cure alone, and the path as it was carries no probe: nothing to compare it with'];
  const why =
    against === 'cures' && comparisons.length > 0
      ? ['the path as it was carries no probe, so its cures are compared with one another']
      : [];
  const said = comparisons.map((one) => sentence(one, { label, controlFailed }));
  return [
    heading,
    ...why,
    ...alone,
    ...said,
    ...rows,
    `hoplab report ${run} shows the whole run: pace, scheduling, limits`,
  ];
}

/** "p50 180.2 us ± 1.1, p99 240.0 us". */
function figures(cell: CellSummary): string {
  const { value, unit, interval } = middleOf(cell);
  const { format, shown } = unitWords(unit);
  // Half of the interval, as in the table of a run.
  const within = interval === null ? '' : ` ± ${format((interval.high - interval.low) / 2)}`;
  const tail = cell.unit === undefined ? `, p99 ${format(cell.p99Ns)} ${shown}` : '';
  return `p50 ${format(value)} ${shown}${within}${tail}`;
}
