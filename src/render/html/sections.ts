/** The sections of a page: of a run, a trace or a diagnosis, in the order in which they are read. */

import type { Subject } from '../../results/subject.ts';
import { plainText } from '../../words/plain-text.ts';
import { runWords } from '../text/run-words.ts';
import { comparisonSection } from './comparison-section.ts';
import { diagnosisSections } from './diagnosis-section.ts';
import { distributionSection } from './distribution-section.ts';
import { environmentSection } from './environment-section.ts';
import { limitsSection, notesSection } from './limits-section.ts';
import { type Section, type SectionContext, seriesNumbers } from './section.ts';
import { tableSection } from './table-section.ts';
import { timeSection } from './time-section.ts';
import { topologySection } from './topology-section.ts';
import { traceNotesSection, traceSections } from './trace-section.ts';

const MOST_OF_NAME = 24;

export interface HtmlSection {
  /** Unique among the sections of a subject. */
  readonly id: string;
  readonly title: string;
  /** Without the section's own heading; headings in it begin at h3. */
  readonly html: string;
}

/**
 * What a page shows of one subject, for a page of any making: it needs the stylesheet, and works without the script. No
 * inline style and no inline handler is in it, so that a strict content security policy lets it through.
 */
export function htmlSections(subject: Subject): HtmlSection[] {
  return sectionsOf(subject, { prefix: '', level: 3 }).map(({ id, title, body }) => ({
    id,
    title,
    html: String(body),
  }));
}

export function sectionsOf(subject: Subject, context: SectionContext): Section[] {
  switch (subject.kind) {
    case 'run': {
      const words = runWords(subject.report);
      return present([
        tableSection(subject, words, context),
        comparisonSection(subject, words, context),
        limitsSection(subject.report, words, context),
        distributionSection(subject, words, context),
        timeSection(subject, words, context),
        topologySection(subject, { label: words.label, shown: new Set(seriesNumbers(subject.report).keys()) }, context),
        environmentSection(subject.environment, context),
        notesSection(subject.report, words, context),
      ]);
    }
    case 'trace': {
      const { report, environment } = subject;
      const label = (path: string): string => plainText(path, MOST_OF_NAME);
      const shown = new Set(report.paths.map(({ path }) => path));
      return present([
        ...traceSections(report, context),
        limitsSection(report, { label }, context),
        topologySection(subject, { label, shown }, context),
        environmentSection(environment, context),
        traceNotesSection(report, context),
      ]);
    }
    case 'diagnosis':
      return diagnosisSections(subject.diagnosis, context);
    default:
      return subject satisfies never;
  }
}

function present(sections: readonly (Section | null)[]): Section[] {
  return sections.filter((section) => section !== null);
}
