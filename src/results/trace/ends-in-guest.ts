// SPDX-License-Identifier: GPL-2.0-only
/** Whether a recorded path has a guest on it. */
import { hasGuest } from '../../model/plan.ts';
import type { RecordedPlan } from '../../run-store/schemas.ts';

/** A path that the plan does not tell of is taken for one with a guest, as nearly all are. */
export function endsInGuest(plan: RecordedPlan | null, name: string): boolean {
  const path = plan?.paths.find((each) => each.name === name);
  return path === undefined || hasGuest(path);
}
