// SPDX-License-Identifier: GPL-2.0-only
/** A check in every form that it has: it has no samples and no figures. */
import type { CheckReport } from '../../model/check.ts';
import { checkSections } from '../../render/html/check-section.ts';
import type { PageForm } from '../../render/html/page-form.ts';
import { renderCheck } from '../../render/text/check.ts';
import { checkMachine, outcomeCounts } from '../../words/check.ts';
import { commandLine } from '../../words/command-line.ts';
import type { Recorded } from '../experiment.ts';
import { checkRows } from './csv.ts';
import { checkParts } from './markdown.ts';
import { addCheck } from './metrics.ts';

export function checkForms(report: CheckReport): Recorded {
  return {
    kind: 'check',
    id: report.run.id,
    // A "no" is what was asked for; what could not be asked is a failure of the check.
    failed: report.verdicts.filter(({ outcome }) => outcome === 'could-not-look').length,
    json: report,
    text: (look) => renderCheck(report, look),
    markdown: () => checkParts(report),
    csv: () => checkRows(report),
    metrics: (families) => addCheck(families, report),
    page: checkPage(report),
  };
}

function checkPage(report: CheckReport): PageForm {
  const { run, kernel, verdicts } = report;
  return {
    lead: [checkMachine(report), `command: ${commandLine(run.argv)}`],
    alert: null,
    row: { startedAt: run.startedAt, state: run.state, kernel, guest: '-', limits: outcomeCounts(verdicts) },
    sections: (context) => checkSections(report, context),
  };
}
