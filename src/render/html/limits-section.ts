// SPDX-License-Identifier: GPL-2.0-only
/** What limits the figures, and what they mean: warnings, what failed or was not measured, notes. Never folded. */

import type { Report, Warning } from '../../model/result.ts';
import { probeOf } from '../../probes/index.ts';
import { asCalled } from '../../words/program-name.ts';
import { type Markup, markup } from '../markup.ts';
import { notes } from '../text/notes.ts';
import { failedLines, unavailableLine } from '../text/run.ts';
import type { RunWords } from '../text/run-words.ts';
import { heading, type Section, type SectionContext } from './section.ts';

/** Warnings, failures and gaps; null = there are none. */
export function limitsSection(
  report: Pick<Report, 'warnings' | 'failed' | 'unavailable'>,
  { label }: Pick<RunWords, 'label'>,
  context: SectionContext,
): Section | null {
  const { warnings, failed, unavailable } = report;
  const lists = [
    list(
      'Warnings',
      warnings.map(({ text }) => text),
      'warnings',
      context,
    ),
    list('Failed', failedLines(failed, { label }), 'failures', context),
    list('Not measured', unavailable.map(unavailableLine), 'gaps', context),
  ];
  if (warnings.length + failed.length + unavailable.length === 0) return null;
  return { id: `${context.prefix}limits`, title: 'What limits these figures', body: markup`${lists}` };
}

/** What signs, columns and words mean, and the method. */
export function notesSection(report: Report, { context: text, tables }: RunWords, context: SectionContext): Section {
  const said = notes(report, tables, text);
  const timed = report.probes.some(({ probe }) => probeOf(probe.protocol).unit === 'ns');
  const method = [
    ...(timed
      ? ['times are whole round trips, from the send call to the return of the receive call, on the client']
      : []),
    'all paths are open at once; one client process sends over them in random rotation, transaction by transaction',
    'a comparison is made within draws, pluggings of the NICs of which every second one has the slots reversed; its interval is taken over draws',
  ];
  return {
    id: `${context.prefix}notes`,
    title: 'Notes and method',
    body: markup`<ul class="notes">${[...said, ...method].map((one) => markup`<li>${asCalled(one)}</li>`)}</ul>`,
  };
}

function list(title: string, entries: readonly string[], kind: string, context: SectionContext): Markup | null {
  if (entries.length === 0) return null;
  return markup`${heading(context, title)}<ul class="${kind}">${entries.map((entry) => markup`<li>${asCalled(entry)}</li>`)}</ul>`;
}

/** What must be read before anything else. */
export function alerts(warnings: readonly Warning[]): Markup | null {
  const first = warnings.filter(({ kind }) => kind === 'unfinished' || kind === 'twin-failed' || kind === 'damaged');
  if (first.length === 0) return null;
  return markup`<div class="alert" role="note">${first.map(({ text }) => markup`<p>${asCalled(text)}</p>`)}</div>`;
}
