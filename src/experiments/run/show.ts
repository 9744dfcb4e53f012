// SPDX-License-Identifier: GPL-2.0-only
/** A run in every form. */
import { renderText } from '../../render/text/run.ts';
import { buildReport } from '../../results/run/build.ts';
import { type RunFigures, runFigures } from '../../results/run/figures.ts';
import type { Run } from '../../run-store/read-run.ts';
import type { Recorded, Wanted } from '../experiment.ts';
import { runRows } from './csv.ts';
import { runParts } from './markdown.ts';
import { addRun } from './metrics.ts';
import { runPage } from './page.ts';

/** Throws NO_DATA where nothing was measured. */
export function showRun(run: Run, { version, pictures }: Wanted): Recorded {
  return runForms(run, runFigures(run, buildReport(run, version), { pictures }));
}

/** With figures of it that there are already. */
export function runForms(run: Run, figures: RunFigures): Recorded {
  const { report } = figures;
  return {
    kind: 'run',
    id: report.run.id,
    failed: report.failed.length,
    json: report,
    text: (look) => renderText(report, look),
    markdown: () => runParts(report),
    csv: () => runRows(report),
    metrics: (families) => addRun(families, report),
    page: runPage(figures),
    samples: run,
    histogram: run,
  };
}
