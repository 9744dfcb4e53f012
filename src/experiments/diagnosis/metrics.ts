// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis as metrics: the outcome of every rung, and the verdicts. */
import type { Diagnosis } from '../../model/diagnosis.ts';
import type { Families, MetricSample } from '../../render/formats/metric-families.ts';

const OUTCOMES = ['pass', 'fail', 'not-applicable', 'not-tried'] as const;

export function addDiagnosis(families: Families, diagnosis: Diagnosis): void {
  const run = diagnosis.id;
  families.measuredAt(diagnosis.startedAt);
  for (const { path, backend, ladders, verdicts } of diagnosis.paths) {
    for (const { direction, rungs } of ladders) {
      for (const { rung, outcome } of rungs) {
        families.add(
          {
            name: 'hoplab_rung',
            type: 'stateset',
            unit: null,
            help: 'Whether a protocol passes a path in a direction.',
          },
          ...OUTCOMES.map(
            (each): MetricSample => ({
              suffix: '',
              labels: { run, path, backend, direction, rung, hoplab_rung: each },
              value: each === outcome ? 1 : 0,
            }),
          ),
        );
      }
    }
    for (const { rule, severity, confidence } of verdicts) {
      families.add(
        { name: 'hoplab_verdict', type: 'info', unit: null, help: 'A rule that found a fault on a path.' },
        { suffix: '_info', labels: { run, path, backend, rule, severity, confidence }, value: 1 },
      );
    }
  }
}
