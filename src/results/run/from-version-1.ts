// SPDX-License-Identifier: GPL-2.0-only
/** Results of schema 1, whose comparisons had one word for their verdict: they are judged again, by the rules of today. */

import { z } from 'zod';
import {
  type Comparison,
  latencyComparisonSchema,
  probeReportSchema,
  type Report,
  runReportSchema,
} from '../../model/result.ts';
import type { Shape } from '../../model/shape.ts';
import { judgeDraws } from '../../stats/compare-draws.ts';
import { judgeComparisons } from '../../stats/judge-comparisons.ts';

export const comparisonSchema1 = latencyComparisonSchema
  .omit({ outcome: true, direction: true, validity: true, moreDraws: true })
  .extend({ verdict: z.enum(['slower', 'faster', 'no-difference', 'unresolved', 'too-few-draws', 'invalid']) });

export const runReportSchema1 = runReportSchema.extend({
  schema: z.literal(1),
  probes: z.array(probeReportSchema.extend({ comparisons: z.array(comparisonSchema1) })),
});

/** What is no judgement of a comparison, and so is kept. */
const PROOF = /path not proven in \d+ of \d+ draws/;

/** The draws are in the file, so nothing has to be guessed from the word. Of one list, as it was judged. */
export function judgedAgain(comparisons: readonly Shape<typeof comparisonSchema1>[]): readonly Comparison[] {
  return judgeComparisons(
    comparisons.map(({ verdict: _, because, ...rest }) => ({
      ...{ ...rest, ...judgeDraws(rest), because: PROOF.exec(because)?.[0] ?? '' },
    })),
  );
}

/** Holm's correction is over all comparisons of a run, whatever their probe. */
export function fromVersion1({ probes, ...report }: Shape<typeof runReportSchema1>): Report {
  const judged = judgedAgain(probes.flatMap(({ comparisons }) => comparisons));
  let taken = 0;
  return {
    ...report,
    schema: 2,
    probes: probes.map((probe) => {
      const comparisons = judged.slice(taken, taken + probe.comparisons.length);
      taken += probe.comparisons.length;
      return { ...probe, comparisons };
    }),
  };
}
