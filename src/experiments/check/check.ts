// SPDX-License-Identifier: GPL-2.0-only
/** A check: what several subjects can do, row by row. */
import { checkReportSchema } from '../../model/check.ts';
import { RUNS } from '../../run-store/shelf.ts';
import type { Experiment } from '../experiment.ts';
import { checkEntry } from './entry.ts';

export const check: Experiment = {
  name: 'check',
  shelf: RUNS,
  schema: checkReportSchema,
  entry: checkEntry,
  async read(folder) {
    const { readCheck } = await import('../../results/check/read.ts');
    const { checkForms } = await import('./show.ts');
    return checkForms(readCheck(folder));
  },
};
