// SPDX-License-Identifier: GPL-2.0-only
/** Renders a comparison as Markdown, as GitHub shows it under a job ($GITHUB_STEP_SUMMARY). */

import { isDifferent } from '../model/result.ts';
import { probeOf } from '../probes/index.ts';
import { markdownText } from '../render/formats/markdown-text.ts';
import { unitWords } from '../words/figure.ts';
import { formatHeading, formatPercentInterval, formatPercentSigned, formatRatio } from '../words/format.ts';
import { basisColumn, cellName, groupCells, isEmulated, shownEffects, sideName, sideRuns } from './compare-names.ts';
import { comparisonNotes } from './compare-notes.ts';
import type { ComparisonReport, Effect } from './compare-schema.ts';
import { effectSentence } from './compare-sentence.ts';
import { outcomeWord, unlikeText } from './compare-text.ts';
import { levelsOf, unitOf } from './effect-figures.ts';
import { thresholdText } from './threshold-text.ts';
import { failsBy } from './thresholds.ts';

/** Ends with a newline. Names from disk cannot become markup: every sign that could begin some is escaped. */
export function renderMarkdown(report: ComparisonReport): string {
  const names = report.candidates.map(sideName).join(', ');
  const sections = [
    [`## hoplab compare: ${markdownText(sideName(report.baseline))} → ${markdownText(names)}`],
    thresholdSection(report),
    [
      `- baseline: ${markdownText(sideRuns(report.baseline))}`,
      ...report.candidates.map(
        (side) => `- candidate ${markdownText(sideName(side))}: ${markdownText(sideRuns(side))}`,
      ),
    ],
    listed(report.refused ? 'Not compared: the runs are unlike' : 'What differs', report.unlike.map(unlikeText)),
    ...groupCells(report).flatMap((group) => groupSections(report, group)),
    listed('Not compared', [
      ...report.setAside.map(({ run, code, reason }) => `run ${run}: ${code}: ${reason}`),
      ...new Set(report.missing.map(({ probe, path, reason }) => `${path} under ${probe}: ${reason}`)),
    ]),
    notes(report),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function thresholdSection(report: ComparisonReport): string[] {
  return report.thresholds.flatMap(({ expression, outcome, cells }) => {
    const mark = failsBy({ outcome }) ? '❌' : '✅';
    if (cells.length === 0) return [`- ${mark} ${markdownText(`${expression}: nothing to check`)}`];
    return cells.map((cell) => {
      const own = failsBy(cell) ? '❌' : '✅';
      return `- ${own} ${markdownText(thresholdText(report, expression, cell))}`;
    });
  });
}

function groupSections(
  report: ComparisonReport,
  { candidate, cells }: ReturnType<typeof groupCells>[number],
): string[][] {
  const [first] = cells;
  if (first === undefined) return [];
  const ks = [...new Set(cells.flatMap(({ effects }) => effects.flatMap(({ k }) => k.candidate)))].sort(
    (a, b) => a - b,
  );
  const heading = formatHeading(first.candidateProbe, `K = ${ks.join(', ')} in rotation`, isEmulated(report));
  const rows = cells.flatMap((cell) =>
    shownEffects(cell, false).map((effect) => `| ${rowOf(cellName(cell), effect).map(markdownText).join(' | ')} |`),
  );
  const sides = { baseline: report.baseline, candidate };
  const { shown } = unitWords(probeOf(first.probe.protocol).unit);
  const said = cells.flatMap((cell) =>
    cell.effects
      .filter((effect) => effect.primary && isDifferent(effect))
      .map((effect) => `- ${markdownText(effectSentence(cell, effect, sides))}`),
  );
  return [
    [`### ${markdownText(sideName(candidate))}: ${markdownText(heading)}`],
    [
      `| path | | compared | baseline, ${shown} | candidate, ${shown} | ratio | change | 95 % | outcome |`,
      '|---|---|---|--:|--:|--:|--:|--:|---|',
      ...rows,
    ],
    ...(said.length === 0 ? [] : [said]),
  ];
}

function rowOf(name: string, effect: Effect): string[] {
  const { relativeInterval: bounds } = effect;
  const { baseline, candidate } = levelsOf(effect);
  const { format } = unitWords(unitOf(effect));
  return [
    name,
    effect.statistic,
    basisColumn(effect.basis),
    format(baseline),
    format(candidate),
    formatRatio(1 + effect.relative),
    formatPercentSigned(effect.relative),
    bounds === null ? '-' : formatPercentInterval(bounds),
    `${outcomeWord(effect)}${effect.standing === 'indication' && effect.relativeInterval !== null && effect.validity !== 'invalid' ? ' (indication)' : ''}`,
  ];
}

function notes(report: ComparisonReport): string[] {
  const shown = report.cells.flatMap((cell) => shownEffects(cell, false));
  const lines = comparisonNotes(report, shown, []).map((note) => `- ${markdownText(note)}`);
  if (lines.length === 0) return [];
  return ['<details><summary>Method and counts</summary>', '', ...lines, '', '</details>'];
}

function listed(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`**${title}**`, '', ...entries.map((entry) => `- ${markdownText(entry)}`)];
}
