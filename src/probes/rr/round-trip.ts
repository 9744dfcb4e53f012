// SPDX-License-Identifier: GPL-2.0-only
/** The measure of request and response: the service time of a transaction, in ns. */
import { STATISTICS } from '../../model/compare.ts';
import type { Measure } from '../../model/measure.ts';
import type { LatencyDifference, LatencyLevels } from '../../model/result.ts';

export const roundTrip: Measure<LatencyLevels, LatencyDifference> = {
  unit: 'ns',
  statistics: STATISTICS,
  observe: ({ length, path, flags, group, rttNs }) => ({ length, path, flags, group, value: rttNs }),
  levels: (referenceP50Ns, candidateP50Ns) => ({ referenceP50Ns, candidateP50Ns }),
  referenceOf: ({ referenceP50Ns }) => referenceP50Ns,
  difference: (differenceNs, differenceIntervalNs) => ({ differenceNs, differenceIntervalNs }),
};
