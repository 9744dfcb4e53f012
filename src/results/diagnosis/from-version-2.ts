// SPDX-License-Identifier: GPL-2.0-only
/** Diagnoses of schema 2, whose comparisons had one word for their verdict: they are judged again, by the rules of today. */

import { z } from 'zod';
import { type Diagnosis, diagnosisSchema, priceSchema } from '../../model/diagnosis.ts';
import type { Shape } from '../../model/shape.ts';
import { comparisonSchema1, judgedAgain } from '../run/from-version-1.ts';

export const diagnosisSchema2 = diagnosisSchema.extend({
  schema: z.literal(2),
  prices: z.array(priceSchema.extend({ comparisons: z.array(comparisonSchema1) })),
});

export type Version2 = Shape<typeof diagnosisSchema2>;

export function fromVersion2({ prices, ...diagnosis }: Version2): Diagnosis {
  return {
    ...diagnosis,
    schema: 3,
    prices: prices.map((price) => ({ ...price, comparisons: judgedAgain(price.comparisons) })),
  };
}
