// SPDX-License-Identifier: GPL-2.0-only
/** A check as a page: the table, what differs, and the evidence of every verdict. */
import type { CheckOutcome, CheckReport, CheckRow } from '../../model/check.ts';
import { checkAnswers, differenceText, evidenceText, OUTCOME_WORDS, verdictKey } from '../../words/check.ts';
import { type Markup, markup } from '../markup.ts';
import { folded, heading, type Section, type SectionContext, wide } from './section.ts';

/** A sign stands before the word, so that colour is not all. */
const SIGNS: Readonly<Record<CheckOutcome, string>> = {
  ...{ yes: '✓', partly: '~', no: '✗' },
  ...{ refused: '✗', 'could-not-look': '?' },
};
/** The classes of a ladder's outcomes. */
const CLASSES: Readonly<Record<CheckOutcome, string>> = {
  ...{ yes: 'o-pass', partly: 'o-partly', no: 'o-fail' },
  ...{ refused: 'o-fail', 'could-not-look': 'o-not-tried' },
};

export function checkSections(report: CheckReport, context: SectionContext): Section[] {
  const { columns, differences, rows } = report;
  const section = (id: string, title: string, body: Markup): Section => ({ id: `${context.prefix}${id}`, title, body });
  const said = [...checkAnswers(report), ...differences.map(differenceText)];
  const facts = columns.flatMap(({ title, facts: own }) =>
    own.map(({ name, value }) => markup`<tr><th scope="row">${title}: ${name}</th><td>${value}</td></tr>`),
  );
  return [
    section('answer', 'In short', markup`<ul class="sentences">${said.map((line) => markup`<li>${line}</li>`)}</ul>`),
    section('verdicts', 'Verdicts', wide('verdicts', table(report))),
    section('why', 'What was seen', markup`${rows.map((row) => why(row, report, context))}`),
    section(
      'subjects',
      'What was looked at',
      wide('what was looked at', markup`<table class="environment"><tbody>${facts}</tbody></table>`),
    ),
  ];
}

function table({ rows, columns, verdicts }: CheckReport): Markup {
  const lines = rows.map((row, index) => {
    const cells = columns.map(({ id }) => {
      const verdict = verdicts.find((one) => one.row === row.id && one.column === id);
      if (verdict === undefined) return markup`<td class="o-not-tried">-</td>`;
      const { outcome, found, words } = verdict;
      return markup`<td class="${CLASSES[outcome]}" title="${words}">${SIGNS[outcome]} ${OUTCOME_WORDS[outcome]}${found !== null && `, ${found}`}</td>`;
    });
    const group =
      rows[index - 1]?.group === row.group
        ? null
        : markup`<tr><th scope="rowgroup" colspan="${columns.length + 1}">${row.group}</th></tr>`;
    return markup`${group}<tr><th scope="row">${row.title}</th>${cells}</tr>`;
  });
  return markup`<table class="ladder wraps"><caption class="hidden">What each can do</caption><thead><tr><th scope="col">row</th>${columns.map(({ title }) => markup`<th scope="col">${title}</th>`)}</tr></thead><tbody>${lines}</tbody></table>`;
}

function why({ id, title }: CheckRow, { columns, verdicts }: CheckReport, context: SectionContext): Markup {
  const own = columns.flatMap((column) => {
    const verdict = verdicts.find((one) => one.row === id && one.column === column.id);
    if (verdict === undefined) return [];
    const { evidence, words, durationMs } = verdict;
    const lines = evidence.map((one) => markup`<li><code>${evidenceText(one)}</code></li>`);
    return [
      markup`<p><strong>${column.title}: ${verdictKey(verdict)}</strong>: ${words} <span class="key">(${(durationMs / 1000).toFixed(1)} s)</span></p>${lines.length > 0 && folded('evidence', markup`<ul class="evidence">${lines}</ul>`)}`,
    ];
  });
  return markup`${heading(context, title)}${own}`;
}
