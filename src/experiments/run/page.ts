// SPDX-License-Identifier: GPL-2.0-only
/** A run as a page: tables and comparisons, then pictures, the lab and the machine. */
import { looksOf } from '../../render/charts/look.ts';
import { answerSection, withColours } from '../../render/html/answer-section.ts';
import { comparisonSection } from '../../render/html/comparison-section.ts';
import { distributionSection } from '../../render/html/distribution-section.ts';
import { environmentSection } from '../../render/html/environment-section.ts';
import { alerts, limitsSection, notesSection } from '../../render/html/limits-section.ts';
import { measuredRow, type PageForm } from '../../render/html/page-form.ts';
import { present } from '../../render/html/sections.ts';
import { tableSection } from '../../render/html/table-section.ts';
import { timeSection } from '../../render/html/time-section.ts';
import { topologySection } from '../../render/html/topology-section.ts';
import type { Piece } from '../../render/markup.ts';
import { footTexts } from '../../render/text/foot.ts';
import { runWords } from '../../render/text/run-words.ts';
import type { RunFigures } from '../../results/run/figures.ts';
import { answerLines } from '../../words/answer.ts';

export function runPage(figures: RunFigures): PageForm {
  const { report, environment } = figures;
  const answer = (): readonly Piece[] => answerLines(report).map((line) => withColours(line, report));
  return {
    lead: footTexts(report),
    alert: alerts(report.warnings),
    row: measuredRow(report),
    environment,
    figures,
    answer: answer(),
    sections(context) {
      const words = runWords(report);
      return present([
        answerSection(answer(), context),
        tableSection(figures, words, context),
        comparisonSection(figures, words, context),
        limitsSection(report, words, context),
        distributionSection(figures, words, context),
        timeSection(figures, words, context),
        topologySection(figures, { label: words.label, shown: new Set(looksOf(report).keys()) }, context),
        environmentSection(environment, context),
        notesSection(report, words, context),
      ]);
    },
  };
}
