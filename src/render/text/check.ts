// SPDX-License-Identifier: GPL-2.0-only
/** Renders a check as text: the table, what differs, and why each verdict is what it is. */
import type { CheckOutcome, CheckReport, CheckVerdict } from '../../model/check.ts';
import {
  checkAnswers,
  checkMachine,
  differenceText,
  evidenceText,
  OUTCOME_WORDS,
  verdictKey,
} from '../../words/check.ts';
import { commandLine } from '../../words/command-line.ts';
import { plainText } from '../../words/plain-text.ts';
import { padEnd, widthOf } from '../../words/text-width.ts';
import { indented, wrap } from '../../words/wrap.ts';
import { paint, plainSigns, type TextOptions, type Tone } from './style.ts';

const LEAST_WIDTH = 60;
const GAP = 2;
/** A title in fewer columns is not read. */
const LEAST_TITLE = 20;
/** JSON and HTML have all of it. */
const MOST_EVIDENCE = 4;

const TONES: Readonly<Record<CheckOutcome, Tone>> = {
  ...{ yes: 'good', partly: 'warning', no: 'error' },
  ...{ refused: 'error', 'could-not-look': 'faint' },
};

/** Ends with a newline. Everything that came from a subject is free of control characters. */
export function renderCheck(report: CheckReport, asked: TextOptions): string {
  const options = { ...asked, width: Math.max(LEAST_WIDTH, Math.floor(asked.width)) };
  const sections = [
    shortLines(report, options),
    tableLines(report, options),
    whyLines(report, options),
    foot(report, options),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

function shortLines(report: CheckReport, options: TextOptions): string[] {
  const said = [...checkAnswers(report), ...report.differences.map(differenceText)];
  return [paint('in short', 'heading', options), ...said.flatMap((line) => indented(plainText(line), options.width))];
}

const verdictOf = ({ verdicts }: CheckReport, row: string, column: string): CheckVerdict | undefined =>
  verdicts.find((one) => one.row === row && one.column === column);

/** Every row in every column, where the columns fit beside a title; else a row says all its columns. */
function tableLines(report: CheckReport, options: TextOptions): string[] {
  const { rows, columns } = report;
  const lines = (row: string, column: string): readonly string[] => {
    const verdict = verdictOf(report, row, column);
    if (verdict === undefined) return ['-'];
    return [OUTCOME_WORDS[verdict.outcome], ...(verdict.found === null ? [] : [plainText(verdict.found, 40)])];
  };
  const widths = columns.map(({ id }) =>
    Math.max(widthOf(id), ...rows.flatMap((row) => lines(row.id, id).map(widthOf))),
  );
  const title = options.width - GAP - widths.reduce((sum, width) => sum + width + GAP, 0);
  if (title < LEAST_TITLE) return stackedLines(report, options);
  const room = Math.min(title, Math.max(...rows.map((row) => widthOf(row.title))));
  const out = [
    paint(
      `  ${padEnd('', room)}${columns.map(({ id }, i) => `  ${padEnd(plainText(id), widths[i] ?? 0)}`).join('')}`.trimEnd(),
      'heading',
      options,
    ),
  ];
  let group = '';
  for (const row of rows) {
    if (row.group !== group) out.push(paint(plainText(row.group), 'heading', options));
    group = row.group;
    const texts = wrap(plainText(row.title), { width: room, first: '', rest: '  ' });
    const cells = columns.map(({ id }) => lines(row.id, id));
    const height = Math.max(texts.length, ...cells.map((cell) => cell.length));
    for (let line = 0; line < height; line += 1) {
      const parts = columns.map(({ id }, i) => {
        const text = cells[i]?.[line] ?? '';
        const verdict = verdictOf(report, row.id, id);
        const tone = line > 0 || verdict === undefined ? 'plain' : TONES[verdict.outcome];
        return `  ${paint(text, tone, options)}${' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)))}`;
      });
      out.push(`  ${padEnd(texts[line] ?? '', room)}${parts.join('')}`.trimEnd());
    }
  }
  return out;
}

function stackedLines(report: CheckReport, options: TextOptions): string[] {
  const { rows, columns } = report;
  return rows.flatMap((row, index) => [
    ...(rows[index - 1]?.group === row.group ? [] : [paint(plainText(row.group), 'heading', options)]),
    ...indented(plainText(row.title), options.width),
    ...columns.flatMap(({ id }) => {
      const verdict = verdictOf(report, row.id, id);
      if (verdict === undefined) return [];
      return wrap(plainText(`${id}: ${verdictKey(verdict)}`), {
        width: options.width,
        first: '    ',
        rest: '      ',
      }).map((line) => paint(line, TONES[verdict.outcome], options));
    }),
  ]);
}

/** The evidence of what is as it should be is left to the other forms. */
function whyLines(report: CheckReport, options: TextOptions): string[] {
  const { rows, columns } = report;
  return rows.flatMap((row) => {
    const own = columns.flatMap(({ id }) => {
      const verdict = verdictOf(report, row.id, id);
      if (verdict === undefined) return [];
      const { width } = options;
      const shown = verdict.outcome === 'yes' ? [] : verdict.evidence.slice(0, MOST_EVIDENCE);
      return [
        ...wrap(plainText(`${id}: ${verdict.words}`), { width, first: '  ', rest: '    ' }).map((line) =>
          paint(line, verdict.outcome === 'yes' ? 'plain' : TONES[verdict.outcome], options),
        ),
        ...shown.flatMap((one) => wrap(plainText(evidenceText(one)), { width, first: '     - ', rest: '       ' })),
      ];
    });
    if (own.length === 0) return [];
    const head = wrap(plainText(`${row.id}: ${row.title}`), { width: options.width, first: '', rest: '  ' });
    return [...head.map((line) => paint(line, 'heading', options)), ...own];
  });
}

function foot(report: CheckReport, options: TextOptions): string[] {
  const { columns, run } = report;
  return [
    ...columns.map(({ id, facts }) => `${id}: ${facts.map(({ name, value }) => `${name} ${value}`).join(', ')}`),
    `run ${run.id}: ${checkMachine(report)}`,
    `command: ${commandLine(run.argv)}`,
  ].flatMap((line) => wrap(plainText(line), { width: options.width, first: '', rest: '  ' }));
}
