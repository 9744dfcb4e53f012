// SPDX-License-Identifier: GPL-2.0-only
/** Proof of the seam: a kind of recorded work with verdicts and no figures, known to nothing of the product. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Experiment, Recorded } from '../../../src/experiments/experiment.ts';
import { readPart, runEntry } from '../../../src/experiments/run-entry.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { markup } from '../../../src/render/markup.ts';
import { createRunFolder } from '../../../src/run-store/create-run-folder.ts';
import { RUN_FILES } from '../../../src/run-store/layout.ts';
import { RUNS } from '../../../src/run-store/shelf.ts';
import { plainText } from '../../../src/words/plain-text.ts';

const schema = z.object({
  schema: z.literal(1),
  kind: z.literal('survey'),
  run: z.object({ id: z.string(), startedAt: z.string() }),
  checks: z.array(
    z.object({ name: z.string(), outcome: z.enum(['holds', 'does not', 'could not look']), why: z.string() }),
  ),
});
type SurveyReport = z.infer<typeof schema>;

export const survey: Experiment = {
  name: 'survey',
  shelf: RUNS,
  schema,
  entry(folder) {
    const entry = runEntry(folder, { kind: 'survey', cells: [] });
    const report = readPart(join(folder, RUN_FILES.results), schema);
    if (entry === null || report === null) return entry;
    const holding = report.checks.filter(({ outcome }) => outcome === 'holds').length;
    return { ...entry, problem: null, outcome: `${holding} of ${report.checks.length} hold` };
  },
  async read(folder) {
    const report = readPart(join(folder, RUN_FILES.results), schema);
    if (report !== null) return forms(report);
    throw new HoplabError({ code: 'RUN_DAMAGED', message: `read the survey ${basename(folder)}`, hint: 'hoplab runs' });
  },
};

function forms(report: SurveyReport): Recorded {
  const { run, checks } = report;
  const rows = checks.map(({ name, outcome, why }) => `${name}: ${outcome}: ${why}`);
  return {
    kind: 'survey',
    id: run.id,
    failed: checks.filter(({ outcome }) => outcome !== 'holds').length,
    json: report,
    text: () => `survey ${run.id}\n${rows.map((row) => `  ${plainText(row)}\n`).join('')}`,
    csv: () =>
      checks.map(({ name, outcome, why }) => ({ kind: 'survey', run: run.id, code: name, outcome, reason: why })),
    page: {
      lead: [`started ${run.startedAt}`],
      alert: null,
      row: { startedAt: run.startedAt, state: 'finished', kernel: '-', guest: '-', limits: `${checks.length} checks` },
      sections: ({ prefix }) => [
        {
          id: `${prefix}checks`,
          title: 'Checks',
          body: markup`<table><tbody>${checks.map(({ name, outcome, why }) => markup`<tr><th scope="row">${name}</th><td>${outcome}</td><td>${why}</td></tr>`)}</tbody></table>`,
        },
      ],
    },
  };
}

/** A folder of it with two checks. */
export async function recordSurvey(root: string): Promise<string> {
  const folder = await createRunFolder(root, { label: 'proof', version: '0.1.0', argv: ['survey'], kind: 'survey' });
  const { id, startedAt } = folder.header;
  const report: SurveyReport = {
    schema: 1,
    kind: 'survey',
    run: { id, startedAt },
    checks: [
      { name: 'iommu', outcome: 'holds', why: 'the kernel has 12 groups' },
      { name: 'firmware', outcome: 'could not look', why: 'reading <efivars> needs root' },
    ],
  };
  await folder.writeResults(JSON.stringify(report));
  await folder.finish('finished', null);
  return folder.path;
}
