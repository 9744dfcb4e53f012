// SPDX-License-Identifier: GPL-2.0-only
/** A report as if its draws had been added until they sufficed. */
import type { Report } from '../../src/model/result.ts';

export function untilSufficed(report: Report): Report {
  const sequential = { looks: [4, 6, 8], maxDraws: 40, nominalLevel: 0.01, spent: 0.02, ended: 'settled' } as const;
  return {
    ...report,
    until: { halfWidth: 0.01, maxDraws: 40, maxTimeNs: null, ended: 'settled' },
    probes: report.probes.map((probe) => ({
      ...probe,
      comparisons: probe.comparisons.map((one) => ({ ...one, sequential })),
    })),
  };
}
