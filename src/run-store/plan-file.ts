// SPDX-License-Identifier: GPL-2.0-only
/** The shape of plan.json as it is written; `RecordedPlan` is what is read back of it. */
import type { OpenDevice } from '../model/attachment.ts';
import type { BackendPlan, PathPlan, Plan } from '../model/plan.ts';

/** What was `attachment` has the keys that older runs have, too. */
export interface PlanFile extends Omit<Plan, 'paths'> {
  readonly paths: readonly (Omit<PathPlan, 'backendPlan'> & {
    readonly backendPlan: Omit<BackendPlan, 'attachment'> & {
      /** What the VMM was told of the attachment, in its own words; null for a path without a guest. */
      readonly netdev: Readonly<Record<string, unknown>> | null;
      readonly openDevice: OpenDevice | null;
    };
  })[];
}
