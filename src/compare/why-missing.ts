// SPDX-License-Identifier: GPL-2.0-only
/** Why a run has no figure of a path, in the same words whether runs are compared or a trend is drawn. */
import type { FailedCell } from '../model/block.ts';
import type { StatisticName } from '../model/compare.ts';
import type { UnavailablePath } from '../model/result.ts';

/** What a run tells of a path that it has no figure of. */
export interface Lacking {
  readonly path: string;
  /** What the run calls the probe; null = it has none like it. */
  readonly probe: string | null;
  readonly failed: readonly FailedCell[];
  readonly unavailable: readonly UnavailablePath[];
}

/** Of a path of which there is nothing: what the run itself says of it, where it says anything. */
export function whyMissing({ path, probe, failed, unavailable }: Lacking): string {
  if (probe === null) return 'it has no such probe';
  const own = failed.find((cell) => cell.path === path && cell.probe === probe);
  if (own !== undefined) return `${own.code}: ${own.reason}`;
  return unavailable.find((one) => one.path === path)?.reason ?? 'not measured';
}

/** Of a path that was measured, but not often enough for this figure. */
export function tooFewFor(statistic: StatisticName): string {
  return `too few transactions for ${statistic}`;
}
