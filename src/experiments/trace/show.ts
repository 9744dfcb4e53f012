// SPDX-License-Identifier: GPL-2.0-only
/** A trace in every form. */
import type { TraceReport } from '../../model/trace-report.ts';
import { renderTrace } from '../../render/text/trace.ts';
import { type LabFacts, labFacts } from '../../results/run/figures.ts';
import { reportOf } from '../../results/trace/build.ts';
import { readTraceSource, type TraceSource } from '../../results/trace/source.ts';
import type { Run } from '../../run-store/read-run.ts';
import type { Recorded } from '../experiment.ts';
import { traceRows } from './csv.ts';
import { traceParts } from './markdown.ts';
import { addTrace } from './metrics.ts';
import { tracePage } from './page.ts';

/** Throws NO_DATA where there is no traced block, and RUN_DAMAGED where its probe is not known. */
export async function showTrace(run: Run, version: string): Promise<Recorded> {
  const records = await readTraceSource(run);
  return traceForms(records, await reportOf(records, version), labFacts(run));
}

function traceForms(records: TraceSource, report: TraceReport, facts: LabFacts): Recorded {
  return {
    kind: 'trace',
    id: report.run.id,
    failed: report.failed.length,
    json: report,
    text: (look) => renderTrace(report, look),
    markdown: () => traceParts(report),
    csv: () => traceRows(report),
    metrics: (families) => addTrace(families, report),
    page: tracePage(report, facts),
    samples: records.run,
    records,
    // A traced transaction is slower than a plain one: a histogram of both would be of neither.
    lacks: {
      histogram: {
        why: 'half of whose blocks are slowed by the tracer',
        hint: `hoplab report ${report.run.id} --format csv --samples has all its transactions`,
      },
    },
  };
}
