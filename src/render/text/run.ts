// SPDX-License-Identifier: GPL-2.0-only
/** Renders a report as text for a terminal or a mail. */
import type { FailedCell } from '../../model/block.ts';
import type { Report, UnavailablePath, Warning } from '../../model/result.ts';
import { SAMPLES_GONE } from '../../run-store/samples-gone.ts';
import { answerLines } from '../../words/answer.ts';
import { formatCounted } from '../../words/format.ts';
import { quoteNote } from '../../words/pair-medians.ts';
import { pathLabel, twinsOf } from '../../words/path-labels.ts';
import { plainText } from '../../words/plain-text.ts';
import { indented, wrap } from '../../words/wrap.ts';
import { layOutCells, renderCells, type TextContext } from './cells.ts';
import { renderComparisons } from './comparisons.ts';
import { footLines } from './foot.ts';
import { notes } from './notes.ts';
import { paintBars } from './paint-bars.ts';
import { paint, plainSigns, type TextOptions, type Tone } from './style.ts';

/** Narrower than this nothing is laid out any more: lines then run over. */
const LEAST_WIDTH = 40;

/** Kinds that comparisons, counts and notes already say. */
const SAID_ELSEWHERE = ['losses', 'discarded', 'skipped-slots', 'few-draws'];
/** The kind that stands above everything: half a run must not be taken for a whole one. */
const SAID_FIRST = 'unfinished';

/**
 * The report as text that ends with a newline: the figures, what they say and how sure that is, what they mean, what is
 * missing and what limits them; in short what all of it answers comes last, where a terminal stops. Everything that came from disk is free of control characters.
 */
export function renderText(report: Report, asked: TextOptions): string {
  const options = { ...asked, width: Math.max(LEAST_WIDTH, Math.floor(asked.width)) };
  const { probes, warnings } = report;
  const context: TextContext = {
    label: pathLabel,
    twins: twinsOf(report),
    named: probes.length > 1,
    emulated: report.machine.accel === 'tcg',
    options,
  };
  const tables = layOutCells(probes, context);
  const sections = [
    ...warnings.filter(({ kind }) => kind === SAID_FIRST).map((warning) => alert(warning, options)),
    renderCells(probes, tables, context),
    ...probes.map((probe) => renderComparisons(probe, context)),
    quoteLines(report, context),
    list('notes', notes(report, tables, context), 'plain', options).map((line) => paint(line, 'faint', options)),
    list('not measured', report.unavailable.map(unavailableLine), 'warning', options),
    list('failed', failedLines(report.failed, context), 'error', options),
    list('warnings', warningLines(warnings), 'warning', options),
    footLines(report, options),
    paintBars(list('in short', answerLines(report), 'heading', options), report, options),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

/** Beside the figures: the table and the comparisons differ by design, and one of them is to be quoted. */
function quoteLines(report: Report, { label, options }: TextContext): string[] {
  const note = quoteNote(report, label);
  return note === null ? [] : wrap(note, { width: options.width, first: '', rest: '  ' });
}

function alert({ text }: Warning, options: TextOptions): string[] {
  const lines = wrap(plainText(text), { width: options.width, first: '', rest: '  ' });
  return lines.map((line) => paint(line, 'warning', options));
}

function list(title: string, entries: readonly string[], tone: Tone, options: TextOptions): string[] {
  if (entries.length === 0) return [];
  return [paint(title, tone, options), ...entries.flatMap((entry) => indented(entry, options.width))];
}

export function unavailableLine({ path, backend, reason, hint }: UnavailablePath): string {
  const name = path === backend ? path : `${path} (${backend})`;
  return plainText(`${name}: ${reason}${hint === '' ? '' : `: ${hint}`}`);
}

/** Cells that failed for the same reason share a line: a server that died takes a draw after the other with it. */
export function failedLines(failed: readonly FailedCell[], { label }: Pick<TextContext, 'label'>): string[] {
  const same = new Map<string, { readonly cell: FailedCell; readonly places: string[] }>();
  const gone = failed.filter(({ reason }) => reason === SAMPLES_GONE);
  for (const cell of failed) {
    if (gone.includes(cell)) continue;
    const key = JSON.stringify([cell.path, cell.probe, cell.code, cell.reason, cell.hint]);
    const entry = same.get(key) ?? { cell, places: [] };
    entry.places.push(
      cell.draw === null ? cell.part : `draw ${cell.draw.draw + 1} against ${label(cell.draw.pair[1])}`,
    );
    same.set(key, entry);
  }
  const line = (who: string, { code, reason, hint }: FailedCell): string =>
    plainText(`${who}: ${code}: ${reason}${hint === null ? '' : `: ${hint}`}`);
  const [first] = gone;
  const paths = [...new Set(gone.map(({ path }) => label(path)))];
  return [
    ...(first === undefined ? [] : [line(paths.join(', '), first)]),
    ...[...same.values()].map(({ cell, places }) => {
      const [place = '', second] = places;
      const where = second === undefined ? place : `${formatCounted(places.length, 'time')}`;
      return line(`${label(cell.path)}, ${cell.probe}, ${where}`, cell);
    }),
  ];
}

function warningLines(warnings: readonly Warning[]): string[] {
  const said = [...SAID_ELSEWHERE, SAID_FIRST];
  return warnings.filter(({ kind }) => !said.includes(kind)).map(({ text }) => plainText(text));
}
