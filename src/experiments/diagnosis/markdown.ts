// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis in Markdown: the ladder of every path, its verdicts, and the cures that were applied. */

import type { Diagnosis, PathDiagnosis } from '../../model/diagnosis.ts';
import { RUNGS } from '../../model/ladder.ts';
import { markdownCode, markdownList, markdownTable, markdownText } from '../../render/formats/markdown-text.ts';
import { cureOutcome, failureText, priceStatements } from '../../render/text/cures.ts';
import { blindRules, isUnexplained, refusedSources, smallestText, UNEXPLAINED } from '../../render/text/diagnosis.ts';
import { unavailableLine } from '../../render/text/run.ts';
import { commandLine } from '../../words/command-line.ts';
import { cureText } from '../../words/cure.ts';
import { diagnosisAnswers, pathName } from '../../words/diagnosis-answer.ts';
import { formatDirection, formatMoment } from '../../words/format.ts';

export function diagnosisParts(diagnosis: Diagnosis): string[] {
  const { paths, applied, prices, unavailable, sources, lab, kernel, guest, startedAt, tool, argv } = diagnosis;
  const system = `lab ${lab}, Linux ${kernel}${guest === null ? '' : `, guest Linux ${guest}`}, started ${formatMoment(startedAt)}, hoplab ${tool.version}`;
  return [
    markdownList(
      'In short',
      diagnosisAnswers(diagnosis).map(({ text }) => text),
    ),
    ...paths.map(diagnosedPath),
    markdownList(
      'Cures applied',
      applied.map((one) => `${one.path}, cure ${one.number}: ${cureText(one.cure)}: ${cureOutcome(one)}`),
    ),
    ...prices.map((price) => markdownList(`What it costs: ${markdownText(price.path)}`, priceStatements(price))),
    markdownList('Not looked at', unavailable.map(unavailableLine)),
    markdownList('What this machine refused to tell', refusedSources(sources)),
    `${markdownText(system)}\\\ncommand: ${markdownCode(commandLine(argv))}\n`,
  ];
}

function diagnosedPath(path: PathDiagnosis): string {
  const { failed, ladders, verdicts } = path;
  const title = `### ${markdownText(pathName(path))}\n`;
  if (failed !== null) return `${title}\nCould not be attached: ${markdownText(failureText(failed))}\n`;
  const rungs = RUNGS.filter((rung) => ladders.some((ladder) => ladder.rungs.some((one) => one.rung === rung)));
  const table = markdownTable(
    [
      { head: 'rung', align: 'left' },
      ...ladders.map(({ direction }) => ({ head: markdownText(formatDirection(direction)), align: 'left' }) as const),
    ],
    rungs.map((rung) => [
      rung,
      ...ladders.map((ladder) => OUTCOMES[ladder.rungs.find((one) => one.rung === rung)?.outcome ?? 'not-tried']),
    ]),
  );
  const smallest = ladders
    .flatMap((ladder) => smallestText(ladder) ?? [])
    .map((text) => `- ${markdownText(text)}\n`)
    .join('');
  const found = verdicts.map(verdictText).join('\n');
  const blind = blindRules(path.couldNotLook).map((line) => `\n- ${markdownText(line)}`);
  const unexplained = isUnexplained(path) ? `${UNEXPLAINED}\n${blind.length === 0 ? '' : `${blind.join('')}\n`}` : '';
  return [title, table, smallest, found, unexplained].filter((part) => part !== '').join('\n');
}

const OUTCOMES = { pass: 'pass', fail: '**FAIL**', 'not-applicable': 'n/a', 'not-tried': '-' } as const;

function verdictText(
  { text, confidence, severity, rule, evidence, cures, directions }: PathDiagnosis['verdicts'][number],
  index: number,
): string {
  const where = directions.map((way) => formatDirection(way)).join(', ');
  const head = `${index + 1}. **${markdownText(text)}** (${confidence}, ${severity}; ${markdownText(where)}) ${markdownCode(rule)}\n`;
  const inside = [...evidence, ...cures.map((cure, number) => `cure ${number + 1}: ${cureText(cure)}`)];
  return head + inside.map((line) => `   - ${markdownText(line)}\n`).join('');
}
