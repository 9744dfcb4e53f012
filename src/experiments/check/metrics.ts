// SPDX-License-Identifier: GPL-2.0-only
/** A check as metrics: the outcome of every row in every column. */
import { CHECK_OUTCOMES, type CheckReport } from '../../model/check.ts';
import type { Families, MetricSample } from '../../render/formats/metric-families.ts';

export function addCheck(families: Families, { run, check, verdicts }: CheckReport): void {
  families.measuredAt(run.startedAt);
  for (const { row, column, outcome } of verdicts) {
    families.add(
      { name: 'hoplab_check', type: 'stateset', unit: null, help: 'What came of a row of a check in a column.' },
      ...CHECK_OUTCOMES.map(
        (each): MetricSample => ({
          suffix: '',
          labels: { run: run.id, check, row, column, hoplab_check: each },
          value: each === outcome ? 1 : 0,
        }),
      ),
    );
  }
}
