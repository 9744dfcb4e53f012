/** The NIC of a path as it is given to QEMU: pure, so that a dry run prints what a run does. */

import type { GuestNic, PathPlan } from '../../model/plan.ts';
import type { NicPlug } from '../../vmms/qemu/hotplug.ts';

/** The NIC of a path in a slot, as it is given to QEMU. */
export function nicPlug(plan: PathPlan, slot: number): Omit<NicPlug, 'signal'> {
  return {
    slot,
    id: nicId(plan.name),
    netdev: plan.name,
    mac: nicOf(plan).mac,
    extra: plan.backendPlan.nicOptions,
  };
}

/** The NIC of a path that has a guest. */
export function nicOf({ name, backendPlan }: PathPlan): GuestNic {
  if (backendPlan.nic === null) throw new Error(`path ${name} has no guest`);
  return backendPlan.nic;
}

/** QEMU's id of the NIC of a path. */
export function nicId(path: string): string {
  return `nic-${path}`;
}
