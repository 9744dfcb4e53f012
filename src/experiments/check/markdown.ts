// SPDX-License-Identifier: GPL-2.0-only
/** A check in Markdown: the table, what differs, and why each verdict is what it is. */
import type { CheckReport } from '../../model/check.ts';
import { markdownCode, markdownList, markdownTable, markdownText } from '../../render/formats/markdown-text.ts';
import { checkAnswers, checkMachine, differenceText, evidenceText, verdictKey } from '../../words/check.ts';
import { commandLine } from '../../words/command-line.ts';

export function checkParts(report: CheckReport): string[] {
  const { columns, rows, verdicts, differences, run } = report;
  const of = (row: string, column: string) => verdicts.find((one) => one.row === row && one.column === column);
  const table = markdownTable(
    [
      { head: 'row', align: 'left' },
      ...columns.map(({ title }) => ({ head: markdownText(title), align: 'left' }) as const),
    ],
    rows.map(({ id, title }) => [
      markdownText(title),
      ...columns.map((column) => {
        const verdict = of(id, column.id);
        return verdict === undefined ? '-' : markdownText(verdictKey(verdict));
      }),
    ]),
  );
  return [
    markdownList('In short', [...checkAnswers(report), ...differences.map(differenceText)]),
    table,
    ...rows.map(({ id, title }) => {
      const own = columns.flatMap((column) => {
        const verdict = of(id, column.id);
        if (verdict === undefined) return [];
        const evidence = verdict.evidence.map((one) => `  - ${markdownCode(evidenceText(one))}\n`);
        return [
          `- **${markdownText(column.title)}: ${markdownText(verdictKey(verdict))}**: ${markdownText(verdict.words)}\n${evidence.join('')}`,
        ];
      });
      return own.length === 0 ? '' : `### ${markdownText(title)}\n\n${own.join('')}`;
    }),
    ...columns.map(({ title, facts }) =>
      markdownList(
        markdownText(title),
        facts.map(({ name, value }) => `${name}: ${value}`),
      ),
    ),
    `${markdownText(checkMachine(report))}\\\ncommand: ${markdownCode(commandLine(run.argv))}\n`,
  ];
}
