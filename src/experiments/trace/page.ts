// SPDX-License-Identifier: GPL-2.0-only
/** A trace as a page: the hops of every path, then the lab and the machine. */
import type { TraceReport } from '../../model/trace-report.ts';
import { answerSection } from '../../render/html/answer-section.ts';
import { environmentSection } from '../../render/html/environment-section.ts';
import { alerts, limitsSection } from '../../render/html/limits-section.ts';
import { measuredRow, type PageForm } from '../../render/html/page-form.ts';
import { present } from '../../render/html/sections.ts';
import { topologySection } from '../../render/html/topology-section.ts';
import { traceNotesSection, traceSections } from '../../render/html/trace-section.ts';
import { footTexts } from '../../render/text/foot.ts';
import type { LabFacts } from '../../results/run/figures.ts';
import { plainText } from '../../words/plain-text.ts';
import { traceAnswerLines } from '../../words/trace-answer.ts';

const MOST_OF_NAME = 24;

export function tracePage(report: TraceReport, facts: LabFacts): PageForm {
  return {
    lead: footTexts(report),
    alert: alerts(report.warnings),
    row: measuredRow(report),
    environment: facts.environment,
    answer: traceAnswerLines(report),
    sections(context) {
      const label = (path: string): string => plainText(path, MOST_OF_NAME);
      const shown = new Set(report.paths.map(({ path }) => path));
      return present([
        answerSection(traceAnswerLines(report), context),
        ...traceSections(report, context),
        limitsSection(report, { label }, context),
        topologySection(facts, { label, shown }, context),
        environmentSection(facts.environment, context),
        traceNotesSection(report, context),
      ]);
    },
  };
}
