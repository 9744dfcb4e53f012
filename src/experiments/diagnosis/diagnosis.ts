// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis: which protocols pass a path, why others do not, and what cures it. */
import { diagnosisSchema } from '../../model/diagnosis.ts';
import { DIAGNOSES } from '../../run-store/shelf.ts';
import type { Experiment } from '../experiment.ts';
import { diagnosisEntry } from './entry.ts';

export const diagnosis: Experiment = {
  name: 'diagnosis',
  shelf: DIAGNOSES,
  schema: diagnosisSchema,
  entry: diagnosisEntry,
  async read(folder) {
    const { readDiagnosis } = await import('../../results/diagnosis/read.ts');
    const { diagnosisForms } = await import('./show.ts');
    return diagnosisForms(readDiagnosis(folder));
  },
};
