// SPDX-License-Identifier: GPL-2.0-only
/** What a look at a path of a live lab goes by, and what comes of it. */

import type { PathPlan } from '../../model/plan.ts';
import type { EvidenceSource } from '../../model/source.ts';
import type { Lab } from '../live/open.ts';

export interface LookAt {
  readonly lab: Lab;
  readonly path: PathPlan;
  readonly signal: AbortSignal;
}

export interface Looked<T> {
  readonly found: T;
  readonly sources: readonly EvidenceSource[];
}
