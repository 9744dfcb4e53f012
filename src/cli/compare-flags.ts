// SPDX-License-Identifier: GPL-2.0-only
/** The options of `hoplab compare`, as commander hands them over. */
import type { FailWhen, Threshold } from '../compare/thresholds.ts';
import type { StatisticName, UnlikeKey } from '../model/compare.ts';
import type { OutputFlags } from './output.ts';

export interface CompareFlags extends OutputFlags {
  readonly runs?: string;
  readonly baseline?: readonly string[];
  readonly since?: string;
  readonly label?: string;
  readonly last?: number;
  readonly only?: readonly string[];
  readonly statistic?: readonly StatisticName[];
  /** What `statistic` was called in 0.1.0. */
  readonly statistics?: readonly StatisticName[];
  readonly relativeTo?: string;
  readonly margin?: number;
  readonly allow?: readonly UnlikeKey[];
  readonly all?: boolean;
  readonly failIf?: readonly Threshold[];
  readonly failWhen: FailWhen;
  readonly junit?: string;
  readonly summary?: string | true;
}
