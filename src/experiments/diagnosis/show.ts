// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis in every form that it has: it has no samples, and nothing to compare. */
import type { Diagnosis } from '../../model/diagnosis.ts';
import { diagnosisSections } from '../../render/html/diagnosis-section.ts';
import type { PageForm } from '../../render/html/page-form.ts';
import { renderDiagnosis } from '../../render/text/diagnosis.ts';
import { formatCounted, formatMoment } from '../../words/format.ts';
import type { Recorded } from '../experiment.ts';
import { diagnosisRows } from './csv.ts';
import { diagnosisParts } from './markdown.ts';
import { addDiagnosis } from './metrics.ts';

export function diagnosisForms(diagnosis: Diagnosis): Recorded {
  return {
    kind: 'diagnosis',
    id: diagnosis.id,
    failed: diagnosis.paths.filter(({ failed }) => failed !== null).length,
    json: diagnosis,
    text: (look) => renderDiagnosis(diagnosis, look),
    markdown: () => diagnosisParts(diagnosis),
    csv: () => diagnosisRows(diagnosis),
    metrics: (families) => addDiagnosis(families, diagnosis),
    page: diagnosisPage(diagnosis),
  };
}

function diagnosisPage(diagnosis: Diagnosis): PageForm {
  const { lab, startedAt, kernel, guest, paths } = diagnosis;
  const broken = paths.filter(({ verdicts, failed }) => failed !== null || verdicts.length > 0).length;
  return {
    lead: [`lab ${lab}, Linux ${kernel}, started ${formatMoment(startedAt)}`],
    alert: null,
    row: {
      startedAt,
      state: 'finished',
      kernel,
      guest: guest ?? '-',
      limits: `${formatCounted(broken, 'path')} with a verdict`,
    },
    sections: (context) => diagnosisSections(diagnosis, context),
  };
}
