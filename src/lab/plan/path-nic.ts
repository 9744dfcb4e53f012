// SPDX-License-Identifier: GPL-2.0-only
/** The NIC of a path as it is given to the VMM: pure, so that a dry run prints what a run does. */
import type { GuestNic, PathPlan } from '../../model/plan.ts';
import type { PathNic } from '../../vmms/vmm.ts';

/** The NIC of a path in a slot. */
export function pathNic(plan: PathPlan, slot: number): PathNic {
  const { attachment, needs = {}, nicOptions: options } = plan.backendPlan;
  return { path: plan.name, slot, mac: nicOf(plan).mac, attachment, needs, options };
}

/** The NIC of a path that has a guest. */
export function nicOf({ name, backendPlan }: PathPlan): GuestNic {
  if (backendPlan.nic === null) throw new Error(`path ${name} has no guest`);
  return backendPlan.nic;
}
