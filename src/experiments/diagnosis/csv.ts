// SPDX-License-Identifier: GPL-2.0-only
/** The rows of a diagnosis in CSV: the rungs and verdicts of every path, and the cures that were applied. */
import type { AppliedCure, Diagnosis, PathDiagnosis } from '../../model/diagnosis.ts';
import type { CsvRow } from '../../render/formats/csv.ts';

export function diagnosisRows({ id, startedAt, paths, applied }: Diagnosis): CsvRow[] {
  const head: CsvRow = { run: id, started: startedAt };
  return [
    ...paths.flatMap((path) =>
      pathRows(path).map((row): CsvRow => ({ ...head, ...row, path: path.path, backend: path.backend })),
    ),
    ...applied.map(
      ({ path, rule, cure, failed, ...one }): CsvRow => ({
        ...head,
        kind: 'cure',
        path,
        code: rule,
        outcome: failed !== null ? 'not applied' : outcomeOf(one),
        reason: failed?.message ?? cure.what,
      }),
    ),
  ];
}

function outcomeOf({ healed, uncured }: Pick<AppliedCure, 'healed' | 'uncured'>): string {
  if (uncured === 'passes') return 'passed by itself';
  return healed ? 'healed' : 'not healed';
}

function pathRows({ ladders, verdicts, failed }: PathDiagnosis): CsvRow[] {
  if (failed !== null) return [{ kind: 'failed', code: failed.code, reason: failed.message }];
  return [
    ...ladders.flatMap(({ direction, rungs }) =>
      rungs.map(
        ({ rung, outcome, sent, answered, detail, errno }): CsvRow => ({
          kind: 'rung',
          direction,
          rung,
          outcome,
          sent,
          answered,
          code: errno,
          reason: detail,
        }),
      ),
    ),
    ...verdicts.map(
      ({ rule, text, confidence, severity, directions, at }): CsvRow => ({
        kind: 'verdict',
        direction: directions.join(' '),
        place: at,
        code: rule,
        verdict: severity,
        standing: confidence,
        reason: text,
      }),
    ),
  ];
}
